//! What an Alertmanager is asked beside taking alerts: its silences, its alerts, what it is.

use bytes::Bytes;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Method, Url};

use crate::http::Clients;
use crate::http::{body, cause::cause};
use crate::ingest::scrape::config::shown::secrets;
use crate::outgoing::alertmanager::managers::Manager;

/// Bytes of an answer that are read.
const LARGEST: usize = 16 << 20;

/// A request to the API of an Alertmanager.
#[derive(Clone, Debug)]
pub struct Question {
    pub method: Method,
    /// The path below `/api/v2`, with its leading slash, and the query behind it.
    pub path: String,
    /// What is sent, with its type; empty for none.
    pub body: Bytes,
    pub content_type: String,
}

/// What an Alertmanager answered.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub content_type: String,
    pub body: Vec<u8>,
}

/// Why nothing was answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    #[error("no Alertmanager is configured; name one under `alerting` in the file of --scrape-config")]
    Nobody,
    #[error(
        "none of the configured Alertmanagers is found at the moment; look at /api/v1/alertmanagers of the metrics' port, \
         and at `alerting` in the file of --scrape-config"
    )]
    NotFound,
    /// The path would be resolved to one outside their API.
    #[error("the path {0:?} must not have `.`, `..` or a backslash in it; name what is asked for by its own path")]
    Astray(String),
    /// Those that were asked, each with the reason.
    #[error("no Alertmanager answered: {0}")]
    Silent(String),
}

/// Asks one after the other, until one can be reached: several of them are taken for one cluster, which shares its silences.
pub(super) async fn ask(clients: &Clients, managers: &[Manager], question: &Question) -> Result<Reply, AskError> {
    let path = question.path.split(['?', '#']).next().unwrap_or_default();
    if !stays(path) {
        return Err(AskError::Astray(path.to_owned()));
    }
    let mut reasons = Vec::new();
    for manager in managers {
        match once(clients, manager, question).await {
            Ok(reply) => return Ok(reply),
            Err(Failure { reason, is_sent }) => {
                reasons.push(reason);
                // What may have been done must not be done twice.
                if is_sent && question.method != Method::GET {
                    break;
                }
            }
        }
    }
    Err(if reasons.is_empty() { AskError::NotFound } else { AskError::Silent(reasons.join("; ")) })
}

/// Whether a path is taken as it stands: one with `..` would leave the API, with the lab's credentials. Servers decode some
/// of what is encoded before they look for dots and slashes.
fn stays(path: &str) -> bool {
    let decoded = path.to_ascii_lowercase().replace("%2e", ".").replace("%2f", "/").replace("%5c", "\\");
    path.starts_with('/') && !decoded.contains('\\') && !decoded.split('/').any(|part| matches!(part, "." | ".."))
}

/// Whether an address is still below the one that the configuration gives, after both are resolved as a client does it.
fn is_below(base: &str, url: &str) -> bool {
    let (Ok(base), Ok(url)) = (Url::parse(base), Url::parse(url)) else { return false };
    let rest = url.path().strip_prefix(base.path().trim_end_matches('/'));
    base.origin() == url.origin() && rest.is_some_and(|rest| rest.starts_with('/'))
}

struct Failure {
    reason: String,
    /// Whether the Alertmanager may have seen the request.
    is_sent: bool,
}

async fn once(clients: &Clients, manager: &Manager, question: &Question) -> Result<Reply, Failure> {
    let base = manager.url.strip_suffix("/alerts").unwrap_or(&manager.url);
    let url = format!("{base}{}", question.path);
    let shown = secrets::shown_url(base);
    let fail = |reason: String, is_sent: bool| Failure { reason: format!("{shown}: {reason}"), is_sent };
    if !is_below(base, &url) {
        return Err(fail(format!("the path {:?} leads out of its API", question.path), false));
    }
    let request = clients.of(question.method.clone(), &url, &manager.config.http).await;
    let mut request = request.map_err(|reason| fail(reason, false))?.timeout(manager.config.timeout);
    if !question.body.is_empty() {
        request = request.header(CONTENT_TYPE, &question.content_type).body(question.body.clone());
    }
    let answer = request.send().await.map_err(|error| fail(cause(&error), !error.is_connect()))?;
    let status = answer.status().as_u16();
    let content_type = answer.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let content_type = content_type.unwrap_or("application/json").to_owned();
    let body = body::read(answer, LARGEST).await.map_err(|reason| fail(reason, true))?;
    Ok(Reply { status, content_type, body })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_is_resolved_to_another_one_is_refused() {
        for path in ["/silences", "/silence/0f2e-1", "/alerts/groups", "/silence/a..b", "/a%2Fb", "/"] {
            assert!(stays(path), "{path}");
        }
        let astray =
            ["/../../-/reload", "/%2e%2E/x", "/a/.%2e/x", "/./x", "/..", "/..%2f..%2F-/reload", r"/..\x", "/a%5Cx"];
        for path in astray.into_iter().chain(["", "@elsewhere/x"]) {
            assert!(!stays(path), "{path}");
        }
    }

    #[test]
    fn an_address_is_below_the_one_that_is_configured() {
        let base = "http://manager:9093/am/api/v2";
        for rest in ["/silences?filter=..", "/"] {
            assert!(is_below(base, &format!("{base}{rest}")), "{rest}");
        }
        for rest in ["/../../-/reload", "/%2e%2e/x", "x", r"\..\x"] {
            assert!(!is_below(base, &format!("{base}{rest}")), "{rest}");
        }
        assert!(!is_below("http://manager", "http://manager@elsewhere/"));
    }
}
