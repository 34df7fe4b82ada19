//! Two traces compared. What a real Tempo (main of August 2026) answers to two such traces stands here as data.

use std::sync::Arc;

use http::StatusCode;
use lab_traces::TraceStore;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;
use serde_json::{Value, json};

use crate::tempo::tests::asking::{TRACE, get_bytes, post, store};

const LATER: &str = "4c3df90a1413c5f0bcdc2706b254350d";
const PATH: &str = "/api/v2/traces/diff";

/// The store of the other tests, with a second trace: slower, without the failure, with another attribute and one more
/// span.
fn both() -> Arc<TraceStore> {
    let store = store();
    let request: ExportTraceServiceRequest = serde_json::from_value(json!({"resourceSpans": [{
    "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "proof-svc"}}]},
    "scopeSpans": [{"spans": [
        {"traceId": LATER, "spanId": "b000000000000001", "name": "GET /proof", "kind": 2,
         "startTimeUnixNano": "1700000005000000000", "endTimeUnixNano": "1700000005090000000"},
        {"traceId": LATER, "spanId": "b000000000000002", "parentSpanId": "b000000000000001", "name": "db query",
         "kind": 3, "startTimeUnixNano": "1700000005001000000", "endTimeUnixNano": "1700000005021500000",
         "attributes": [{"key": "db.system", "value": {"stringValue": "sqlite"}},
                        {"key": "cached", "value": {"boolValue": true}}]},
        {"traceId": LATER, "spanId": "b000000000000003", "parentSpanId": "b000000000000001", "name": "render", "kind": 1,
         "startTimeUnixNano": "1700000005050000000", "endTimeUnixNano": "1700000005080000000"}
    ]}]}]}))
    .expect("OTLP JSON");
    store.append(&request.encode_to_vec().into(), 0).expect("taken");
    store
}

async fn diff(body: Value) -> Value {
    let (status, text) = post(both(), PATH, body).await;
    assert_eq!(status, StatusCode::OK, "{text}");
    serde_json::from_str(&text).expect("JSON")
}

fn sides(format: &str) -> Value {
    json!({"base": {"traceId": TRACE}, "compare": {"traceId": LATER}, "format": format})
}

#[tokio::test]
async fn a_patch_names_every_span_that_differs() {
    let patch = diff(json!({"base": {"traceId": TRACE}, "compare": {"traceId": LATER}})).await;
    assert_eq!(patch["version"], "trace-patch-v0");
    assert_eq!(
        patch["stats"],
        json!({"spanCountA": 2, "spanCountB": 3, "matchedSpans": 2, "modifiedSpans": 2, "addedSpans": 1,
            "removedSpans": 0, "fieldChanges": 2, "attributeChanges": 2, "eventChanges": 0, "truncated": false})
    );
    let changes = |at: usize| patch["modified"][at]["changes"].clone();
    let field = |name: &str| json!({"type": "field", "name": name});
    assert_eq!(
        changes(0),
        json!([{"op": "modify", "target": field("duration_nanos"), "before": 30_000_000, "after": 90_000_000}])
    );
    // Half a millisecond of 20 is noise.
    assert_eq!(
        changes(1),
        json!([
            {"op": "modify", "target": field("status"), "before": "error", "after": "unset"},
            {"op": "add", "target": {"type": "attribute", "scope": "span", "key": "cached"}, "before": null, "after": true},
            {"op": "remove", "target": {"type": "attribute", "scope": "span", "key": "rows"}, "before": 500, "after": null},
        ])
    );
    assert_eq!(patch["modified"][1]["span"]["path"], json!([0, 0]));
    assert_eq!(
        patch["added"],
        json!([{"target": {"type": "span", "parentPath": [0], "index": 1},
            "span": {"path": [0, 1], "service": "proof-svc", "name": "render", "kind": "internal",
                "duration_nanos": 30_000_000, "status": "unset"}}])
    );
    assert_eq!((&patch["removed"], &patch["warnings"]), (&json!([]), &json!([])));
    let back = diff(json!({"base": {"traceId": LATER}, "compare": {"traceId": TRACE}})).await;
    assert_eq!(back["removed"][0]["target"], json!({"type": "span", "path": [0, 1]}));
}

#[tokio::test]
async fn a_summary_says_what_became_slower() {
    let summary = diff(sides("trace-summary-v0-native")).await;
    assert_eq!(
        summary["signals"],
        json!({"traceLatency": "increased", "sumSpanDuration": "increased", "errors": "decreased",
            "spanCount": "increased", "structure": "changed"})
    );
    assert_eq!(summary["trust"]["structureOverlap"], 1);
    assert_eq!(summary["base"]["rootName"], "GET /proof");
    assert_eq!((&summary["base"]["durationMs"], &summary["compare"]["durationMs"]), (&json!(30), &json!(90)));
    assert_eq!(
        summary["services"],
        json!([{"name": "proof-svc", "sumSpanDurationDeltaMs": 90, "modified": 2, "added": 1, "removed": 0,
            "newErrors": 0, "resolvedErrors": 1}])
    );
    let composed = diff(sides("trace-summary-v0-composed")).await;
    assert_eq!((&composed["summary"], &composed["patch"]["version"]), (&summary, &json!("trace-patch-v0")));
}

#[tokio::test]
async fn a_trace_does_not_differ_from_itself() {
    // The second name is as Grafana's MCP server writes it.
    let same = json!({"base": {"traceId": TRACE}, "compare": {"traceID": TRACE}, "format": "trace-summary-v0-native"});
    let summary = diff(same).await;
    assert_eq!(summary["signals"]["structure"], "unchanged");
    assert_eq!((&summary["changedServices"], &summary["services"]), (&json!([]), &json!([])));
}

/// A chain of calls, each below the one before; the last one took so long.
fn chain(store: &TraceStore, trace: &str, last_ms: u64) {
    let begin = 1_700_000_000_000_000_000_u64;
    let spans: Vec<Value> = (1..=20_000_u64)
        .map(|at| {
            let end = begin + if at == 20_000 { last_ms * 1_000_000 } else { 1_000_000_000 };
            json!({"traceId": format!("{trace:0>32}"), "spanId": format!("{at:016x}"), "parentSpanId": format!("{:016x}", at - 1),
                "name": "call", "kind": 1, "startTimeUnixNano": begin.to_string(), "endTimeUnixNano": end.to_string()})
        })
        .collect();
    let request: ExportTraceServiceRequest =
        serde_json::from_value(json!({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]})).expect("OTLP JSON");
    store.append(&request.encode_to_vec().into(), 0).expect("taken");
}

#[tokio::test]
async fn the_depth_of_a_chain_costs_memory_only_where_spans_differ() {
    let store = store();
    chain(&store, "c1", 100);
    chain(&store, "c2", 500);
    let body = json!({"base": {"traceId": "c1"}, "compare": {"traceId": "c2"}});
    let (status, text) = post(store, PATH, body).await;
    assert_eq!(status, StatusCode::OK, "{text}");
    let patch: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!((&patch["stats"]["matchedSpans"], &patch["stats"]["modifiedSpans"]), (&json!(20_000), &json!(1)));
    assert_eq!(patch["modified"][0]["span"]["path"].as_array().map(Vec::len), Some(20_000));
}

#[tokio::test]
async fn what_cannot_be_compared_is_refused() {
    let unknown = json!({"base": {"traceId": TRACE}, "compare": {"traceId": "1064"}});
    assert_eq!(post(both(), PATH, unknown).await.0, StatusCode::NOT_FOUND);
    for (body, said) in [
        ("{".to_owned(), "invalid trace diff request body"),
        ("{}".to_owned(), "base.traceId is required"),
        (json!({"base": {"traceId": "zz"}, "compare": {"traceId": "1"}}).to_string(), "invalid base.traceId"),
        (sides("x").to_string(), "invalid format \"x\""),
        (
            json!({"base": {"traceId": TRACE, "start": 9, "end": 8}, "compare": {"traceId": TRACE}}).to_string(),
            "base.start must be before base.end",
        ),
    ] {
        let (status, text) = post(both(), PATH, &body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{body}");
        assert!(text.contains(said), "{text}");
    }
    assert_eq!(get_bytes(PATH, "*/*").await.0, StatusCode::METHOD_NOT_ALLOWED);
}
