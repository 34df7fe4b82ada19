//! Where a request comes from, as a browser tells it: what changes something, and what CORS does not guard
//! (`WebSocket`s), answers only to pages of its own origin.

use axum::http::HeaderMap;
use axum::http::header::{HOST, HeaderName, ORIGIN};

/// How the page that asks relates to what it asks.
const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// True unless a browser says that a page of another origin asks. Programs that are no browser say nothing.
pub fn is_own(headers: &HeaderMap) -> bool {
    if let Some(site) = headers.get(SITE) {
        return matches!(site.as_bytes(), b"same-origin" | b"none");
    }
    let Some(origin) = headers.get(ORIGIN) else { return true };
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let origin = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
    matches!((host, origin), (Some(host), Some((_, origin))) if host.eq_ignore_ascii_case(origin))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn headers(pairs: &[(HeaderName, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn only_pages_of_the_same_origin_and_programs_are_ours() {
        let host = (HOST, "localhost:3000");
        assert!(is_own(&headers(std::slice::from_ref(&host))));
        assert!(is_own(&headers(&[host.clone(), (ORIGIN, "http://LOCALHOST:3000")])));
        assert!(is_own(&headers(&[host.clone(), (SITE, "same-origin")])));
        for other in ["http://evil.example", "http://localhost:8108", "null", "http://localhost:3000.evil.example"] {
            assert!(!is_own(&headers(&[host.clone(), (ORIGIN, other)])), "{other}");
        }
        for site in ["cross-site", "same-site", ""] {
            assert!(!is_own(&headers(&[host.clone(), (SITE, site), (ORIGIN, "http://localhost:3000")])), "{site}");
        }
    }
}
