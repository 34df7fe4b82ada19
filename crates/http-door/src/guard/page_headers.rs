//! What every answer tells a browser: to take it for what it says it is, not to show it inside another site's
//! page, and, for HTML, to load and run nothing that the page does not bring along.

use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS};
use http::{HeaderMap, HeaderValue};

/// The policy of HTML pages that have none of their own: styles within the page, and nothing else.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; \
                      form-action 'self'; frame-ancestors 'none'";

/// Adds what the answer does not say itself.
pub fn protect(headers: &mut HeaderMap) {
    let is_html = headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    let mut add = |name: HeaderName, value| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    add(X_CONTENT_TYPE_OPTIONS, "nosniff");
    add(X_FRAME_OPTIONS, "SAMEORIGIN");
    if is_html {
        add(CONTENT_SECURITY_POLICY, POLICY);
    }
}
