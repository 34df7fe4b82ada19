//! The receiver as senders meet it: real HTTP and gRPC clients against free ports.

use std::io::Write;
use std::sync::Arc;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::StatusCode;
use lab_logs::LogStore;
use lab_metrics::MetricStore;
use lab_model::{Clock, Interrupt, Matcher};
use lab_storage::{Location, SignalStore};
use lab_testkit::server::TestServer;
use lab_traces::{Limits, TraceId, TraceStore};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::logs::v1::logs_service_client::LogsServiceClient;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::metrics_service_client::MetricsServiceClient;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use opentelemetry_proto::tonic::collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse};
use prost::Message;
use serde_json::{Value, json};
use tonic::codec::CompressionEncoding;

use crate::otlp::limits::OtlpLimits;
use crate::otlp::receiver::OtlpReceiver;
use crate::otlp::request::{Signal, Transport};
use crate::otlp::transport::router::otlp_router;

const TRACE: &str = "5b8efff798038103d269b633813fc60c";
const TIME: &str = "1700000000000000000";

struct Lab {
    receiver: Arc<OtlpReceiver>,
    traces: Arc<TraceStore>,
    logs: Arc<LogStore>,
    metrics: Arc<MetricStore>,
    http: TestServer,
    grpc: TestServer,
}

impl Lab {
    async fn start(limits: OtlpLimits) -> Self {
        // The client wants one even for plain HTTP.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let memory = Location::Memory;
        let traces = Arc::new(TraceStore::open(&memory, Limits::default()).expect("opens"));
        let logs = Arc::new(LogStore::open(&memory, lab_logs::Limits::default()).expect("opens"));
        let metrics =
            Arc::new(MetricStore::open(&memory, lab_metrics::store::limits::Limits::default()).expect("opens"));
        let (t, l, m) = (Arc::clone(&traces), Arc::clone(&logs), Arc::clone(&metrics));
        let receiver = Arc::new(OtlpReceiver::new(t, l, m, limits, Clock::new(system_now_ns)));
        let http = TestServer::start(otlp_router(Arc::clone(&receiver))).await;
        let grpc = TestServer::start(otlp_router(Arc::clone(&receiver))).await;
        Self { receiver, traces, logs, metrics, http, grpc }
    }

    async fn post(
        &self,
        path: &str,
        content_type: &str,
        encoding: &str,
        body: impl Into<Bytes>,
    ) -> (StatusCode, Bytes) {
        let request = reqwest::Client::new().post(self.http.url(path)).body(body.into());
        let request = request.header("content-type", content_type).header("content-encoding", encoding);
        let response = request.send().await.expect("answers");
        (response.status(), response.bytes().await.expect("body"))
    }

    async fn post_json(&self, path: &str, body: &Value) -> (StatusCode, Value) {
        let (status, body) = self.post(path, "application/json", "identity", body.to_string()).await;
        (status, serde_json::from_slice(&body).expect("JSON"))
    }

    fn spans(&self) -> usize {
        let id = TraceId::parse(TRACE).expect("id");
        self.traces.trace(id).expect("reads").map_or(0, |trace| trace.spans.len())
    }

    fn values(&self, name: &str) -> Vec<(String, f64)> {
        let (mut found, matcher) = (Vec::new(), Matcher::equal("__name__", name));
        let visit = |labels: &lab_model::Labels, samples: lab_metrics::model::histogram_sample::Samples<'_>| {
            found.push((labels.without_name().to_string(), samples.floats[0].value));
            Ok::<_, lab_metrics::store::error::StoreError>(())
        };
        self.metrics.select(&[matcher], (0, i64::MAX), &Interrupt::default(), visit).expect("selects");
        found.sort_by(|a, b| a.0.cmp(&b.0));
        found
    }
}

/// A span in OTLP's JSON: ids in hex, 64-bit integers as text or as number.
fn span(id: &str) -> Value {
    json!({"traceId": TRACE, "spanId": id, "name": "GET /roll", "kind": 2, "startTimeUnixNano": TIME,
        "endTimeUnixNano": 1_700_000_000_500_000_000_u64, "status": {},
        "attributes": [{"key": "times", "value": {"intValue": "10"}}, {"key": "limit", "value": {"intValue": 20}}]})
}

fn traces_json(spans: &[Value]) -> Value {
    json!({"resourceSpans": [{"resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "frontend"}}]},
        "scopeSpans": [{"scope": {"name": "http"}, "spans": spans}]}]})
}

fn traces_protobuf(spans: &[Value]) -> ExportTraceServiceRequest {
    serde_json::from_value(traces_json(spans)).expect("OTLP JSON")
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("written");
    encoder.finish().expect("finished")
}

#[tokio::test]
async fn spans_arrive_as_json_protobuf_and_gzip() {
    let lab = Lab::start(OtlpLimits::default()).await;
    let answer = lab.post_json("/v1/traces", &traces_json(&[span("0000000000000001")])).await;
    assert_eq!(answer, (StatusCode::OK, json!({"partialSuccess": {}})));
    let body = traces_protobuf(&[span("0000000000000002")]).encode_to_vec();
    let (status, answer) = lab.post("/v1/traces", "application/x-protobuf", "identity", body).await;
    assert_eq!((status, answer.len()), (StatusCode::OK, 0));
    let body = gzip(&traces_protobuf(&[span("0000000000000003")]).encode_to_vec());
    let (status, _) = lab.post("/v1/traces", "application/x-protobuf; charset=utf-8", "gzip", body).await;
    assert_eq!((status, lab.spans()), (StatusCode::OK, 3));
    assert_eq!(lab.post_json("/v1/traces", &json!({})).await.0, StatusCode::OK);
    let counts = &lab.receiver.stats()[&(Signal::Traces, Transport::Http)];
    assert_eq!((counts.requests, counts.accepted), (4, 3));
}

#[tokio::test]
async fn bodies_come_in_every_packing() {
    let lab = Lab::start(OtlpLimits::default()).await;
    let plain = |id: &str| traces_protobuf(&[span(id)]).encode_to_vec();
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), Compression::fast());
    zlib.write_all(&plain("0000000000000001")).expect("written");
    let mut snappy = snap::write::FrameEncoder::new(Vec::new());
    snappy.write_all(&plain("0000000000000002")).expect("written");
    let zstd = zstd::encode_all(&*plain("0000000000000003"), 0).expect("packed");
    let block = snap::raw::Encoder::new().compress_vec(&plain("0000000000000005")).expect("packed");
    let mut framed = snap::write::FrameEncoder::new(Vec::new());
    framed.write_all(&plain("0000000000000006")).expect("written");
    let packed = [
        ("deflate", zlib.finish().expect("finished")),
        ("snappy", snappy.into_inner().expect("finished")),
        ("snappy", block),
        ("x-snappy-framed", framed.into_inner().expect("finished")),
        ("zstd", zstd),
        ("GZIP", gzip(&plain("0000000000000004"))),
    ];
    for (at, (encoding, body)) in packed.into_iter().enumerate() {
        let (status, answer) = lab.post("/v1/traces", "application/x-protobuf", encoding, body).await;
        assert_eq!((status, lab.spans()), (StatusCode::OK, at + 1), "{encoding}: {answer:?}");
    }
}

#[tokio::test]
async fn messages_of_grpc_come_in_zstd_and_snappy_too() {
    let lab = Lab::start(OtlpLimits { decompressed_bytes: 4000, ..OtlpLimits::default() }).await;
    let client = reqwest::Client::builder().http2_prior_knowledge().no_proxy().build().expect("a client");
    let url = lab.grpc.url("/opentelemetry.proto.collector.trace.v1.TraceService/Export");
    let send = async |encoding: &str, packed: &[u8]| {
        let mut body = vec![1];
        body.extend((packed.len() as u32).to_be_bytes());
        body.extend(packed);
        let request = client.post(&url).header("content-type", "application/grpc").header("te", "trailers");
        let answer = request.header("grpc-encoding", encoding).body(body).send().await.expect("an answer");
        // Of a refusal the status stands in the head, of a success behind the message.
        answer.headers().get("grpc-status").map(|status| status.to_str().expect("a text").to_owned())
    };
    let zstd = |bytes: &[u8]| zstd::encode_all(bytes, 0).expect("packed");
    let snappy = |bytes: &[u8]| {
        let mut snappy = snap::write::FrameEncoder::new(Vec::new());
        snappy.write_all(bytes).expect("written");
        snappy.into_inner().expect("finished")
    };
    let plain = |id: &str| traces_protobuf(&[span(id)]).encode_to_vec();
    assert_eq!(send("zstd", &zstd(&plain("0000000000000001"))).await, None);
    assert_eq!(send("snappy", &snappy(&plain("0000000000000002"))).await, None);
    assert_eq!(lab.spans(), 2);
    let large = vec![0_u8; 5000];
    for (encoding, packed, status) in [
        ("zstd", b"not packed".to_vec(), "3"),
        ("snappy", b"not packed".to_vec(), "3"),
        ("zstd", zstd(&large), "8"),
        ("snappy", snappy(&large), "8"),
        ("br", b"?".to_vec(), "12"),
    ] {
        assert_eq!(send(encoding, &packed).await.as_deref(), Some(status), "{encoding}");
    }
    let refused = &lab.receiver.stats()[&(Signal::Traces, Transport::Grpc)].refused_requests;
    assert_eq!((refused["too_large"], refused["malformed"]), (2, 2));
}

#[tokio::test]
async fn what_comes_to_the_wrong_place_is_told_where_to_go() {
    let lab = Lab::start(OtlpLimits::default()).await;
    for (path, said) in [("/v1/trace", "should be /v1/traces"), ("/", "no path"), ("/loki/api/v1/push", "3100")] {
        let (status, body) = lab.post(path, "application/json", "identity", "{}").await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
        assert!(String::from_utf8_lossy(&body).contains(said), "{path}: {body:?}");
    }
    let (status, body) = lab.post("/some.Service/Call", "application/grpc", "identity", "").await;
    assert_eq!((status, body.len()), (StatusCode::OK, 0), "gRPC answers 200 with a status of its own");
}

#[tokio::test]
async fn zipkin_jaeger_and_faro_arrive_beside_otlp() {
    let lab = Lab::start(OtlpLimits::default()).await;
    let zipkin = format!(r#"[{{"traceId": "{TRACE}", "id": "1", "timestamp": 1700000000000000, "duration": 5}}]"#);
    let (status, body) = lab.post("/api/v2/spans", "application/json", "gzip", gzip(zipkin.as_bytes())).await;
    assert_eq!((status, body.len(), lab.spans()), (StatusCode::ACCEPTED, 0, 1));
    let thrift = include_bytes!("transport/others/fixtures/jaeger.thrift").as_slice();
    let (status, body) = lab.post("/api/traces", "application/x-thrift", "identity", thrift).await;
    assert_eq!((status, body.len()), (StatusCode::ACCEPTED, 0));
    let trace = TraceId::parse("00000000000000010000000000000002").expect("an id");
    assert_eq!(lab.traces.trace(trace).expect("reads").expect("a trace").spans.len(), 2);
    let span =
        json!({"traceId": TRACE, "spanId": "0000000000000007", "startTimeUnixNano": TIME, "endTimeUnixNano": TIME});
    let faro = json!({"meta": {"app": {"name": "page"}}, "logs": [{"message": "hi", "timestamp": "2023-11-14T22:13:20Z"}],
        "traces": {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}});
    let (status, body) = lab.post("/collect", "application/json", "identity", faro.to_string()).await;
    assert_eq!((status, &body[..], lab.spans()), (StatusCode::ACCEPTED, &b"ok"[..], 2));
    let selection = lab.logs.select(&[Matcher::equal("service_name", "page")], 0, i64::MAX).expect("selects");
    assert_eq!(selection.streams[0].to_string(), r#"{kind="log", service_name="page"}"#);
    for (path, kind, body) in [
        ("/api/v2/spans", "application/json", "{}"),
        ("/api/traces", "application/x-thrift", "{}"),
        ("/collect", "application/json", "[1"),
    ] {
        let (status, answer) = lab.post(path, kind, "identity", body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{path}");
        assert!(String::from_utf8_lossy(&answer).contains("the request is"), "{path}: {answer:?}");
        let (status, answer) = lab.post(path, "application/x-protobuf", "identity", body).await;
        assert_eq!(status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{path}");
        assert!(String::from_utf8_lossy(&answer).contains(kind), "{path}: {answer:?}");
        let answer = reqwest::get(lab.http.url(path)).await.expect("answers");
        assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED, "{path}");
    }
    let stats = lab.receiver.stats();
    assert_eq!(stats[&(Signal::Traces, Transport::Http)].accepted, 5);
    assert_eq!(stats[&(Signal::Traces, Transport::Http)].refused_requests["malformed"], 2);
    assert_eq!(stats[&(Signal::Logs, Transport::Http)].accepted, 1);
}

#[tokio::test]
async fn spans_arrive_over_grpc() {
    let lab = Lab::start(OtlpLimits::default()).await;
    let endpoint = format!("http://{}", lab.grpc.address());
    let client = TraceServiceClient::connect(endpoint.clone()).await.expect("connects");
    let mut plain = client.clone();
    let answer = plain.export(traces_protobuf(&[span("0000000000000001")])).await.expect("taken").into_inner();
    assert_eq!(answer, ExportTraceServiceResponse::default());
    let mut zipped = client.send_compressed(CompressionEncoding::Gzip).accept_compressed(CompressionEncoding::Gzip);
    let rejected =
        json!({"traceId": "00", "spanId": "0000000000000009", "startTimeUnixNano": TIME, "endTimeUnixNano": TIME});
    let answer =
        zipped.export(traces_protobuf(&[span("0000000000000002"), rejected])).await.expect("taken").into_inner();
    let partial = answer.partial_success.expect("one was refused");
    assert_eq!(partial.rejected_spans, 1);
    assert!(partial.error_message.contains("trace_id must be 16 bytes"), "{}", partial.error_message);
    assert_eq!(lab.spans(), 2);
    LogsServiceClient::connect(endpoint.clone())
        .await
        .expect("connects")
        .export(ExportLogsServiceRequest::default())
        .await
        .expect("taken");
    MetricsServiceClient::connect(endpoint)
        .await
        .expect("connects")
        .export(ExportMetricsServiceRequest::default())
        .await
        .expect("taken");
    let stats = lab.receiver.stats();
    assert_eq!(stats[&(Signal::Traces, Transport::Grpc)].rejected["invalid_trace_id"], 1);
    assert!(Signal::ALL.iter().all(|signal| stats[&(*signal, Transport::Grpc)].requests > 0));
}

#[tokio::test]
async fn bad_requests_are_told_what_is_wrong() {
    let lab = Lab::start(OtlpLimits { body_bytes: 1000, decompressed_bytes: 2000, requests_in_flight: 4 }).await;
    let mut garbled = traces_protobuf(&[span("0000000000000001")]).encode_to_vec();
    garbled.truncate(garbled.len() - 3);
    let (status, body) = lab.post("/v1/traces", "application/x-protobuf", "identity", garbled).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(String::from_utf8_lossy(&body).contains("unexpected EOF"), "{body:?}");
    let (status, body) = lab.post_json("/v1/traces", &json!({"resourceSpans": 5})).await;
    assert_eq!((status, &body["code"]), (StatusCode::BAD_REQUEST, &json!(3)));
    assert!(
        body["message"]
            .as_str()
            .is_some_and(|text| text.contains("resourceSpans: expected a list, found a single value")),
        "{body}"
    );
    let (status, body) = lab.post("/v1/traces", "text/plain", "identity", "x").await;
    assert_eq!(status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(body, "415 unsupported media type, supported: [application/json, application/x-protobuf]");
    for encoding in ["br", "lz4", "compress", "none", "gzip, gzip", "gzip, identity"] {
        let (status, body) = lab.post("/v1/logs", "application/json", encoding, "{}").await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{encoding}");
        assert!(String::from_utf8_lossy(&body).contains("unsupported content encoding"), "{encoding}: {body:?}");
    }
    for encoding in ["gzip", "deflate", "zstd", "snappy"] {
        let (status, body) = lab.post("/v1/traces", "application/x-protobuf", encoding, "not packed").await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{encoding}");
        assert!(String::from_utf8_lossy(&body).contains("cannot be decompressed"), "{encoding}: {body:?}");
    }
    let (status, body) = lab.post("/v1/logs", "application/json", "identity", vec![b' '; 1001]).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(String::from_utf8_lossy(&body).contains("larger than 1000 bytes"));
    let bomb = gzip(&vec![b' '; 100_000]);
    let (status, body) = lab.post("/v1/metrics", "application/json", "gzip", bomb).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(String::from_utf8_lossy(&body).contains("larger than 2000 bytes"));
    let answer = reqwest::get(lab.http.url("/v1/traces")).await.expect("answers");
    assert_eq!((answer.status(), &answer.headers()["allow"] == "POST"), (StatusCode::METHOD_NOT_ALLOWED, true));
    assert_eq!(answer.text().await.expect("text"), "405 method not allowed, supported: [POST]");
    assert_eq!(reqwest::get(lab.http.url("/nowhere")).await.expect("answers").status(), StatusCode::NOT_FOUND);
    let counters = lab.receiver.stats();
    assert_eq!(counters[&(Signal::Logs, Transport::Http)].refused_requests["too_large"], 1);
    assert_eq!(lab.spans(), 0);
}

#[tokio::test]
async fn log_records_become_entries() {
    let lab = Lab::start(OtlpLimits::default()).await;
    let now = system_now_ns();
    let body = json!({"resourceLogs": [{
        "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "frontend"}},
            {"key": "host.name", "value": {"stringValue": "h1"}}]},
        "scopeLogs": [{"scope": {"name": "app"}, "logRecords": [{"timeUnixNano": now.to_string(), "severityNumber": 17,
            "severityText": "ERROR", "body": {"stringValue": "boom"}, "traceId": TRACE, "spanId": "0000000000000001",
            "attributes": [{"key": "http.status", "value": {"intValue": "500"}},
                {"key": "user", "value": {"kvlistValue": {"values": [{"key": "id", "value": {"intValue": "7"}}]}}}]},
            {"timeUnixNano": "1000", "body": {"stringValue": "ancient"}}]}]}]});
    let (status, answer) = lab.post_json("/v1/logs", &body).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(answer["partialSuccess"]["rejectedLogRecords"], "1", "{answer}");
    let matcher = Matcher::equal("service_name", "frontend");
    let selection = lab.logs.select(&[matcher], 0, i64::MAX).expect("selects");
    assert_eq!(selection.streams.len(), 1);
    assert_eq!(selection.streams[0].to_string(), r#"{service_name="frontend"}"#);
    let counts = &lab.receiver.stats()[&(Signal::Logs, Transport::Http)];
    assert_eq!((counts.accepted, counts.rejected.values().sum::<u64>()), (1, 1));
}

#[tokio::test]
async fn metrics_become_series() {
    let lab = Lab::start(OtlpLimits::default()).await;
    let point = |value: Value| json!({"timeUnixNano": TIME, "asInt": value, "attributes": [{"key": "die.type", "value": {"stringValue": "fair"}}]});
    let body = json!({"resourceMetrics": [{
        "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "roller"}},
            {"key": "service.namespace", "value": {"stringValue": "dice"}},
            {"key": "service.instance.id", "value": {"stringValue": "i1"}},
            {"key": "host.name", "value": {"stringValue": "h1"}}]},
        "scopeMetrics": [{"metrics": [
            {"name": "dice.rolls", "unit": "1", "description": "Rolls", "sum": {"aggregationTemporality": 2, "isMonotonic": true, "dataPoints": [point(json!("7"))]}},
            {"name": "queue", "gauge": {"dataPoints": [point(json!(3))]}},
            {"name": "deltas", "sum": {"aggregationTemporality": 1, "isMonotonic": true, "dataPoints": [point(json!(1))]}},
            {"name": "expo", "exponentialHistogram": {"aggregationTemporality": 1, "dataPoints": [{"timeUnixNano": TIME, "count": "1"}]}},
            {"name": "good", "exponentialHistogram": {"aggregationTemporality": 1, "dataPoints": [{"timeUnixNano": TIME, "count": "1", "zeroCount": "1"}]}},
            {"name": "wait", "unit": "s", "histogram": {"aggregationTemporality": 2, "dataPoints": [{"timeUnixNano": TIME,
                "count": "6", "sum": 4.5, "bucketCounts": ["1", "2", "3"], "explicitBounds": [0.1, 1]}]}}]}]}]});
    let (status, answer) = lab.post_json("/v1/metrics", &body).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(answer["partialSuccess"]["rejectedDataPoints"], "1", "{answer}");
    let message = answer["partialSuccess"]["errorMessage"].as_str().expect("text");
    assert!(message.contains("\"expo\"") && message.contains("the buckets hold 0 observations"), "{message}");
    assert_eq!(lab.values("deltas_total")[0].1, 1.0);
    let identity = r#"instance="i1", job="dice/roller""#;
    assert_eq!(lab.values("dice_rolls_total"), [(format!(r#"{{die_type="fair", {identity}}}"#), 7.0)]);
    assert_eq!(lab.values("queue")[0].1, 3.0);
    let buckets: Vec<f64> = lab.values("wait_seconds_bucket").into_iter().map(|(_, value)| value).collect();
    assert_eq!(buckets, [6.0, 1.0, 3.0], "+Inf, 0.1, 1");
    assert_eq!((lab.values("wait_seconds_count")[0].1, lab.values("wait_seconds_sum")[0].1), (6.0, 4.5));
    assert_eq!(lab.values("target_info")[0].0, format!(r#"{{host_name="h1", {identity}}}"#));
    assert_eq!(lab.metrics.metadata(Some("dice_rolls_total"))["dice_rolls_total"].help, "Rolls");
}

#[tokio::test]
async fn histograms_with_too_many_buckets_are_refused() {
    let lab = Lab::start(OtlpLimits::default()).await;
    let histogram = |name: &str, buckets: usize, temporality: i32| {
        let mut counts = vec![0; buckets];
        counts[0] = 1;
        json!({"name": name, "exponentialHistogram": {"aggregationTemporality": temporality, "dataPoints": [
            {"timeUnixNano": TIME, "count": "1", "positive": {"offset": 0, "bucketCounts": counts}}]}})
    };
    let metrics =
        [histogram("wide", (1 << 16) + 1, 2), histogram("delta", (1 << 16) + 1, 1), histogram("fine", 1 << 16, 2)];
    let body = json!({"resourceMetrics": [{"scopeMetrics": [{"metrics": metrics}]}]});
    let (status, answer) = lab.post_json("/v1/metrics", &body).await;
    assert_eq!((status, &answer["partialSuccess"]["rejectedDataPoints"]), (StatusCode::OK, &json!("2")), "{answer}");
    let message = answer["partialSuccess"]["errorMessage"].as_str().expect("text");
    assert!(message.contains("more than 65536 buckets"), "{message}");
}

#[tokio::test]
async fn what_has_no_temporality_that_there_is_is_refused_alone() {
    let lab = Lab::start(OtlpLimits::default()).await;
    let points =
        json!([{"timeUnixNano": TIME, "count": "1", "asInt": "1"}, {"timeUnixNano": TIME, "count": "2", "asInt": "2"}]);
    let sum = |name: &str, temporality: &Value| json!({"name": name, "sum": {"aggregationTemporality": temporality, "dataPoints": points}});
    for temporality in [json!(0), json!("AGGREGATION_TEMPORALITY_UNSPECIFIED"), json!(7), json!(-1), json!(null)] {
        let histogram =
            json!({"name": "h", "histogram": {"aggregationTemporality": temporality, "dataPoints": points}});
        let metrics = [sum("none", &temporality), histogram, sum("fine", &json!(2))];
        let body = json!({"resourceMetrics": [{"scopeMetrics": [{"metrics": metrics}]}]});
        let (status, answer) = lab.post_json("/v1/metrics", &body).await;
        let rejected = &answer["partialSuccess"]["rejectedDataPoints"];
        assert_eq!((status, rejected), (StatusCode::OK, &json!("4")), "{temporality}: {answer}");
        let message = answer["partialSuccess"]["errorMessage"].as_str().expect("text");
        assert!(message.contains("\"none\": ") && message.contains("is no aggregation temporality"), "{message}");
    }
    assert!(lab.values("none").is_empty());
    assert_eq!(lab.values("fine")[0].1, 1.0);
}

#[tokio::test]
async fn of_two_values_at_one_time_the_first_stays_and_the_answer_is_a_success() {
    let lab = Lab::start(OtlpLimits::default()).await;
    let body = |value: i64| {
        json!({"resourceMetrics": [{"scopeMetrics": [{"metrics": [
        {"name": "g", "gauge": {"dataPoints": [{"timeUnixNano": TIME, "asInt": value}, {"timeUnixNano": TIME, "asInt": value + 1}]}}]}]}]})
    };
    for value in [5, 7] {
        let answer = lab.post_json("/v1/metrics", &body(value)).await;
        assert_eq!(answer, (StatusCode::OK, json!({"partialSuccess": {}})));
    }
    assert_eq!(lab.values("g")[0].1, 5.0);
    let counts = &lab.receiver.stats()[&(Signal::Metrics, Transport::Http)];
    assert_eq!((counts.accepted, counts.rejected["duplicate_timestamp"]), (1, 3));
}

fn system_now_ns() -> i64 {
    let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    since_epoch.as_nanos() as i64
}

#[tokio::test(flavor = "multi_thread")]
async fn log_records_sent_again_are_stored_once_and_equal_ones_without_a_time_stay_apart() {
    let lab = Lab::start(OtlpLimits::default()).await;
    let body = |records: Vec<Value>| json!({"resourceLogs": [{"scopeLogs": [{"logRecords": records}]}]});
    let start = lab.receiver.now_ns() as u64 - 60_000_000_000;
    let timed = |n: u64| json!({"timeUnixNano": start + n, "body": {"stringValue": format!("{n:0>300}")}});
    let kept = || lab.logs.balance().expect("counts").kept;
    let batch = body((0..2000).map(timed).collect());
    for _ in 0..3 {
        let (status, answer) = lab.post_json("/v1/logs", &batch).await;
        assert_eq!((status, kept()), (StatusCode::OK, 2000), "{answer}");
        lab.logs.flush().expect("flushes");
    }
    let untimed = body(vec![json!({"body": {"stringValue": "the same"}}); 100]);
    for _ in 0..2 {
        lab.post_json("/v1/logs", &untimed).await;
    }
    assert_eq!(kept(), 2200);
    assert_eq!(lab.logs.stats().duplicates, 4000);
}
