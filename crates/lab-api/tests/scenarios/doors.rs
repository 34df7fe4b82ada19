//! What the ways in refuse: senders wait while there is no room and are told when to come again, and what they were told
//! is kept stays; label sets and times are checked alike on all of them.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use lab_api::loki::{self, state::LokiState};
use lab_api::otlp::limits::OtlpLimits;
use lab_api::otlp::receiver::OtlpReceiver;
use lab_api::otlp::transport::router::otlp_router;
use lab_api::prometheus;
use lab_api::prometheus::state::{About, PrometheusState};
use lab_api::prometheus::write::series::Sample;
use lab_api::prometheus::write::v1::{Label, TimeSeries, WriteRequest};
use lab_logs::LogStore;
use lab_metrics::MetricStore;
use lab_metrics::store::limits::Limits as MetricLimits;
use lab_model::{Labels, Sample as StoredSample};
use lab_storage::{Location, SignalStore, TimeLimits};
use lab_traces::TraceStore;
use prost::Message;
use serde_json::json;
use tower::ServiceExt as _;

use crate::clock;

/// Status, `Retry-After` and body of an answer.
type Answer = (u16, Option<String>, Vec<u8>);

async fn post(router: &Router, path: &str, content_type: &str, body: Vec<u8>) -> Answer {
    let request = Request::post(path).header("content-type", content_type).body(Body::from(body)).expect("a request");
    let answer = router.clone().oneshot(request).await.expect("an answer");
    let retry_after = answer.headers().get("retry-after").map(|value| value.to_str().expect("text").to_owned());
    let status = answer.status().as_u16();
    (status, retry_after, to_bytes(answer.into_body(), usize::MAX).await.expect("a body").to_vec())
}

fn now_ms() -> i64 {
    clock::now_ns() / 1_000_000
}

fn metrics(limits: MetricLimits) -> Arc<MetricStore> {
    Arc::new(MetricStore::open(&Location::Memory, limits).expect("opens"))
}

fn series(labels: &[(&str, &str)], timestamp: i64) -> TimeSeries {
    let label = |(name, value): &(&str, &str)| Label { name: (*name).to_owned(), value: (*value).to_owned() };
    let samples = vec![Sample { value: 1.0, timestamp }];
    TimeSeries { labels: labels.iter().map(label).collect(), samples, ..TimeSeries::default() }
}

async fn write(router: &Router, timeseries: Vec<TimeSeries>) -> Answer {
    let bytes = WriteRequest { timeseries, metadata: Vec::new() }.encode_to_vec();
    let body = snap::raw::Encoder::new().compress_vec(&bytes).expect("compresses");
    post(router, "/api/v1/write", "application/x-protobuf", body).await
}

#[tokio::test]
async fn remote_write_refuses_what_cannot_be_a_series_and_takes_the_others() {
    let (store, now) = (metrics(MetricLimits::default()), now_ms());
    let router = prometheus::router(PrometheusState::new(store.clone(), None, About::default(), clock::system()));
    for (labels, timestamp, reason, said) in [
        (
            &[("__name__", "m"), ("", "x")][..],
            now,
            "empty_label_name",
            r#"the label with the value "x" has an empty name"#,
        ),
        (
            &[("__name__", "m"), ("a", "1"), ("a", "2")],
            now,
            "duplicate_label_names",
            r#"the label name "a" occurs twice"#,
        ),
        (&[("__name__", "m"), ("a", "1")], now + 700_000, "out_of_bounds", "out of bounds"),
        (&[], now, "no_labels", "a series needs a metric name or at least one label"),
    ] {
        let refused = store.stats().samples_refused[reason];
        let good = series(&[("__name__", "good"), ("for", reason)], now);
        let (status, _, body) = write(&router, vec![series(labels, timestamp), good]).await;
        let text = String::from_utf8(body).expect("text");
        assert!(status == 400 && text.contains(said), "{reason}: {status} {text}");
        assert_eq!(store.stats().samples_refused[reason], refused + 1);
    }
    assert_eq!(store.stats().samples_appended, 4, "the good series of each request");
    assert_eq!(write(&router, vec![series(&[("__name__", "m"), ("a", "1")], now + 500_000)]).await.0, 204);
    // The series lives on: a sample of the far future would have made this one too old.
    assert_eq!(write(&router, vec![series(&[("__name__", "m"), ("a", "1")], now + 501_000)]).await.0, 204);
}

#[tokio::test]
async fn remote_write_waits_while_samples_wait_for_the_disk() {
    let store = metrics(MetricLimits { backlog_bytes: 1, ..MetricLimits::default() });
    let router = prometheus::router(PrometheusState::new(store.clone(), None, About::default(), clock::system()));
    let busy = Labels::from_pairs([("__name__", "busy")]);
    // More than there is room for, but nothing else waits for the disk.
    let samples: Vec<_> = (0..1000).map(|n| StoredSample { timestamp: n, value: n as f64 }).collect();
    assert_eq!(store.append_batch(&busy, &samples, &TimeLimits::ANY), (1000, None));
    let pushed = || vec![series(&[("__name__", "pushed")], now_ms())];
    let (status, retry_after, body) = write(&router, pushed()).await;
    assert_eq!((status, retry_after.as_deref()), (503, Some("1")));
    assert!(String::from_utf8(body).expect("text").contains("send this again in 1 s"));
    assert_eq!(store.series_count(), 1, "nothing of it was taken");
    store.flush().expect("flushes");
    assert_eq!(write(&router, pushed()).await.0, 204);
}

fn push_body(lines: usize) -> Vec<u8> {
    let now = now_ms() * 1_000_000;
    let values: Vec<_> = (0..lines).map(|n| [(now + n as i64).to_string(), format!("line {n}")]).collect();
    json!({"streams": [{"stream": {"app": "dice"}, "values": values}]}).to_string().into_bytes()
}

#[tokio::test]
async fn a_push_waits_while_the_buffer_is_full_and_loses_nothing() {
    let limits = lab_logs::Limits { memory_bytes: 2000, ..lab_logs::Limits::default() };
    let store = Arc::new(LogStore::open(&Location::Memory, limits).expect("opens"));
    let router = loki::router(LokiState::new(store.clone(), clock::system()));
    let push = || post(&router, "/loki/api/v1/push", "application/json", push_body(50));
    assert_eq!(push().await.0, 204, "larger than the buffer, but nothing else was there");
    let (status, retry_after, body) = push().await;
    assert_eq!((status, retry_after.as_deref()), (429, Some("1")));
    assert!(String::from_utf8(body).expect("text").contains("the buffer for data on their way to the disk is full"));
    let stats = store.stats();
    assert_eq!((stats.memory_entries, stats.dropped, stats.refused_for_room), (50, 0, 50));
    store.flush().expect("flushes");
    assert_eq!(push().await.0, 204);
}

/// More comes than the disk takes, from senders that do not wait: what is answered 204 is there, everything else 429.
#[tokio::test]
async fn no_line_of_an_acknowledged_push_is_missing_when_more_comes_than_fits() {
    let limits = lab_logs::Limits { memory_bytes: 400_000, ..lab_logs::Limits::default() };
    let store = Arc::new(LogStore::open(&Location::Memory, limits).expect("opens"));
    let (wanted, orders) = std::sync::mpsc::sync_channel(1);
    store.on_half_full(Box::new(move || {
        let _ = wanted.try_send(());
    }));
    let flushed = store.clone();
    // Ends with the store, which holds the other end of the channel.
    std::thread::spawn(move || {
        let store = Arc::downgrade(&flushed);
        drop(flushed);
        while orders.recv().is_ok() {
            if let Some(store) = store.upgrade() {
                store.flush().expect("flushes");
            }
        }
    });
    let router = loki::router(LokiState::new(store.clone(), clock::system()));
    let now = now_ms() * 1_000_000;
    let body = |push: i64| {
        let line = |n: i64| [(now + push * 1000 + n).to_string(), format!("{push}/{n} {}", "x".repeat(2000))];
        let values: Vec<_> = (0..60).map(line).collect();
        json!({"streams": [{"stream": {"app": "dice"}, "values": values}]}).to_string().into_bytes()
    };
    let pushes = futures_util::future::join_all((0..60).map(|push| {
        let body = body(push);
        post(&router, "/loki/api/v1/push", "application/json", body)
    }));
    let answers: Vec<u16> = pushes.await.into_iter().map(|(status, ..)| status).collect();
    assert!(answers.iter().all(|status| [204, 429].contains(status)), "{answers:?}");
    let kept = answers.iter().filter(|status| **status == 204).count() as u64 * 60;
    let balance = store.balance().expect("counts");
    assert_eq!((balance.kept, balance.difference()), (kept, 0), "{answers:?}");
    assert_eq!(balance.evicted(), 0);
}

#[tokio::test]
async fn otlp_tells_the_sender_when_to_come_again() {
    let traces = lab_traces::Limits { pending_bytes: 10, ..lab_traces::Limits::default() };
    let logs = lab_logs::Limits { memory_bytes: 10, ..lab_logs::Limits::default() };
    let traces = Arc::new(TraceStore::open(&Location::Memory, traces).expect("opens"));
    let logs = Arc::new(LogStore::open(&Location::Memory, logs).expect("opens"));
    let store = metrics(MetricLimits { backlog_bytes: 10, ..MetricLimits::default() });
    let receiver =
        OtlpReceiver::new(traces.clone(), logs.clone(), store.clone(), OtlpLimits::default(), clock::system());
    let router = otlp_router(Arc::new(receiver));
    let start = (now_ms() * 1_000_000).to_string();
    let span = json!({"traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": "b7ad6b7169203331", "name": "roll",
        "kind": 1, "startTimeUnixNano": start, "endTimeUnixNano": start});
    let spans = json!({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}).to_string().into_bytes();
    let record = json!({"timeUnixNano": start, "body": {"stringValue": "rolled"}});
    let records = json!({"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]}).to_string().into_bytes();
    let point = json!({"timeUnixNano": start, "asDouble": 1.0});
    let metric = json!({"name": "queue_length", "gauge": {"dataPoints": [point]}});
    let points = json!({"resourceMetrics": [{"scopeMetrics": [{"metrics": [metric]}]}]}).to_string().into_bytes();
    for (path, body) in [("/v1/traces", spans), ("/v1/logs", records), ("/v1/metrics", points)] {
        assert_eq!(post(&router, path, "application/json", body.clone()).await.0, 200, "{path}");
        let (status, retry_after, answer) = post(&router, path, "application/json", body.clone()).await;
        assert_eq!((status, retry_after.as_deref()), (503, Some("1")), "{path}");
        let answer: serde_json::Value = serde_json::from_slice(&answer).expect("JSON");
        assert_eq!(answer["code"], 14, "{path}: UNAVAILABLE, which may be repeated");
        traces.flush(0).expect("flushes");
        logs.flush().expect("flushes");
        store.flush().expect("flushes");
        assert_eq!(post(&router, path, "application/json", body).await.0, 200, "{path}");
    }
    assert_eq!(traces.stats().refused_for_room, 1);
}

#[tokio::test]
async fn otlp_refuses_metrics_of_the_far_future() {
    let store = metrics(MetricLimits::default());
    let memory = &Location::Memory;
    let traces = Arc::new(TraceStore::open(memory, lab_traces::Limits::default()).expect("opens"));
    let logs = Arc::new(LogStore::open(memory, lab_logs::Limits::default()).expect("opens"));
    let router =
        otlp_router(Arc::new(OtlpReceiver::new(traces, logs, store.clone(), OtlpLimits::default(), clock::system())));
    let body = |ms: i64| {
        let point = json!({"timeUnixNano": (ms * 1_000_000).to_string(), "asDouble": 1.0});
        let metric = json!({"name": "queue_length", "gauge": {"dataPoints": [point]}});
        json!({"resourceMetrics": [{"scopeMetrics": [{"metrics": [metric]}]}]}).to_string().into_bytes()
    };
    let (status, _, answer) = post(&router, "/v1/metrics", "application/json", body(now_ms() + 3_600_000)).await;
    let answer: serde_json::Value = serde_json::from_slice(&answer).expect("JSON");
    assert_eq!((status, &answer["partialSuccess"]["rejectedDataPoints"]), (200, &json!("1")), "{answer}");
    assert_eq!(post(&router, "/v1/metrics", "application/json", body(now_ms())).await.0, 200);
    assert_eq!(store.stats().samples_appended, 1);
}
