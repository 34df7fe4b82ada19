//! Grafana's API before stores with a little data: what recorded clients ask, and what they must get.

use std::sync::Arc;

use axum::Router;
use lab_api::grafana::state::{GrafanaState, Stores};
use lab_api::loki::state::LokiState;
use lab_api::tempo::state::TempoState;
use lab_api::{grafana, loki, tempo};
use lab_dashboards::{Library, Notes};
use lab_storage::Location;
use lab_traces::{Limits, TraceStore};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;
use serde_json::json;

use crate::clock;

#[tokio::test]
async fn scenarios() {
    crate::runner::run("grafana", router, Some(load)).await;
}

/// Samples go to the store behind the data source.
fn load(text: &str) -> (&'static str, &'static str, &'static str, Vec<u8>) {
    let (_, media, encoding, body) = crate::prometheus::load(text);
    ("/api/datasources/proxy/uid/prometheus/api/v1/write", media, encoding, body)
}

fn router() -> Router {
    let stores = Stores {
        prometheus: crate::prometheus::router(),
        loki: loki::router(LokiState::new(crate::loki::filled(), clock::system())),
        tempo: tempo::router(TempoState::new(traces(), clock::system())),
    };
    let (library, notes) = (Arc::new(Library::shipped()), Arc::new(Notes::in_memory()));
    let notifier = None;
    grafana::router(GrafanaState {
        library,
        notes,
        stores,
        notifier,
        clock: clock::system(),
        scheme: "http",
        version: "test",
    })
}

/// Two traces of one span each, which differ in how long they took.
fn traces() -> Arc<TraceStore> {
    let span = |trace: &str, end: &str| {
        json!({"traceId": trace, "spanId": "a000000000000001", "name": "GET /roll", "kind": 2, "status": {},
            "startTimeUnixNano": "1700000000000000000", "endTimeUnixNano": end})
    };
    let spans = [span(&"1a".repeat(16), "1700000000030000000"), span(&"1b".repeat(16), "1700000000090000000")];
    let service = json!({"key": "service.name", "value": {"stringValue": "frontend"}});
    let request: ExportTraceServiceRequest = serde_json::from_value(json!({"resourceSpans": [{
        "resource": {"attributes": [service]}, "scopeSpans": [{"scope": {"name": "proof"}, "spans": spans}]}]}))
    .expect("OTLP JSON");
    let store = TraceStore::open(&Location::Memory, Limits::default()).expect("opens");
    store.append(&request.encode_to_vec().into(), 0).expect("taken");
    Arc::new(store)
}
