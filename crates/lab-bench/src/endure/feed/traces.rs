//! Bodies of OTLP over HTTP: spans of one service, in protobuf.

use bytes::Bytes;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use prost::Message as _;

/// How long every span takes, in nanoseconds.
const DURATION: u64 = 1_000_000;

/// A span by its ids and its start, in nanoseconds since the Unix epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Made {
    pub trace: u128,
    pub span: u64,
    pub start_ns: u64,
}

/// Spans of a service.
pub fn export(service: &str, spans: impl Iterator<Item = Made>) -> Bytes {
    let span = |made: Made| Span {
        trace_id: made.trace.to_be_bytes().to_vec(),
        span_id: made.span.to_be_bytes().to_vec(),
        name: "endured".to_owned(),
        kind: 2,
        start_time_unix_nano: made.start_ns,
        end_time_unix_nano: made.start_ns + DURATION,
        attributes: vec![text("http.route", "/roll"), text("die", "fair"), text("of", &made.span.to_string())],
        ..Span::default()
    };
    let resource = Resource { attributes: vec![text("service.name", service)], ..Resource::default() };
    let scope_spans = vec![ScopeSpans { spans: spans.map(span).collect(), ..ScopeSpans::default() }];
    let all = ResourceSpans { resource: Some(resource), scope_spans, ..ResourceSpans::default() };
    ExportTraceServiceRequest { resource_spans: vec![all] }.encode_to_vec().into()
}

fn text(key: &str, value: &str) -> KeyValue {
    let value = AnyValue { value: Some(Value::StringValue(value.to_owned())) };
    KeyValue { key: key.to_owned(), value: Some(value), ..KeyValue::default() }
}
