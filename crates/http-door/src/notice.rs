//! A sentence that stands above every HTML page of a port, for example that strangers can reach it.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::HeaderMap;
use http::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG};

/// A page that is longer stays as it is.
const LONGEST: usize = 16 << 20;

/// A sentence for people; a clone is the same one.
#[derive(Debug, Clone)]
pub struct Notice(Arc<str>);

impl Notice {
    /// The sentence, as plain text.
    pub fn new(text: &str) -> Self {
        let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        // Without a style of its own, which the policy of a page may forbid: a browser marks it in any case.
        Self(format!("<p role=\"alert\"><mark>{text}</mark></p>").into())
    }

    /// The page with the sentence at the beginning of its body.
    fn above(&self, page: &[u8]) -> Vec<u8> {
        let text = String::from_utf8_lossy(page);
        let body = text.find("<body").and_then(|begin| Some(begin + text[begin..].find('>')? + 1));
        let (head, rest) = text.split_at(body.unwrap_or(0));
        [head, &self.0, rest].concat().into_bytes()
    }
}

/// The sentence as a layer: `from_fn_with_state(notice, show)`.
pub async fn show(State(notice): State<Notice>, mut request: Request, next: Next) -> Response {
    if says(request.headers(), "text/html") {
        // What is compressed cannot be added to.
        request.headers_mut().remove(ACCEPT_ENCODING);
    }
    let response = next.run(request).await;
    let (mut parts, body) = response.into_parts();
    let is_page = parts.headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    let length = parts.headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if !is_page || parts.headers.contains_key(CONTENT_ENCODING) || length.is_some_and(|length: usize| length > LONGEST)
    {
        return Response::from_parts(parts, body);
    }
    // A page whose body breaks is no page any more.
    let page = to_bytes(body, LONGEST).await.unwrap_or_default();
    parts.headers.remove(CONTENT_LENGTH);
    parts.headers.remove(ETAG);
    let page = if page.is_empty() { Body::empty() } else { Body::from(notice.above(&page)) };
    Response::from_parts(parts, page)
}

fn says(headers: &HeaderMap, kind: &str) -> bool {
    headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).is_some_and(|accept| accept.contains(kind))
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::middleware::from_fn_with_state;
    use axum::response::Html;
    use axum::routing::get;
    use tower::ServiceExt;

    use super::*;

    #[tokio::test]
    async fn it_stands_above_every_page_and_nowhere_else() {
        let router = Router::new()
            .route("/page", get(|| async { Html("<html><body class=x><main>") }))
            .route("/bare", get(|| async { Html("text") }))
            .route("/data", get(|| async { "<body>" }))
            .layer(from_fn_with_state(Notice::new("open to <all> & sundry"), show));
        let notice = "<p role=\"alert\"><mark>open to &lt;all&gt; &amp; sundry</mark></p>";
        for (path, text) in [
            ("/page", format!("<html><body class=x>{notice}<main>")),
            ("/bare", format!("{notice}text")),
            ("/data", "<body>".to_owned()),
        ] {
            let request = Request::builder().uri(path).body(Body::empty()).expect("a request");
            let Ok(response) = router.clone().oneshot(request).await;
            let body = to_bytes(response.into_body(), 999).await.expect("a body");
            assert_eq!(String::from_utf8_lossy(&body), text, "{path}");
        }
    }
}
