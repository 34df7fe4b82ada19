//! OTLP as the protobuf-JSON that Tempo writes: ids in base64, 64-bit integers as text, enumerations by
//! name, and fields that are zero or empty left out.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lab_traces::query::walk::Inspected;
use lab_traces::traceql::value::Value as QueryValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value as AnyValueKind;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link, SpanKind};
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

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

/// A list whose items are encoded one after the other while it is written.
pub(crate) struct Each<'a, T, F> {
    items: &'a [T],
    encode: F,
}

/// The list of what `encode` makes of each item.
pub(crate) fn each<'a, T, E: Serialize, F: Fn(&'a T) -> E>(items: &'a [T], encode: F) -> Each<'a, T, F> {
    Each { items, encode }
}

impl<'a, T, E: Serialize, F: Fn(&'a T) -> E> Serialize for Each<'a, T, F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.items.iter().map(&self.encode))
    }
}

/// A value of a query's result.
pub(crate) fn query_value(value: &QueryValue<'_>) -> Value {
    match value {
        QueryValue::Bool(flag) => json!({"boolValue": flag}),
        QueryValue::Int(number) => json!({"intValue": number.to_string()}),
        QueryValue::Float(number) => json!({"doubleValue": double(*number)}),
        QueryValue::Many(values) => {
            json!({"arrayValue": {"values": values.iter().map(query_value).collect::<Vec<_>>()}})
        }
        other => json!({"stringValue": other.to_string()}),
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

fn key_value(attribute: &KeyValue) -> Value {
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

/// JSON has no number for these three.
pub(crate) fn double(value: f64) -> Value {
    if value.is_nan() {
        json!("NaN")
    } else if value.is_infinite() {
        json!(if value > 0.0 { "Infinity" } else { "-Infinity" })
    } else if value == value.trunc() && value.abs() < 9e15 {
        // Without a fraction, as Go writes it.
        json!(value as i64)
    } else {
        json!(value)
    }
}

/// An object as text: first `name` with a list that is written item by item, then the rest.
pub(crate) fn leading(name: &str, list: &impl Serialize, rest: Object) -> String {
    let mut body = format!("{{\"{name}\":");
    body.push_str(&serde_json::to_string(list).unwrap_or_default());
    let rest = rest.finish().to_string();
    if rest.len() > "{}".len() {
        body.push(',');
    }
    body.push_str(rest.trim_start_matches('{'));
    body
}

/// A JSON object that leaves out what is zero or empty.
#[derive(Default)]
pub(crate) struct Object(Map<String, Value>);

impl Object {
    pub(crate) fn put(&mut self, name: &str, value: Value) {
        self.0.insert(name.to_owned(), value);
    }

    pub(crate) fn text(&mut self, name: &str, text: &str) {
        if !text.is_empty() {
            self.put(name, json!(text));
        }
    }

    pub(crate) fn number(&mut self, name: &str, number: u32) {
        if number != 0 {
            self.put(name, json!(number));
        }
    }

    /// A 64-bit integer, which is text in protobuf's JSON.
    pub(crate) fn large(&mut self, name: &str, number: u64) {
        if number != 0 {
            self.put(name, json!(number.to_string()));
        }
    }

    pub(crate) fn list<T>(&mut self, name: &str, items: &[T], encode: impl Fn(&T) -> Value) {
        if !items.is_empty() {
            self.put(name, items.iter().map(encode).collect());
        }
    }

    /// Says that the answer is partial, and why, if it is.
    pub(crate) fn completeness(&mut self, inspected: &Inspected) {
        if let Some(message) = inspected.message() {
            self.text("status", "PARTIAL");
            self.text("message", &message);
        }
    }

    pub(crate) fn finish(self) -> Value {
        Value::Object(self.0)
    }

    fn bytes(&mut self, name: &str, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.put(name, json!(STANDARD.encode(bytes)));
        }
    }
}
