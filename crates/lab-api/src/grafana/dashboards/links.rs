//! Short links: `POST /api/short-urls` keeps an address of the page under a name, `/goto/{uid}` leads there.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header::HOST;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use lab_dashboards::Link;
use serde::Deserialize;
use serde_json::json;

use crate::grafana::answer::{Received, message, not_kept, on_disk, read};
use crate::grafana::state::GrafanaState;

/// As long as an address may be.
const LONGEST: usize = 8192;

#[derive(Debug, Deserialize)]
struct Written {
    path: String,
}

pub(crate) async fn create(State(state): State<GrafanaState>, headers: HeaderMap, body: Received) -> Response {
    let Written { path } = match read(body, "{\"path\": an address of the page without its host}") {
        Ok(written) => written,
        Err(refusal) => return refusal,
    };
    if !is_relative(&path) {
        let said =
            "path must be an address of the page without its host and without a leading slash, like d/UID?from=now-1h";
        return message(StatusCode::BAD_REQUEST, said);
    }
    let kept_in = state.clone();
    let kept = on_disk(move || {
        kept_in.notes.links.change(|list| match list.iter().find(|link| link.path == path) {
            Some(known) => known.uid.clone(),
            None => {
                let uid = format!("{:x}", kept_in.clock.now_ns());
                list.push(Link { uid: uid.clone(), path });
                uid
            }
        })
    });
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    match kept.await {
        Some(Ok(uid)) => {
            Json(json!({ "uid": uid, "url": format!("{}://{host}/goto/{uid}?orgId=1", state.scheme) })).into_response()
        }
        Some(Err(error)) => not_kept(&error),
        None => message(StatusCode::INTERNAL_SERVER_ERROR, "the lab was stopped while it kept the link; send it again"),
    }
}

/// Whether an address stays on this page: what follows the slash names neither a host nor a scheme, and does not climb.
fn is_relative(path: &str) -> bool {
    let start = path.split(['?', '#']).next().unwrap_or_default();
    !path.is_empty()
        && path.len() <= LONGEST
        && !start.starts_with(['/', '\\'])
        && !start.contains(':')
        && !start.split('/').any(|part| part == "..")
        && !path.chars().any(char::is_control)
}

/// A link that is not known leads home.
pub(crate) async fn follow(State(state): State<GrafanaState>, Path(uid): Path<String>) -> Response {
    let found = state.notes.links.list().into_iter().find(|link| link.uid == uid);
    Redirect::to(&found.map_or_else(|| "/".to_owned(), |link| format!("/{}", link.path))).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_never_leaves_the_page() {
        for good in ["d/mine", "explore?left={\"a\":\"http://x\"}", "d/a/b?from=now-1h#p"] {
            assert!(is_relative(good), "{good}");
        }
        for bad in ["", "/d/mine", "//evil", "http://evil", "\\evil", "d/../x", "javascript:x", "d/a\nb"] {
            assert!(!is_relative(bad), "{bad}");
        }
    }
}
