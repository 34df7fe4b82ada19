//! Content negotiation, and what the two formats say.

use http_body_util::BodyExt;
use lab_metrics::ingest::exposition::format::HistogramForms;
use lab_metrics::ingest::exposition::line::{Line, LineValue};
use lab_metrics::ingest::exposition::protobuf::Families;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;

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
    let histogram = TracedHistogram::with_native(&[0.5, 1.0]);
    let _recorder = Recorder::install("telemetry");
    tracing::info_span!("request").in_scope(|| histogram.observe(0.25));
    histogram.observe(2.0);
    registry.register("wait_seconds", "Waiting", histogram);
    let sized = TracedHistogram::new(&[3.0]);
    sized.observe(2.0);
    let sizes =
        Family::<[(&'static str, &'static str); 1], TracedHistogram, _>::new_with_constructor(move || sized.clone());
    drop(sizes.get_or_create(&[("die", "a\"b")]));
    registry.register("size", "Sizes", sizes);
    Exposition::new(registry)
}

async fn scrape(headers: &[(HeaderName, &'static str)]) -> (HeaderMap, String) {
    let (headers, body) = scrape_bytes(headers).await;
    (headers, String::from_utf8(body).expect("UTF-8"))
}

async fn scrape_bytes(headers: &[(HeaderName, &'static str)]) -> (HeaderMap, Vec<u8>) {
    let request = headers.iter().map(|(name, value)| (name.clone(), http::HeaderValue::from_static(value))).collect();
    let (parts, body) = exposition().render(&request).into_response().into_parts();
    let mut body = body.collect().await.expect("a body").to_bytes().to_vec();
    if parts.headers.get(CONTENT_ENCODING).is_some() {
        let mut plain = Vec::new();
        std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(body.as_slice()), &mut plain).expect("gzip");
        body = plain;
    }
    (parts.headers, body)
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

#[tokio::test]
async fn who_asks_for_protobuf_gets_native_histograms() {
    const ASKED: &str = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,\
        application/openmetrics-text;version=1.0.0;q=0.5,*/*;q=0.2";
    let (headers, body) = scrape_bytes(&[(ACCEPT, ASKED)]).await;
    assert_eq!(headers[CONTENT_TYPE], PROTOBUF);
    let read = |native| {
        let forms = HistogramForms { native, ..HistogramForms::default() };
        let mut found = Vec::new();
        for line in Families::new(&body, forms) {
            match line.expect("readable") {
                Line::Help { name, text } => found.push(format!("help {name} {text}")),
                Line::Type { name, kind } => found.push(format!("type {name} {kind}")),
                Line::Sample(sample) => {
                    let value = match sample.value {
                        LineValue::Number(number) => number.to_string(),
                        LineValue::Histogram(histogram) => histogram.to_string(),
                    };
                    found.push(format!("{} {value} {}", sample.series, sample.exemplars.len()));
                }
                Line::Unit { .. } => {}
            }
        }
        found
    };
    let sizes = [
        "help size Sizes.",
        "type size histogram",
        r#"size_count{die="a\"b"} 1 0"#,
        r#"size_sum{die="a\"b"} 2 0"#,
        r#"size_bucket{die="a\"b",le="3.0"} 1 0"#,
        r#"size_bucket{die="a\"b",le="+Inf"} 1 0"#,
    ];
    let rolls = ["help rolls_total Dice rolled.", "type rolls_total counter", "rolls_total 1 0"];
    let described = ["help wait_seconds Waiting.", "type wait_seconds histogram"];
    let native = "wait_seconds {count:2, sum:2.25, (0.22925101080116778,0.25]:1, (1.8340080864093422,2]:1} 1";
    let found = read(true);
    assert_eq!(found[..5], [&rolls[..], &described[..]].concat());
    assert_eq!(found[5], native);
    assert_eq!(found[6..], sizes);
    let classic = [
        "wait_seconds_count 2 0",
        "wait_seconds_sum 2.25 0",
        r#"wait_seconds_bucket{le="0.5"} 1 1"#,
        r#"wait_seconds_bucket{le="1.0"} 1 0"#,
        r#"wait_seconds_bucket{le="+Inf"} 2 0"#,
    ];
    assert_eq!(read(false), [&rolls[..], &described[..], &classic[..], &sizes[..]].concat());
}
