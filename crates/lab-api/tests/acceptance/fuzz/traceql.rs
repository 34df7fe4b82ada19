//! TraceQL over a small store.

use std::sync::Arc;

use lab_api::tempo::{self, state::TempoState};
use lab_storage::Location;
use lab_traces::TraceStore;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;
use serde_json::json;

use super::ask::Door;
use super::chance::rounds;
use super::grammar::Grammar;
use super::memory;
use crate::clock;

/// What can be put around a query.
const AROUND: [&str; 20] = [
    "(@)",
    "{ @ }",
    "!(@)",
    "-(@)",
    "@ | by(span.n)",
    "@ | by(.s) | coalesce()",
    "@ | select(span.s, .n, event.name)",
    "@ | count() > -9223372036854775808",
    "@ | avg(span.n * 1e308) < 9223372036854775807",
    "@ | rate() by (span.n, span.s, name)",
    "@ | count_over_time() by (span.s) | topk(9223372036854775807)",
    "@ | quantile_over_time(duration, 0, 0.5, .99, 1, 1e308) by (span.n)",
    "@ | histogram_over_time(duration) by (span.n)",
    "@ | min_over_time(span.n) with (exemplars=true)",
    "(@) >> { .n > 1 }",
    "{ name =~ `(a{1,100}){1,100}` } && (@)",
    "(@) !~ (@)",
    "{ span.s =~ `.*é.*` } | @",
    "@ || { duration > 290y }",
    "{ .n ^ 2 % 0 = 1 } &>> (@)",
];

/// The queries of the engine's list.
fn seeds() -> Vec<String> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../lab-traces/tests/traceql/queries.yaml");
    let text = std::fs::read_to_string(file).expect("the list");
    let list: serde_yaml_ng::Value = serde_yaml_ng::from_str(&text).expect("YAML");
    let valid = list["valid"].as_sequence().expect("a list");
    let seeds: Vec<String> = valid.iter().filter_map(|query| Some(query.as_str()?.to_owned())).collect();
    assert!(seeds.len() > 30, "only {} queries", seeds.len());
    seeds
}

fn store() -> Arc<TraceStore> {
    let store = TraceStore::open(&Location::Memory, lab_traces::Limits::default()).expect("opens");
    let spans: Vec<_> = (0..120_u64)
        .map(|at| {
            let (trace, parent) = (at / 6 + 1, if at % 6 == 0 { String::new() } else { format!("{at:016x}") });
            let start = 1_700_000_000_000_000_000 + at * 10_000_000;
            json!({"traceId": format!("{trace:032x}"), "spanId": format!("{:016x}", at + 1), "parentSpanId": parent,
                "name": format!("op{}", at % 4), "kind": at % 6, "startTimeUnixNano": start.to_string(),
                "endTimeUnixNano": (start + at * 1_000_000).to_string(), "status": {"code": at % 3},
                "attributes": [{"key": "n", "value": {"intValue": at.to_string()}},
                    {"key": "s", "value": {"stringValue": format!("é{at}")}},
                    {"key": "die.type", "value": {"arrayValue": {"values": [{"stringValue": "fair"}]}}}],
                "events": [{"timeUnixNano": start.to_string(), "name": "e"}]})
        })
        .collect();
    let resource = json!({"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]});
    let request = json!({"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": spans}]}]});
    let request: ExportTraceServiceRequest = serde_json::from_value(request).expect("OTLP");
    store.append(&request.encode_to_vec().into(), 0).expect("taken");
    Arc::new(store)
}

#[test]
fn queries_are_answered_or_refused() {
    let state = TempoState::new(store(), clock::system()).with_memory(memory::pool());
    let mut door = Door::new(tempo::router(state), &[200, 400, 429, 504]);
    let grammar = Grammar { seeds: seeds(), around: &AROUND };
    rounds(
        |chance| grammar.query(chance),
        |query| {
            let range = [("start", "1699999000"), ("end", "1700000100"), ("q", query.as_str())];
            door.ask_json("/api/search", &[&range[..], &[("limit", "100"), ("spss", "100")]].concat(), false);
            door.ask_json("/api/metrics/query_range", &[&range[..], &[("step", "100ms")]].concat(), false);
            door.ask_json("/api/metrics/query", &range, false);
            door.ask_json("/api/v2/search/tags", &range, false);
            door.ask_json("/api/v2/search/tag/span.s/values", &range, false);
        },
    );
    memory::report();
}
