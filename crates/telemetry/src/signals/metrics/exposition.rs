//! What `/metrics` answers: protobuf (with native histograms) or OpenMetrics 1.0 (with exemplars) to scrapers whose `Accept`
//! prefers it, else Prometheus text 0.0.4; compressed if `Accept-Encoding` allows.

use std::io::Write;
use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use http::{HeaderMap, HeaderName, StatusCode};
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;

use super::{native, protobuf, text};

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const PROTOBUF: &str = "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited";
const PROMETHEUS_TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// A registry that is complete and can be scraped.
#[derive(Debug, Clone)]
pub struct Exposition(Arc<Registry>);

/// One answer to a scrape.
#[derive(Debug, Clone)]
pub struct Rendered {
    content_type: &'static str,
    gzip: bool,
    body: Vec<u8>,
}

impl Exposition {
    /// Everything has been registered.
    pub fn new(registry: Registry) -> Self {
        Self(Arc::new(registry))
    }

    /// Renders everything as OpenMetrics text.
    pub fn open_metrics(&self) -> String {
        let mut page = String::with_capacity(16 * 1024);
        // Writing to memory does not fail.
        let _ = encode(&mut page, &self.0);
        page
    }

    /// Renders what the request headers ask for.
    pub fn render(&self, request: &HeaderMap) -> Rendered {
        let wanted = preferred(request);
        let body = match wanted {
            PROTOBUF => {
                let (page, natives) = native::gathering(|| self.open_metrics());
                protobuf::from_open_metrics(&page, &natives)
            }
            OPEN_METRICS => self.open_metrics().into_bytes(),
            _ => text::from_open_metrics(&self.open_metrics()).into_bytes(),
        };
        let gzip = quality(request, ACCEPT_ENCODING, |coding| matches!(coding, "gzip" | "*")) > 0.0;
        let body = if gzip { compressed(&body) } else { body };
        Rendered { content_type: wanted, gzip, body }
    }
}

impl IntoResponse for Rendered {
    fn into_response(self) -> Response {
        let frame = [(CONTENT_TYPE, self.content_type), (VARY, "accept, accept-encoding")];
        if self.gzip {
            (StatusCode::OK, frame, [(CONTENT_ENCODING, "gzip")], self.body).into_response()
        } else {
            (StatusCode::OK, frame, self.body).into_response()
        }
    }
}

/// The format that a scraper likes best, protobuf before OpenMetrics before text where it likes them as much. Prometheus sends
/// `application/openmetrics-text;version=1.0.0;q=0.6,…,text/plain;version=0.0.4;q=0.3,*/*;q=0.1`.
fn preferred(request: &HeaderMap) -> &'static str {
    let text = quality(request, ACCEPT, |range| matches!(range, "text/plain" | "text/*"));
    let open_metrics = quality(request, ACCEPT, |range| range == "application/openmetrics-text");
    let protobuf = quality(request, ACCEPT, |range| range == "application/vnd.google.protobuf");
    if protobuf > 0.0 && protobuf >= open_metrics && protobuf >= text && takes_families(request) {
        PROTOBUF
    } else if open_metrics > 0.0 && open_metrics >= text {
        OPEN_METRICS
    } else {
        PROMETHEUS_TEXT
    }
}

/// Whether the protobuf that is asked for is that of metric families, each after its length.
fn takes_families(request: &HeaderMap) -> bool {
    let values = request.get_all(ACCEPT);
    let mut elements = values.iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    elements.any(|element| {
        let has = |wanted: &str| element.split(';').any(|part| part.trim() == wanted);
        has("application/vnd.google.protobuf")
            && has("proto=io.prometheus.client.MetricFamily")
            && has("encoding=delimited")
    })
}

/// The highest `q` among the elements of a list header that `wanted` accepts (RFC 9110 §12.4.2); 0 if none.
fn quality(request: &HeaderMap, header: HeaderName, wanted: impl Fn(&str) -> bool) -> f32 {
    let values = request.get_all(header);
    let elements = values.iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    elements.fold(0.0, |best, element| {
        let mut parts = element.split(';').map(str::trim);
        if !parts.next().is_some_and(|name| wanted(&name.to_ascii_lowercase())) {
            return best;
        }
        let q = parts.find_map(|parameter| parameter.strip_prefix("q=")?.trim().parse().ok()).unwrap_or(1.0);
        best.max(q)
    })
}

fn compressed(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 8), Compression::fast());
    // Writing to memory does not fail.
    let _ = encoder.write_all(body);
    encoder.finish().unwrap_or_default()
}

#[cfg(test)]
mod tests;
