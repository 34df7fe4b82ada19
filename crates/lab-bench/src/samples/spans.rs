//! Requests of OTLP as a dice application would send them: traces of six spans in three services, whose calls pair up.

use bytes::Bytes;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use prost::Message as _;

/// Spans of a trace: service, name and kind of each; every span is the parent of the next one.
const TRACE: [(usize, &str, SpanKind); 6] = [
    (0, "GET /roll", SpanKind::Server),
    (0, "GET", SpanKind::Client),
    (1, "GET /roll", SpanKind::Server),
    (1, "async_roll", SpanKind::Internal),
    (1, "GET", SpanKind::Client),
    (2, "GET /dice", SpanKind::Server),
];
/// Traces of one request.
const TRACES: u64 = 80;
/// Spans of one request.
pub const SPANS: u64 = TRACES * TRACE.len() as u64;
/// Between the starts of two traces, in nanoseconds.
const APART: u64 = 36_000_000;

/// The request with a number, counted from 0; its spans begin after `start_ns`, in nanoseconds since the Unix epoch.
pub fn request(number: u64, start_ns: u64) -> Bytes {
    let mut services: [Vec<Span>; 3] = Default::default();
    for trace in number * TRACES..(number + 1) * TRACES {
        for (at, (service, name, kind)) in TRACE.into_iter().enumerate() {
            services[service].push(span(trace, at as u64, (name, kind), start_ns + trace * APART));
        }
    }
    let of_service = |(spans, name): (Vec<Span>, &str)| ResourceSpans {
        resource: Some(Resource {
            attributes: vec![text("service.name", name), text("service.version", "0.1.0")],
            ..Resource::default()
        }),
        scope_spans: vec![ScopeSpans { spans, ..ScopeSpans::default() }],
        ..ResourceSpans::default()
    };
    let names = ["frontend", "dice-roller", "die-service"];
    let resource_spans = services.into_iter().zip(names).map(of_service).collect();
    ExportTraceServiceRequest { resource_spans }.encode_to_vec().into()
}

fn span(trace: u64, at: u64, (name, kind): (&str, SpanKind), start_ns: u64) -> Span {
    let mut attributes = vec![
        text("http.request.method", "GET"),
        text("url.scheme", "http"),
        text("url.path", "/roll"),
        text("server.address", "127.0.0.1"),
        text("network.protocol.version", "1.1"),
        text("user_agent.original", "dicelab-traffic/0.1"),
        text("die.type", &format!("die-{}", trace % 50)),
        text("thread.name", "tokio-runtime-worker"),
    ];
    for (key, value) in [
        ("server.port", 8107),
        ("http.response.status_code", 200),
        ("die.result", trace % 6),
        ("async.roll_index", at),
        ("thread.id", 2),
        ("busy_ns", trace * 37 % 100_000),
        ("idle_ns", trace * 91 % 1_000_000),
    ] {
        attributes.push(attribute(key, Value::IntValue(value as i64)));
    }
    let id = |at: u64| (trace * 8 + at + 1).to_be_bytes().to_vec();
    Span {
        // Spread like real ids.
        trace_id: [(trace + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes(), (trace + 1).to_be_bytes()].concat(),
        span_id: id(at),
        parent_span_id: if at == 0 { Vec::new() } else { id(at - 1) },
        name: name.to_owned(),
        kind: kind.into(),
        start_time_unix_nano: start_ns + at * 1_000,
        end_time_unix_nano: start_ns + 1_000_000 * (1 + trace % 300),
        attributes,
        ..Span::default()
    }
}

fn text(key: &str, value: &str) -> KeyValue {
    attribute(key, Value::StringValue(value.to_owned()))
}

fn attribute(key: &str, value: Value) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(AnyValue { value: Some(value) }), ..KeyValue::default() }
}
