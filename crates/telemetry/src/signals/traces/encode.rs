//! One finished span as OTLP protobuf (`opentelemetry/proto/trace/v1/trace.proto`).
//!
//! ```text
//! ExportTraceServiceRequest { 1: ResourceSpans { 1: Resource { 1: KeyValue… },
//!                             2: ScopeSpans { 1: InstrumentationScope { 1: name, 2: version }, 2: Span… } } }
//! ```
//! Spans are encoded as repeated field 2 of `ScopeSpans`, so that a batch of them is the body of one; what
//! goes before it is written per request by [`request`].

use std::time::SystemTime;

use opentelemetry::trace::{Event, Link, SpanContext, SpanId, SpanKind, Status};
use opentelemetry::{Array, KeyValue, Value};
use opentelemetry_sdk::trace::SpanData;

use super::protobuf as pb;
use crate::faults;
use crate::signals::clock;

/// Bits 8 and 9 of `Span.flags`: whether it is known that the parent is remote, and whether it is.
const HAS_IS_REMOTE: u32 = 0x100;
const IS_REMOTE: u32 = 0x200;

/// Appends `span` as one entry of `ScopeSpans.spans`.
pub(crate) fn span(out: &mut Vec<u8>, span: &SpanData) {
    pb::message(out, 2, |out| {
        let context = &span.span_context;
        pb::bytes(out, 1, &context.trace_id().to_bytes());
        pb::bytes(out, 2, &context.span_id().to_bytes());
        trace_state(out, context);
        if span.parent_span_id != SpanId::INVALID {
            pb::bytes(out, 4, &span.parent_span_id.to_bytes());
        }
        pb::bytes(out, 5, span.name.as_bytes());
        pb::integer(out, 6, kind(&span.span_kind));
        pb::fixed64(out, 7, nanos(span.start_time));
        pb::fixed64(out, 8, nanos(span.end_time));
        for attribute in &span.attributes {
            key_value(out, 9, attribute);
        }
        count(out, 10, span.dropped_attributes_count);
        for item in span.events.iter() {
            pb::message(out, 11, |out| event(out, item));
        }
        count(out, 12, span.events.dropped_count);
        for item in span.links.iter() {
            pb::message(out, 13, |out| link(out, item));
        }
        count(out, 14, span.links.dropped_count);
        pb::message(out, 15, |out| status(out, &span.status));
        let remote = if span.parent_span_is_remote { IS_REMOTE } else { 0 };
        pb::fixed32(out, 16, u32::from(context.trace_flags().to_u8()) | HAS_IS_REMOTE | remote);
    });
}

/// The `Resource` of a process, encoded once.
pub(crate) fn resource_prefix(attributes: &[(String, String)], scope_version: &str) -> Prefix {
    let mut resource = Vec::new();
    pb::message(&mut resource, 1, |out| {
        for (key, value) in attributes {
            pb::message(out, 1, |out| {
                pb::bytes(out, 1, key.as_bytes());
                pb::message(out, 2, |out| pb::bytes(out, 1, value.as_bytes()));
            });
        }
    });
    let mut scope = Vec::new();
    pb::message(&mut scope, 1, |out| {
        pb::bytes(out, 1, b"dicelab.telemetry");
        pb::bytes(out, 2, scope_version.as_bytes());
    });
    Prefix { resource, scope }
}

/// What stands before the spans of every request.
#[derive(Debug, Clone)]
pub(crate) struct Prefix {
    resource: Vec<u8>,
    scope: Vec<u8>,
}

/// The whole request around encoded `spans`.
pub(crate) fn request(prefix: &Prefix, spans: &[u8]) -> Vec<u8> {
    let scope_spans = prefix.scope.len() + spans.len();
    let mut scope_head = Vec::with_capacity(12);
    pb::message_head(&mut scope_head, 2, scope_spans);
    let resource_spans = prefix.resource.len() + scope_head.len() + scope_spans;
    let mut out = Vec::with_capacity(resource_spans + 12);
    pb::message_head(&mut out, 1, resource_spans);
    for part in [&prefix.resource, &scope_head, &prefix.scope, spans] {
        out.extend_from_slice(part);
    }
    out
}

/// Field 3 of spans and of links.
fn trace_state(out: &mut Vec<u8>, context: &SpanContext) {
    let state = context.trace_state().header();
    if !state.is_empty() {
        pb::bytes(out, 3, state.as_bytes());
    }
}

/// OpenTelemetry stamps spans by the true clock; here they get the one that the service believes in.
fn nanos(time: SystemTime) -> u64 {
    clock::unix_nanos(faults::skewed(time))
}

fn kind(kind: &SpanKind) -> u64 {
    match kind {
        SpanKind::Internal => 1,
        SpanKind::Server => 2,
        SpanKind::Client => 3,
        SpanKind::Producer => 4,
        SpanKind::Consumer => 5,
    }
}

fn status(out: &mut Vec<u8>, status: &Status) {
    match status {
        Status::Unset => {}
        Status::Ok => pb::integer(out, 3, 1),
        Status::Error { description } => {
            if !description.is_empty() {
                pb::bytes(out, 2, description.as_bytes());
            }
            pb::integer(out, 3, 2);
        }
    }
}

fn event(out: &mut Vec<u8>, event: &Event) {
    pb::fixed64(out, 1, nanos(event.timestamp));
    pb::bytes(out, 2, event.name.as_bytes());
    for attribute in &event.attributes {
        key_value(out, 3, attribute);
    }
    count(out, 4, event.dropped_attributes_count);
}

fn link(out: &mut Vec<u8>, link: &Link) {
    let context = &link.span_context;
    pb::bytes(out, 1, &context.trace_id().to_bytes());
    pb::bytes(out, 2, &context.span_id().to_bytes());
    trace_state(out, context);
    for attribute in &link.attributes {
        key_value(out, 4, attribute);
    }
    count(out, 5, link.dropped_attributes_count);
    let remote = if context.is_remote() { IS_REMOTE } else { 0 };
    pb::fixed32(out, 6, u32::from(context.trace_flags().to_u8()) | HAS_IS_REMOTE | remote);
}

fn key_value(out: &mut Vec<u8>, field: u32, attribute: &KeyValue) {
    pb::message(out, field, |out| {
        pb::bytes(out, 1, attribute.key.as_str().as_bytes());
        pb::message(out, 2, |out| any_value(out, &attribute.value));
    });
}

/// `AnyValue`: 1 string, 2 bool, 3 int, 4 double, 5 array.
fn any_value(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Bool(value) => pb::integer(out, 2, u64::from(*value)),
        Value::I64(value) => pb::integer(out, 3, *value as u64),
        Value::F64(value) => pb::double(out, 4, *value),
        Value::String(value) => pb::bytes(out, 1, value.as_str().as_bytes()),
        Value::Array(array) => pb::message(out, 5, |out| match array {
            Array::Bool(items) => elements(out, items, |out, item| pb::integer(out, 2, u64::from(*item))),
            Array::I64(items) => elements(out, items, |out, item| pb::integer(out, 3, *item as u64)),
            Array::F64(items) => elements(out, items, |out, item| pb::double(out, 4, *item)),
            Array::String(items) => elements(out, items, |out, item| pb::bytes(out, 1, item.as_str().as_bytes())),
            _ => {}
        }),
        // Kinds that later versions of the API may add are kept readable.
        other => pb::bytes(out, 1, other.as_str().as_bytes()),
    }
}

fn elements<T>(out: &mut Vec<u8>, items: &[T], element: impl Fn(&mut Vec<u8>, &T)) {
    for item in items {
        pb::message(out, 1, |out| element(out, item));
    }
}

fn count(out: &mut Vec<u8>, field: u32, count: u32) {
    if count > 0 {
        pb::integer(out, field, u64::from(count));
    }
}

#[cfg(test)]
mod tests;
