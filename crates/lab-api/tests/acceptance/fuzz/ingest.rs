//! Bodies of every format that come in: expositions, remote writes of both versions, pushes of lines, OTLP.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use lab_api::loki::{self, state::LokiState};
use lab_api::otlp::limits::OtlpLimits;
use lab_api::otlp::receiver::OtlpReceiver;
use lab_api::otlp::transport::router::otlp_router;
use lab_api::prometheus;
use lab_api::prometheus::state::{About, PrometheusState};
use lab_api::prometheus::write::series::Sample as WireSample;
use lab_api::prometheus::write::v1::{Label, TimeSeries, WriteRequest};
use lab_logs::LogStore;
use lab_metrics::MetricStore;
use lab_metrics::ingest::exposition::format::Format;
use lab_metrics::ingest::exposition::parser::Parser;
use lab_metrics::store::limits::Limits;
use lab_storage::Location;
use lab_traces::TraceStore;
use prost::Message;
use serde_json::json;

use super::ask::Door;
use super::chance::mutate;
use crate::clock;

const EXPOSITIONS: [&str; 3] = [
    "# HELP http_requests_total Requests.\n# TYPE http_requests_total counter\n\
     http_requests_total{handler=\"/roll\",method=\"GET\"} 17 1700000000000\n",
    "# TYPE h histogram\n# UNIT h seconds\nh_bucket{le=\"0.5\"} 3 # {trace_id=\"abc\"} 0.4 1.7e9\nh_sum 1\nh_count 3\n# EOF\n",
    "{\"utf-8 name\",\"l.b\"=\"\\n\\\"x\\\\\"} NaN\nx +Inf -5\n\ny{a=\"\"} 0x1p-3\n",
];

#[test]
fn expositions_are_read_or_refused() {
    let seeds: Vec<Vec<u8>> = EXPOSITIONS.iter().map(|text| text.as_bytes().to_vec()).collect();
    mutate(&seeds, |input| {
        for format in [Format::PrometheusText, Format::OpenMetrics] {
            let entries = Parser::new(input, format).take_while(Result::is_ok).count();
            assert!(entries <= input.len() + 1, "{entries} entries of {input:?}");
        }
    });
}

/// The stores of a lab that keeps what it takes in memory.
fn stores() -> (Arc<MetricStore>, Arc<LogStore>, Arc<TraceStore>) {
    let metrics = Arc::new(MetricStore::open(&Location::Memory, Limits::default()).expect("opens"));
    let logs = Arc::new(LogStore::open(&Location::Memory, lab_logs::Limits::default()).expect("opens"));
    let traces = Arc::new(TraceStore::open(&Location::Memory, lab_traces::Limits::default()).expect("opens"));
    (metrics, logs, traces)
}

/// After so many inputs there is a new store, since nothing makes room in this one.
const RENEWED: u64 = 2000;

/// Sends mutations of the seeds, each with every one of the heads.
fn post(
    router: impl Fn() -> Router,
    documented: &'static [u16],
    path: &str,
    heads: &[&[(&str, &str)]],
    seeds: &[Vec<u8>],
) {
    let mut door = Door::new(router(), documented);
    let mut sent = 0_u64;
    mutate(seeds, |input| {
        sent += 1;
        if sent.is_multiple_of(RENEWED) {
            door.renew(router());
        }
        for head in heads {
            let snappy = head.contains(&("content-encoding", "snappy")) || head.contains(&("x-pack", "snappy"));
            let packed = snap::raw::Encoder::new().compress_vec(input).expect("packs");
            for body in if snappy { vec![packed, input.to_vec()] } else { vec![input.to_vec()] } {
                let mut request = Request::post(path);
                for (name, value) in head.iter().filter(|(name, _)| *name != "x-pack") {
                    request = request.header(*name, *value);
                }
                door.send(
                    request.body(Body::from(body)).expect("a request"),
                    &format!("{path} {head:?} {}", input.escape_ascii()),
                );
            }
        }
    });
}

#[test]
fn remote_writes_are_stored_or_refused() {
    let series = |name: &str, timestamp| TimeSeries {
        labels: vec![Label { name: "__name__".to_owned(), value: name.to_owned() }],
        samples: vec![WireSample { timestamp, value: 1.5 }],
        ..TimeSeries::default()
    };
    let request = WriteRequest { timeseries: vec![series("m", 0), series("n", i64::MAX)], metadata: Vec::new() };
    let router = || prometheus::router(PrometheusState::new(stores().0, None, About::default(), clock::system()));
    let (first, second) = ("application/x-protobuf", "application/x-protobuf;proto=io.prometheus.write.v2.Request");
    let heads = [first, second].map(|media| [("content-type", media), ("content-encoding", "snappy")]);
    let heads: Vec<&[(&str, &str)]> = heads.iter().map(<[_; 2]>::as_slice).collect();
    post(router, &[204, 400, 413], "/api/v1/write", &heads, &[request.encode_to_vec()]);
}

#[test]
fn pushes_of_lines_are_stored_or_refused() {
    let now = "1700000000000000000";
    let json = json!({"streams": [{"stream": {"app": "a", "x": "y"}, "values": [[now, "a line", {"trace_id": "t"}], [now, "é"]]}]});
    let entry = |time: u8, line: &[u8]| [&[0x0a, 2, 8, time, 0x12, line.len() as u8], line].concat();
    let entries: Vec<u8> = [entry(1, b"first"), entry(2, b"second")]
        .iter()
        .flat_map(|entry| [&[0x12, entry.len() as u8], entry.as_slice()].concat())
        .collect();
    let stream = [&[0x0a, 9], b"{a=\"b\"}  ".get(..9).unwrap_or_default(), entries.as_slice()].concat();
    let protobuf = [&[0x0a, stream.len() as u8], stream.as_slice()].concat();
    let router = || loki::router(LokiState::new(stores().1, clock::system()));
    let documented = &[200, 204, 400, 413, 415, 422, 429];
    let path = "/loki/api/v1/push";
    post(router, documented, path, &[&[("content-type", "application/json")]], &[json.to_string().into_bytes()]);
    let heads: &[(&str, &str)] = &[("content-type", "application/x-protobuf"), ("x-pack", "snappy")];
    post(router, documented, path, &[heads], &[protobuf]);
}

#[test]
fn otlp_is_stored_or_refused() {
    let attribute = json!({"key": "a", "value": {"stringValue": "b"}});
    let resource = json!({"attributes": [{"key": "service.name", "value": {"stringValue": "s"}}, attribute]});
    let traces = json!({"resourceSpans": [{"resource": resource, "scopeSpans": [{"scope": {"name": "x"}, "spans": [
        {"traceId": "3c3df90a1413c5f0bcdc2706b254350d", "spanId": "a000000000000001", "name": "n", "kind": 2,
         "startTimeUnixNano": "1700000000000000000", "endTimeUnixNano": "1700000000030000000", "attributes": [attribute],
         "events": [{"timeUnixNano": "1700000000002000000", "name": "e", "attributes": [attribute]}]}]}]}]});
    let logs = json!({"resourceLogs": [{"resource": resource, "scopeLogs": [{"logRecords": [
        {"timeUnixNano": "1700000000000000000", "severityText": "INFO", "body": {"stringValue": "a line"}, "attributes":
         [attribute, {"key": "l", "value": {"arrayValue": {"values": [{"intValue": "1"}]}}}]}]}]}]});
    let metrics = json!({"resourceMetrics": [{"resource": resource, "scopeMetrics": [{"metrics": [
        {"name": "m", "unit": "s", "sum": {"aggregationTemporality": 2, "isMonotonic": true, "dataPoints":
         [{"timeUnixNano": "1700000000000000000", "asDouble": 1.5, "attributes": [attribute]}]}},
        {"name": "h", "exponentialHistogram": {"aggregationTemporality": 2, "dataPoints":
         [{"timeUnixNano": "1700000000000000000", "count": "3", "sum": 3, "scale": 2, "zeroCount": "1",
           "positive": {"offset": 1, "bucketCounts": ["1", "1"]}}]}}]}]}]});
    let router = || {
        let (metrics, logs, traces) = stores();
        otlp_router(Arc::new(OtlpReceiver::new(traces, logs, metrics, OtlpLimits::default(), clock::system())))
    };
    let documented = &[200, 400, 413, 415, 503];
    for (path, json) in [("/v1/traces", traces), ("/v1/logs", logs), ("/v1/metrics", metrics)] {
        let head: &[(&str, &str)] = &[("content-type", "application/json")];
        post(router, documented, path, &[head], &[json.to_string().into_bytes()]);
        let head: &[(&str, &str)] = &[("content-type", "application/x-protobuf")];
        post(router, documented, path, &[head], &[protobuf(path, json)]);
    }
}

/// The same request in protobuf.
fn protobuf(path: &str, json: serde_json::Value) -> Vec<u8> {
    use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest as Logs;
    use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest as Metrics;
    use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest as Traces;
    match path {
        "/v1/traces" => serde_json::from_value::<Traces>(json).expect("OTLP").encode_to_vec(),
        "/v1/logs" => serde_json::from_value::<Logs>(json).expect("OTLP").encode_to_vec(),
        _ => serde_json::from_value::<Metrics>(json).expect("OTLP").encode_to_vec(),
    }
}
