//! What is encoded by hand is decoded by prost's types.

use std::time::{Duration, UNIX_EPOCH};

use opentelemetry::trace::{TraceFlags, TraceState};
use opentelemetry::{InstrumentationScope, StringValue};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1 as proto;
use opentelemetry_sdk::trace::{SpanEvents, SpanLinks};
use prost::Message;

use super::*;

fn attributes() -> Vec<KeyValue> {
    vec![
        KeyValue::new("text", "a \u{0} \"é\""),
        KeyValue::new("long", "x".repeat(20_000)),
        KeyValue::new("yes", true),
        KeyValue::new("negative", -7_i64),
        KeyValue::new("double", 0.1),
        KeyValue::new("faces", Value::Array(Array::I64(vec![1, 2, -3]))),
        KeyValue::new("flags", Value::Array(Array::Bool(vec![true, false]))),
        KeyValue::new("rates", Value::Array(Array::F64(vec![0.5]))),
        KeyValue::new("names", Value::Array(Array::String(vec![StringValue::from("fair")]))),
        KeyValue::new("none", Value::Array(Array::I64(vec![]))),
    ]
}

fn full_span() -> SpanData {
    let context = |span: u64, remote| {
        let state = TraceState::from_key_value([("vendor", "1")]).expect("valid");
        SpanContext::new(0x0af7_u128.into(), span.into(), TraceFlags::SAMPLED, remote, state)
    };
    let at = |nanos| UNIX_EPOCH + Duration::from_nanos(nanos);
    let mut events = SpanEvents::default();
    events.events.push(Event::new("exception", at(1_500), attributes(), 2));
    events.dropped_count = 3;
    let mut links = SpanLinks::default();
    links.links.push(Link::new(context(9, true), vec![KeyValue::new("why", "batch")], 0));
    SpanData {
        span_context: context(2, false),
        parent_span_id: 1_u64.into(),
        parent_span_is_remote: true,
        span_kind: SpanKind::Server,
        name: "GET /roll".into(),
        start_time: at(1_000),
        end_time: at(2_000),
        attributes: attributes(),
        dropped_attributes_count: 4,
        events,
        links,
        status: Status::error("it failed"),
        instrumentation_scope: InstrumentationScope::default(),
    }
}

#[test]
fn a_span_is_encoded_as_the_official_types_would() {
    let mut plain = full_span();
    plain.status = Status::Unset;
    plain.parent_span_id = SpanId::INVALID;
    plain.parent_span_is_remote = false;
    plain.events = SpanEvents::default();
    plain.links = SpanLinks::default();
    for data in [full_span(), plain] {
        let mut bytes = Vec::new();
        span(&mut bytes, &data);
        let decoded = proto::ScopeSpans::decode(bytes.as_slice()).expect("valid protobuf").spans.remove(0);
        assert_eq!(decoded, proto::Span::from(data));
    }
}

#[test]
fn a_request_carries_resource_scope_and_all_spans() {
    let mut spans = Vec::new();
    for _ in 0..300 {
        span(&mut spans, &full_span());
    }
    let prefix = resource_prefix(&[("service.name".into(), "die-service".into())], "1.2.3");
    let request = ExportTraceServiceRequest::decode(request(&prefix, &spans).as_slice()).expect("valid protobuf");
    let [resource_spans] = request.resource_spans.as_slice() else { panic!("one resource") };
    let resource = resource_spans.resource.as_ref().expect("a resource");
    assert_eq!(resource.attributes[0].key, "service.name");
    let [scope_spans] = resource_spans.scope_spans.as_slice() else { panic!("one scope") };
    assert_eq!(scope_spans.scope.as_ref().map(|scope| scope.version.as_str()), Some("1.2.3"));
    assert_eq!(scope_spans.spans.len(), 300);
}
