//! Traces as Tempo answers them in protobuf: OTLP, of which only those fields are read that a [`Span`] has. An answer in
//! this form is half as long as in JSON, and quicker to read.

use std::fmt::Write as _;
use std::sync::Arc;

use prost::Message;

use crate::stack::span::{Kind, Span, Value};
use crate::stack::tempo::names::Names;

/// The spans of an answer to `/api/v2/traces/{id}`.
pub(super) fn read_v2(body: &[u8]) -> Result<Vec<Span>, prost::DecodeError> {
    Ok(spans(Answer::decode(body)?.trace.unwrap_or_default()))
}

/// The spans of an answer to `/api/traces/{id}`.
pub(super) fn read_v1(body: &[u8]) -> Result<Vec<Span>, prost::DecodeError> {
    Ok(spans(Trace::decode(body)?))
}

#[derive(Message)]
struct Answer {
    #[prost(message, optional, tag = "1")]
    trace: Option<Trace>,
}

#[derive(Message)]
struct Trace {
    #[prost(message, repeated, tag = "1")]
    resource_spans: Vec<ResourceSpans>,
}

#[derive(Message)]
struct ResourceSpans {
    #[prost(message, optional, tag = "1")]
    resource: Option<Resource>,
    #[prost(message, repeated, tag = "2")]
    scope_spans: Vec<ScopeSpans>,
}

#[derive(Message)]
struct Resource {
    #[prost(message, repeated, tag = "1")]
    attributes: Vec<Pair>,
}

#[derive(Message)]
struct ScopeSpans {
    #[prost(message, repeated, tag = "2")]
    spans: Vec<RawSpan>,
}

#[derive(Message)]
struct RawSpan {
    #[prost(bytes = "vec", tag = "1")]
    trace_id: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    span_id: Vec<u8>,
    #[prost(bytes = "vec", tag = "4")]
    parent_span_id: Vec<u8>,
    #[prost(string, tag = "5")]
    name: String,
    #[prost(int32, tag = "6")]
    kind: i32,
    #[prost(fixed64, tag = "7")]
    start_time_unix_nano: u64,
    #[prost(fixed64, tag = "8")]
    end_time_unix_nano: u64,
    #[prost(message, repeated, tag = "9")]
    attributes: Vec<Pair>,
    #[prost(message, repeated, tag = "11")]
    events: Vec<RawEvent>,
    #[prost(message, optional, tag = "15")]
    status: Option<RawStatus>,
}

#[derive(Message)]
struct RawEvent {
    #[prost(string, tag = "2")]
    name: String,
}

#[derive(Message)]
struct RawStatus {
    #[prost(int32, tag = "3")]
    code: i32,
}

#[derive(Message)]
struct Pair {
    #[prost(string, tag = "1")]
    key: String,
    #[prost(message, optional, tag = "2")]
    value: Option<Any>,
}

#[derive(Message)]
struct Any {
    #[prost(oneof = "Kinds", tags = "1, 2, 3, 4, 5")]
    kind: Option<Kinds>,
}

/// The kinds of values that a span's attribute is read as.
#[derive(prost::Oneof)]
enum Kinds {
    #[prost(string, tag = "1")]
    Text(String),
    #[prost(bool, tag = "2")]
    Bool(bool),
    #[prost(int64, tag = "3")]
    Int(i64),
    #[prost(double, tag = "4")]
    Double(f64),
    #[prost(message, tag = "5")]
    List(List),
}

#[derive(Message)]
struct List {
    #[prost(message, repeated, tag = "1")]
    values: Vec<Any>,
}

fn spans(trace: Trace) -> Vec<Span> {
    let (mut names, mut spans) = (Names::default(), Vec::new());
    for resource in trace.resource_spans {
        let attributes = resource.resource.unwrap_or_default().attributes;
        let service = attributes.into_iter().find(|pair| pair.key == "service.name").and_then(|pair| pair.value);
        let service = match service.and_then(|value| value.kind) {
            Some(Kinds::Text(name)) => names.get(&name),
            _ => names.get("unknown_service"),
        };
        let all = resource.scope_spans.into_iter().flat_map(|scope| scope.spans);
        spans.extend(all.map(|raw| raw.span(&service, &mut names)));
    }
    spans
}

impl RawSpan {
    fn span(self, service: &Arc<str>, names: &mut Names) -> Span {
        let attributes = self.attributes.into_iter();
        let attributes = attributes.filter_map(|pair| Some((names.get(&pair.key), pair.value?.value()?))).collect();
        Span {
            trace_id: names.get(&hex(&self.trace_id)),
            span_id: hex(&self.span_id),
            // A root's parent is left out or all zeros.
            parent_id: self.parent_span_id.iter().any(|byte| *byte != 0).then(|| hex(&self.parent_span_id)),
            service: service.clone(),
            name: names.get(&self.name),
            kind: match self.kind {
                2 => Kind::Server,
                3 => Kind::Client,
                _ => Kind::Internal,
            },
            start_ns: i64::try_from(self.start_time_unix_nano).unwrap_or(i64::MAX),
            end_ns: i64::try_from(self.end_time_unix_nano).unwrap_or(i64::MAX),
            failed: self.status.is_some_and(|status| status.code == 2),
            attributes,
            events: self.events.into_iter().map(|event| event.name).collect(),
        }
    }
}

impl Any {
    fn value(self) -> Option<Value> {
        Some(match self.kind? {
            Kinds::Text(text) => Value::Text(text),
            Kinds::Bool(value) => Value::Bool(value),
            Kinds::Int(value) => Value::Int(value),
            Kinds::Double(value) => Value::Double(value),
            Kinds::List(list) => Value::List(list.values.into_iter().filter_map(Self::value).collect()),
        })
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut digits, byte| {
        // Writing to a string cannot fail.
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(key: &str, value: &str) -> Pair {
        Pair { key: key.to_owned(), value: Some(Any { kind: Some(Kinds::Text(value.to_owned())) }) }
    }

    #[test]
    fn both_versions_are_read_and_what_a_span_has_not_is_passed_over() {
        let faces = List { values: vec![Any { kind: Some(Kinds::Int(1)) }, Any { kind: None }] };
        let raw = RawSpan {
            trace_id: vec![0xab; 16],
            span_id: vec![1, 2, 3, 4, 5, 6, 7, 8],
            parent_span_id: vec![0; 8],
            name: "GET /roll".to_owned(),
            kind: 2,
            start_time_unix_nano: 5,
            end_time_unix_nano: 105,
            attributes: vec![
                Pair { key: "die.faces".to_owned(), value: Some(Any { kind: Some(Kinds::List(faces)) }) },
                Pair { key: "odd".to_owned(), value: None },
            ],
            events: vec![RawEvent { name: "exception".to_owned() }],
            status: Some(RawStatus { code: 2 }),
        };
        let resource = Some(Resource { attributes: vec![text("service.name", "frontend")] });
        let one = ResourceSpans { resource, scope_spans: vec![ScopeSpans { spans: vec![raw] }] };
        let trace = Trace { resource_spans: vec![one] };
        let first = read_v1(&trace.encode_to_vec()).expect("a trace");
        // A field that is not known here, of a length, comes after the trace.
        let mut answer = Answer { trace: Some(trace) }.encode_to_vec();
        answer.extend([0x12, 0x01, 0x00]);
        let second = read_v2(&answer).expect("a trace");
        assert_eq!(first, second);
        let [span] = &first[..] else { panic!("{first:?}") };
        assert_eq!((&*span.trace_id, &*span.span_id), ("abababababababababababababababab", "0102030405060708"));
        assert_eq!((&*span.service, &*span.name, span.kind), ("frontend", "GET /roll", Kind::Server));
        assert_eq!((span.parent_id.as_deref(), span.failed, span.duration_ns()), (None, true, 100));
        assert_eq!(span.attributes.get("die.faces"), Some(&Value::List(vec![Value::Int(1)])));
        assert_eq!((span.attributes.len(), &span.events[..]), (1, &["exception".to_owned()][..]));
    }

    #[test]
    fn an_unknown_trace_has_no_spans_and_nonsense_is_an_error() {
        assert!(read_v2(b"").is_ok_and(|spans| spans.is_empty()));
        assert!(read_v1(b"<html>").is_err());
    }
}
