//! Targets from an HTTP server: a list of groups as JSON.

use reqwest::header::{ACCEPT, CONTENT_TYPE};

use crate::http::cause::cause;
use crate::http::{Clients, body};
use crate::ingest::scrape::config::discovery::{HttpDiscovery, TargetGroup};
use crate::ingest::scrape::config::shown::secrets;
use crate::ingest::scrape::discovery::json;

/// The largest answer.
const MAX_BYTES: usize = 16 << 20;

/// Asks the server.
pub(crate) async fn ask(source: &HttpDiscovery, clients: &Clients) -> Result<Vec<TargetGroup>, String> {
    let interval = source.refresh_interval.as_secs_f64();
    let request = clients.get(&source.url, &source.http).await?.header(ACCEPT, "application/json");
    let request = request.header("X-Prometheus-Refresh-Interval-Seconds", interval.to_string());
    let answer = request.send().await.map_err(|error| cause(&error))?;
    if answer.status().as_u16() != 200 {
        return Err(format!("server returned HTTP status {}", answer.status()));
    }
    let media = answer.headers().get(CONTENT_TYPE).and_then(|media| media.to_str().ok()).unwrap_or_default();
    if !is_json(media) {
        return Err(format!("unsupported content type {media:?}; the answer must be application/json"));
    }
    let bytes = body::read(answer, MAX_BYTES).await?;
    let mut groups = json::groups(&bytes)?;
    let shown = secrets::shown_url(&source.url);
    for group in &mut groups {
        group.labels.insert("__meta_url".to_owned(), shown.clone());
    }
    Ok(groups)
}

/// The one media type that is taken, with or without its charset.
fn is_json(media: &str) -> bool {
    let (kind, charset) = media.trim().split_once(';').unwrap_or((media.trim(), "charset=utf-8"));
    kind.eq_ignore_ascii_case("application/json") && matches!(charset.trim(), "charset=utf-8" | "charset=\"utf-8\"")
}
