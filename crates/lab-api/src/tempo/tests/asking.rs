//! A trace store behind Tempo's router, and how tests ask it.

use std::sync::Arc;

use axum::body::Body;
use http::{Request, Response, StatusCode};
use http_body_util::BodyExt;
use lab_model::Clock;
use lab_storage::Location;
use lab_traces::{Limits, TraceStore};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::tempo::router;
use crate::tempo::state::TempoState;

pub(super) const TRACE: &str = "3c3df90a1413c5f0bcdc2706b254350d";
/// Half a minute around the trace.
pub(super) const RANGE: &str = "start=1699999990&end=1700000020";

/// A store with one trace: a server span of `proof-svc` and a failed client span below it.
pub(super) fn store() -> Arc<TraceStore> {
    let text = |key: &str, value: &str| json!({"key": key, "value": {"stringValue": value}});
    let request: ExportTraceServiceRequest = serde_json::from_value(json!({"resourceSpans": [{
    "resource": {"attributes": [text("service.name", "proof-svc")]},
    "scopeSpans": [{"scope": {"name": "proof", "version": "1.0"}, "spans": [
        {"traceId": TRACE, "spanId": "a000000000000001", "name": "GET /proof", "kind": 2, "status": {},
         "startTimeUnixNano": "1700000000000000000", "endTimeUnixNano": "1700000000030000000"},
        {"traceId": TRACE, "spanId": "a000000000000002", "parentSpanId": "a000000000000001", "name": "db query",
         "kind": 3, "startTimeUnixNano": "1700000000001000000", "endTimeUnixNano": "1700000000021000000",
         "status": {"code": 2, "message": "boom"},
         "attributes": [text("db.system", "sqlite"), {"key": "rows", "value": {"intValue": "500"}}],
         "events": [{"timeUnixNano": "1700000000002000000", "name": "cache.miss", "attributes": [text("key", "k")]}]}
    ]}]}]}))
    .expect("OTLP JSON");
    let store = TraceStore::open(&Location::Memory, Limits::default()).expect("opens");
    store.append(&request.encode_to_vec().into(), 0).expect("taken");
    Arc::new(store)
}

pub(super) async fn answer(request: Request<Body>) -> Response<Body> {
    answer_from(store(), request).await
}

async fn answer_from(store: Arc<TraceStore>, request: Request<Body>) -> Response<Body> {
    let state = TempoState::new(store, Clock::fixed(1_700_000_010_000_000_000));
    router(state).oneshot(request).await.expect("answers")
}

pub(super) async fn get_bytes(path: &str, accept: &str) -> (StatusCode, Vec<u8>) {
    let request = Request::get(path.replace(' ', "%20")).header("accept", accept).body(Body::empty()).expect("request");
    let response = answer(request).await;
    let status = response.status();
    (status, response.into_body().collect().await.expect("body").to_bytes().to_vec())
}

pub(super) async fn get(path: &str) -> Value {
    let (status, body) = get_bytes(path, "application/json").await;
    assert_eq!(status, StatusCode::OK, "{path}: {}", String::from_utf8_lossy(&body));
    serde_json::from_slice(&body).expect("JSON")
}

pub(super) async fn refused(path: &str) -> String {
    let (status, body) = get_bytes(path, "*/*").await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{path}");
    String::from_utf8(body).expect("text")
}

/// The status and the text of the answer of a store to a body.
pub(super) async fn post(store: Arc<TraceStore>, path: &str, body: impl ToString) -> (StatusCode, String) {
    let request = Request::post(path).header("content-type", "application/json");
    let response = answer_from(store, request.body(Body::from(body.to_string())).expect("request")).await;
    let status = response.status();
    let body = response.into_body().collect().await.expect("body").to_bytes();
    (status, String::from_utf8(body.to_vec()).expect("text"))
}
