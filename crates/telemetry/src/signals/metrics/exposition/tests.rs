//! Content negotiation, and what the two formats say.

use http_body_util::BodyExt;
use prometheus_client::metrics::counter::Counter;

use super::*;
use crate::signals::metrics::histogram::TracedHistogram;
use crate::signals::recorder::Recorder;

const PROMETHEUS_3: &str = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,\
    application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.1";

fn exposition() -> Exposition {
    let mut registry = Registry::default();
    let counter: Counter = Counter::default();
    counter.inc();
    registry.register("rolls", "Dice rolled", counter);
    let histogram = TracedHistogram::new(&[0.5, 1.0]);
    let _recorder = Recorder::install("telemetry");
    tracing::info_span!("request").in_scope(|| histogram.observe(0.25));
    histogram.observe(2.0);
    registry.register("wait_seconds", "Waiting", histogram);
    Exposition::new(registry)
}

async fn scrape(headers: &[(HeaderName, &'static str)]) -> (HeaderMap, String) {
    let request = headers.iter().map(|(name, value)| (name.clone(), http::HeaderValue::from_static(value))).collect();
    let (parts, body) = exposition().render(&request).into_response().into_parts();
    let mut body = body.collect().await.expect("a body").to_bytes().to_vec();
    if parts.headers.get(CONTENT_ENCODING).is_some() {
        let mut plain = Vec::new();
        std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(body.as_slice()), &mut plain).expect("gzip");
        body = plain;
    }
    (parts.headers, String::from_utf8(body).expect("UTF-8"))
}

#[tokio::test]
async fn prometheus_gets_open_metrics_with_exemplars() {
    let (headers, body) = scrape(&[(ACCEPT, PROMETHEUS_3), (ACCEPT_ENCODING, "gzip")]).await;
    assert_eq!(headers[CONTENT_TYPE], OPEN_METRICS);
    assert_eq!(headers[CONTENT_ENCODING], "gzip");
    assert!(body.ends_with("# EOF\n"));
    assert!(body.contains("# TYPE rolls counter\nrolls_total 1\n"), "{body}");
    let traced = body.lines().find(|line| line.contains("le=\"0.5\"")).expect("the bucket");
    assert!(traced.contains(" # {trace_id=\""), "{traced}");
    let untraced = body.lines().find(|line| line.contains("le=\"+Inf\"")).expect("the bucket");
    assert!(!untraced.contains('#'), "outside a span there is no exemplar: {untraced}");
}

#[tokio::test]
async fn everyone_else_gets_text() {
    for accept in [
        "",
        "*/*",
        "text/plain",
        "text/html",
        "application/openmetrics-text;q=0",
        "text/plain,application/openmetrics-text;q=0.5",
    ] {
        let (headers, body) = scrape(&[(ACCEPT, accept)]).await;
        assert_eq!(headers[CONTENT_TYPE], PROMETHEUS_TEXT, "{accept}");
        assert_eq!(headers.get(CONTENT_ENCODING), None);
        assert!(
            body.contains("# HELP rolls_total Dice rolled.\n# TYPE rolls_total counter\nrolls_total 1\n"),
            "{body}"
        );
        assert!(!body.contains("# {") && !body.contains("# EOF"), "{body}");
    }
}

#[tokio::test]
async fn refused_compression_is_not_used() {
    let (headers, _) = scrape(&[(ACCEPT_ENCODING, "deflate, gzip;q=0")]).await;
    assert_eq!(headers.get(CONTENT_ENCODING), None);
}
