//! Calls, edges and their bounds.

use std::collections::BTreeMap;
use std::sync::Arc;

use lab_storage::Location;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value::StringValue;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use prost::Message;

use super::*;
use crate::span_metrics::registry::OVERFLOW;
use crate::store::TraceStore;
use crate::store::limits::Limits;

const SECOND: i64 = 1_000_000_000;

/// A span of a service: id, parent (0 for none), kind as OTLP numbers it, milliseconds, and attributes.
fn span(service: &str, (id, parent, kind): (u64, u64, i32), ms: u64, attributes: &[(&str, &str)]) -> ResourceSpans {
    let start = 1_700_000_000_000_000_000_u64;
    let span = Span {
        trace_id: vec![7; 16],
        span_id: id.to_be_bytes().to_vec(),
        parent_span_id: if parent == 0 { Vec::new() } else { parent.to_be_bytes().to_vec() },
        name: format!("op{id}"),
        kind,
        start_time_unix_nano: start,
        end_time_unix_nano: start + ms * 1_000_000,
        attributes: attributes.iter().map(|(key, value)| text(key, value)).collect(),
        ..Span::default()
    };
    let resource = Resource { attributes: vec![text("service.name", service)], ..Resource::default() };
    let scope_spans = vec![ScopeSpans { spans: vec![span], ..ScopeSpans::default() }];
    ResourceSpans { resource: Some(resource), scope_spans, ..ResourceSpans::default() }
}

fn text(key: &str, value: &str) -> KeyValue {
    let value = Some(AnyValue { value: Some(StringValue(value.to_owned())) });
    KeyValue { key: key.to_owned(), value, ..KeyValue::default() }
}

/// The same span with the status error.
fn failed(mut span: ResourceSpans) -> ResourceSpans {
    span.scope_spans[0].spans[0].status = Some(Status { code: 2, ..Status::default() });
    span
}

fn send(store: &TraceStore, spans: &[ResourceSpans]) {
    let request = ExportTraceServiceRequest { resource_spans: spans.to_vec() };
    store.append(&request.encode_to_vec().into(), SECOND).expect("taken");
}

fn store(config: Config) -> (TraceStore, Arc<SpanMetrics>) {
    let store = TraceStore::open(&Location::Memory, Limits::default()).expect("opens");
    let metrics = Arc::new(SpanMetrics::new(config));
    store.measure_spans(Arc::clone(&metrics));
    (store, metrics)
}

/// The readings of one name, by the values of their labels.
fn readings(metrics: &SpanMetrics, name: &str, now_ns: i64) -> BTreeMap<String, f64> {
    let named = metrics.collect(now_ns).into_iter().filter(|reading| reading.name == name);
    let values =
        |labels: &[(String, String)]| labels.iter().map(|(_, value)| value.as_str()).collect::<Vec<_>>().join(" ");
    named.map(|reading| (values(&reading.labels), reading.value)).collect()
}

#[test]
fn calls_are_counted_once_however_often_a_span_is_sent() {
    let (store, metrics) = store(Config::lab());
    let spans = [span("a", (1, 0, 2), 30, &[]), failed(span("a", (2, 1, 1), 3, &[]))];
    send(&store, &spans);
    send(&store, &spans);
    let calls = readings(&metrics, "traces_spanmetrics_calls_total", SECOND);
    let expected =
        [("a op1 SPAN_KIND_SERVER STATUS_CODE_UNSET", 1.0), ("a op2 SPAN_KIND_INTERNAL STATUS_CODE_ERROR", 1.0)];
    assert_eq!(calls, expected.map(|(labels, value)| (labels.to_owned(), value)).into());
    let buckets = readings(&metrics, "traces_spanmetrics_latency_bucket", SECOND);
    let of = |le: &str| buckets[&format!("a op1 SPAN_KIND_SERVER STATUS_CODE_UNSET {le}")];
    assert_eq!((of("0.025"), of("0.05"), of("+Inf")), (0.0, 1.0, 1.0));
}

#[test]
fn the_two_sides_of_a_call_are_an_edge_in_whatever_order_they_come() {
    let (store, metrics) = store(Config::lab());
    send(&store, &[failed(span("b", (3, 2, 2), 10, &[]))]);
    send(&store, &[span("a", (2, 1, 3), 20, &[]), span("a", (1, 0, 2), 30, &[])]);
    send(&store, &[span("a", (4, 1, 4), 1, &[]), span("c", (5, 4, 5), 1, &[])]);
    send(&store, &[span("a", (6, 1, 3), 1, &[("db.system", "postgresql")])]);
    let total = readings(&metrics, "traces_service_graph_request_total", SECOND);
    let expected =
        [("a b", 1.0), ("user a virtual_node", 1.0), ("a c messaging_system", 1.0), ("a postgresql database", 1.0)];
    assert_eq!(total, expected.map(|(labels, value)| (labels.to_owned(), value)).into());
    let failed = readings(&metrics, "traces_service_graph_request_failed_total", SECOND);
    assert_eq!(failed, [("a b".to_owned(), 1.0)].into());
    let sums = |side: &str| readings(&metrics, &format!("traces_service_graph_request_{side}_seconds_sum"), SECOND);
    assert_eq!((sums("server")["a b"], sums("client")["a b"]), (0.01, 0.02));
}

#[test]
fn a_call_without_an_answer_names_what_it_calls_when_its_time_is_up() {
    let (store, metrics) = store(Config::lab());
    send(&store, &[span("a", (2, 1, 3), 20, &[("peer.service", "bank")]), span("a", (3, 1, 3), 20, &[])]);
    assert!(readings(&metrics, "traces_service_graph_request_total", 10 * SECOND).is_empty());
    let total = readings(&metrics, "traces_service_graph_request_total", 12 * SECOND);
    assert_eq!(total, [("a bank virtual_node".to_owned(), 1.0)].into());
    assert_eq!(readings(&metrics, "dicelab_span_edges_unpaired_total", SECOND)[""], 1.0);
}

#[test]
fn a_counter_is_new_when_it_counts_for_the_first_time() {
    let (store, metrics) = store(Config::lab());
    let new = |name: &str| {
        let readings = metrics.collect(SECOND).into_iter().filter(|reading| reading.name == name);
        readings.map(|reading| reading.is_new).collect::<Vec<_>>()
    };
    send(&store, &[span("a", (1, 0, 2), 3, &[])]);
    assert_eq!(new("traces_service_graph_request_total"), [true]);
    send(&store, &[failed(span("a", (2, 0, 2), 3, &[]))]);
    assert_eq!(new("traces_service_graph_request_failed_total"), [true]);
    assert_eq!(new("traces_service_graph_request_total"), [false]);
    assert_eq!(new("traces_service_graph_request_failed_total"), [false]);
}

#[test]
fn of_the_two_sides_of_a_call_the_later_one_says_whether_it_is_a_message() {
    let (store, metrics) = store(Config::lab());
    send(&store, &[span("a", (1, 9, 4), 1, &[]), span("b", (2, 1, 2), 1, &[])]);
    send(&store, &[span("a", (3, 9, 3), 1, &[]), span("c", (4, 3, 5), 1, &[])]);
    // A name of a database that is empty is none, and a server that failed makes its call of a database fail.
    send(&store, &[span("a", (5, 9, 3), 1, &[("db.name", "")]), span("d", (6, 5, 2), 1, &[])]);
    send(&store, &[failed(span("e", (8, 7, 2), 1, &[])), span("a", (7, 9, 3), 1, &[("db.system.name", "pg")])]);
    let total = readings(&metrics, "traces_service_graph_request_total", SECOND);
    let expected = [("a b", 1.0), ("a c messaging_system", 1.0), ("a d", 1.0), ("a pg database", 1.0)];
    assert_eq!(total, expected.map(|(labels, value)| (labels.to_owned(), value)).into());
    let failed = readings(&metrics, "traces_service_graph_request_failed_total", SECOND);
    assert_eq!(failed, [("a pg database".to_owned(), 1.0)].into());
}

#[test]
fn too_many_series_become_one_and_are_counted() {
    let config = Config { max_series: 60, ..Config::lab() };
    // Both attributes make the same label, so that the last one is it.
    let (store, metrics) = store(config.with_dimensions(["db_name", "db.name"]));
    let spans: Vec<ResourceSpans> =
        (1..6).map(|id| span("a", (id, 9, 1), 1, &[("db.name", &format!("d{id}"))])).collect();
    send(&store, &spans);
    let calls = readings(&metrics, "traces_spanmetrics_calls_total", SECOND);
    assert_eq!(calls["a op1 SPAN_KIND_INTERNAL STATUS_CODE_UNSET d1"], 1.0);
    assert_eq!(calls[&[OVERFLOW; 5].join(" ")], 3.0);
    assert_eq!(readings(&metrics, "dicelab_span_metrics_overflow_total", SECOND)[""], 3.0);
}

#[test]
fn each_bucket_shows_its_newest_trace_once_and_tempos_buckets_are_powers_of_two() {
    let (store, metrics) = store(Config::tempo());
    send(&store, &[span("a", (1, 0, 1), 3, &[])]);
    let all = metrics.collect(SECOND);
    let with_trace: Vec<_> = all.iter().filter(|reading| reading.exemplar.is_some()).collect();
    assert_eq!(with_trace.len(), 1);
    assert_eq!(with_trace[0].labels.last(), Some(&("le".to_owned(), "0.004".to_owned())));
    assert!(
        with_trace[0].is_new && metrics.collect(SECOND).iter().all(|again| again.exemplar.is_none() && !again.is_new)
    );
}
