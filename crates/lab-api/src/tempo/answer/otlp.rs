//! OTLP as the protobuf-JSON that Tempo writes: ids in base64, 64-bit integers as text, enumerations by
//! name, and fields that are zero or empty left out.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use opentelemetry_proto::tonic::common::v1::any_value::Value as AnyValueKind;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link, SpanKind};
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use crate::tempo::answer::object::{Object, double, each};

/// A resource with its spans, written span by span, so that no copy of all of them is made in between.
pub(crate) struct Wire<'a>(pub(crate) &'a ResourceSpans);

impl Serialize for Wire<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(resource) = &self.0.resource {
            let mut inner = Object::default();
            inner.list("attributes", &resource.attributes, key_value);
            inner.number("droppedAttributesCount", resource.dropped_attributes_count);
            map.serialize_entry("resource", &inner.finish())?;
        }
        if !self.0.scope_spans.is_empty() {
            map.serialize_entry("scopeSpans", &each(&self.0.scope_spans, WireScope))?;
        }
        if !self.0.schema_url.is_empty() {
            map.serialize_entry("schemaUrl", &self.0.schema_url)?;
        }
        map.end()
    }
}

/// A scope with its spans.
struct WireScope<'a>(&'a ScopeSpans);

impl Serialize for WireScope<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(found) = &self.0.scope {
            map.serialize_entry("scope", &scope(found))?;
        }
        if !self.0.spans.is_empty() {
            map.serialize_entry("spans", &each(&self.0.spans, span))?;
        }
        if !self.0.schema_url.is_empty() {
            map.serialize_entry("schemaUrl", &self.0.schema_url)?;
        }
        map.end()
    }
}

fn scope(scope: &InstrumentationScope) -> Value {
    let mut object = Object::default();
    object.text("name", &scope.name);
    object.text("version", &scope.version);
    object.list("attributes", &scope.attributes, key_value);
    object.number("droppedAttributesCount", scope.dropped_attributes_count);
    object.finish()
}

fn span(span: &Span) -> Value {
    let mut object = Object::default();
    object.bytes("traceId", &span.trace_id);
    object.bytes("spanId", &span.span_id);
    object.text("traceState", &span.trace_state);
    object.bytes("parentSpanId", &span.parent_span_id);
    object.number("flags", span.flags);
    object.text("name", &span.name);
    if span.kind != 0 {
        object.put("kind", SpanKind::try_from(span.kind).map_or(json!(span.kind), |kind| json!(kind.as_str_name())));
    }
    object.large("startTimeUnixNano", span.start_time_unix_nano);
    object.large("endTimeUnixNano", span.end_time_unix_nano);
    object.list("attributes", &span.attributes, key_value);
    object.number("droppedAttributesCount", span.dropped_attributes_count);
    object.list("events", &span.events, event);
    object.number("droppedEventsCount", span.dropped_events_count);
    object.list("links", &span.links, link);
    object.number("droppedLinksCount", span.dropped_links_count);
    if let Some(found) = &span.status {
        object.put("status", status(found));
    }
    object.finish()
}

fn event(event: &Event) -> Value {
    let mut object = Object::default();
    object.large("timeUnixNano", event.time_unix_nano);
    object.text("name", &event.name);
    object.list("attributes", &event.attributes, key_value);
    object.number("droppedAttributesCount", event.dropped_attributes_count);
    object.finish()
}

fn link(link: &Link) -> Value {
    let mut object = Object::default();
    object.bytes("traceId", &link.trace_id);
    object.bytes("spanId", &link.span_id);
    object.text("traceState", &link.trace_state);
    object.list("attributes", &link.attributes, key_value);
    object.number("droppedAttributesCount", link.dropped_attributes_count);
    object.number("flags", link.flags);
    object.finish()
}

fn status(status: &Status) -> Value {
    let mut object = Object::default();
    object.text("message", &status.message);
    if status.code != 0 {
        let code = StatusCode::try_from(status.code);
        object.put("code", code.map_or(json!(status.code), |code| json!(code.as_str_name())));
    }
    object.finish()
}

/// The JSON of an attribute.
pub(crate) fn key_value(attribute: &KeyValue) -> Value {
    let mut object = Object::default();
    object.text("key", &attribute.key);
    object.put("value", attribute.value.as_ref().map_or_else(|| json!({}), any_value));
    object.finish()
}

fn any_value(value: &AnyValue) -> Value {
    match &value.value {
        None => json!({}),
        Some(AnyValueKind::StringValue(text)) => json!({"stringValue": text}),
        Some(AnyValueKind::BoolValue(flag)) => json!({"boolValue": flag}),
        Some(AnyValueKind::IntValue(number)) => json!({"intValue": number.to_string()}),
        Some(AnyValueKind::DoubleValue(number)) => json!({"doubleValue": double(*number)}),
        Some(AnyValueKind::BytesValue(bytes)) => json!({"bytesValue": STANDARD.encode(bytes)}),
        Some(AnyValueKind::ArrayValue(list)) => {
            let mut object = Object::default();
            object.list("values", &list.values, any_value);
            json!({"arrayValue": object.finish()})
        }
        Some(AnyValueKind::KvlistValue(map)) => {
            let mut object = Object::default();
            object.list("values", &map.values, key_value);
            json!({"kvlistValue": object.finish()})
        }
        Some(AnyValueKind::StringValueStrindex(index)) => json!({"stringValueStrindex": index}),
    }
}
