//! The page of the lab, embedded: `GET /assets/*` by name, and `index.html` for every address of the page
//! (`/`, `/dashboards`, `/d/*`, `/explore*`, …), which the page's own router then reads.

use std::io::Read as _;

use axum::Router;
use axum::extract::Path;
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use flate2::read::GzDecoder;

/// A file of the built page.
struct Asset {
    path: &'static str,
    gzip: &'static [u8],
}

/// Every file of `ui/dist` when the binary was built; none if the page was not built.
const ASSETS: &[Asset] = &include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// The page asks its own origin only, and runs no script but its own files.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                      font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
/// Names of files under `assets/` change with their content.
const FOREVER: &str = "public, max-age=31536000, immutable";

/// True if this binary has the page inside.
pub fn are_embedded() -> bool {
    find("index.html").is_some()
}

/// The page's routes; every address that no other route answers is the page's.
pub fn router() -> Router {
    let asset =
        async |Path(name): Path<String>, headers: HeaderMap| serve(&format!("assets/{name}"), &headers, FOREVER);
    Router::new().route("/assets/{*name}", get(asset)).fallback(get(page))
}

async fn page(uri: axum::http::Uri, headers: HeaderMap) -> Response {
    if uri.path().starts_with("/api/") {
        return (StatusCode::NOT_FOUND, axum::Json(serde_json::json!({ "message": "Not found" }))).into_response();
    }
    serve("index.html", &headers, "no-cache")
}

fn serve(path: &str, headers: &HeaderMap, cache: &'static str) -> Response {
    let Some(asset) = find(path) else { return (StatusCode::NOT_FOUND, "no such file\n").into_response() };
    let mut response = if accepts_gzip(headers) {
        ([(CONTENT_ENCODING, "gzip")], asset.gzip).into_response()
    } else {
        let mut plain = Vec::new();
        match GzDecoder::new(asset.gzip).read_to_end(&mut plain) {
            Ok(_) => plain.into_response(),
            Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
        }
    };
    let mut set = |name: HeaderName, value: &'static str| {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    };
    set(CONTENT_TYPE, media_type(path));
    set(CACHE_CONTROL, cache);
    set(VARY, "accept-encoding");
    set(CONTENT_SECURITY_POLICY, POLICY);
    set(HeaderName::from_static("referrer-policy"), "same-origin");
    response
}

fn find(path: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.path == path)
}

fn accepts_gzip(headers: &HeaderMap) -> bool {
    let accepted = headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepted.split(',').any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
        named && !parts.any(|quality| matches!(quality, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
    })
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("json" | "map") => "application/json",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_sent_to_those_who_take_it() {
        let headers = |text: &'static str| HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static(text))]);
        for yes in ["gzip", "br, GZIP;q=0.5", "deflate,gzip ; q=1"] {
            assert!(accepts_gzip(&headers(yes)), "{yes}");
        }
        for no in ["", "br", "gzip;q=0", "gzip; q=0.0", "x-gzip"] {
            assert!(!accepts_gzip(&headers(no)), "{no}");
        }
    }

    #[test]
    fn what_is_embedded_has_a_known_type() {
        for asset in ASSETS {
            assert_ne!(media_type(asset.path), "application/octet-stream", "{}", asset.path);
        }
    }
}
