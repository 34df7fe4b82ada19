//! The short form of answers that language models read, `application/vnd.grafana.llm`: attributes are plain fields, services
//! and kinds are words, and values stand below their types. What has no short form is answered as JSON.

use std::collections::BTreeMap;

use opentelemetry_proto::tonic::common::v1::any_value::Value as Otlp;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link, SpanKind};
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use serde_json::{Map, Value, json};

use crate::tempo::answer::messages::{SearchTagValuesV2Response, TraceByIdResponse};
use crate::tempo::answer::object::Object;

/// The attribute of a resource that its service is called by.
const SERVICE_NAME: &str = "service.name";

/// A trace: services with their scopes with their spans. A trace that is not there is an empty object.
pub(crate) fn trace(answer: &TraceByIdResponse) -> Value {
    let batches = answer.trace.as_ref().map(|trace| trace.resource_spans.as_slice()).unwrap_or_default();
    let Some(first) = batches.iter().flat_map(|batch| &batch.scope_spans).flat_map(|scope| &scope.spans).next() else {
        return json!({});
    };
    let mut object = Object::default();
    object.put(
        "trace",
        json!({
            "traceId": hex(&first.trace_id),
            "services": batches.iter().map(service).collect::<Vec<_>>(),
        }),
    );
    if let Some(metrics) = &answer.metrics {
        object.put("metrics", json!({"inspectedBytes": metrics.inspected_bytes}));
    }
    object.text("status", if answer.status == 0 { "COMPLETE" } else { "PARTIAL" });
    object.text("message", &answer.message);
    object.finish()
}

/// Values of an attribute, by their types, and what is missing from them.
pub(crate) fn values(answer: &SearchTagValuesV2Response, missing: Option<&str>) -> Value {
    let mut by_type: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for value in &answer.tag_values {
        by_type.entry(&value.r#type).or_default().push(&value.value);
    }
    let mut object = Object::default();
    object.put("tagValues", json!(by_type));
    if let Some(metrics) = &answer.metrics {
        object.put("metrics", json!({"inspectedBytes": metrics.inspected_bytes}));
    }
    object.completeness(missing);
    object.finish()
}

fn service(batch: &ResourceSpans) -> Value {
    let mut resource = batch.resource.as_ref().map(|resource| plain(&resource.attributes)).unwrap_or_default();
    let mut object = Object::default();
    if let Some(Value::String(name)) = resource.get(SERVICE_NAME) {
        object.text("serviceName", name);
        resource.remove(SERVICE_NAME);
    }
    put_plain(&mut object, "resource", resource);
    object.list("scopes", &batch.scope_spans, scope);
    object.finish()
}

fn scope(spans: &ScopeSpans) -> Value {
    let mut object = Object::default();
    if let Some(scope) = &spans.scope {
        object.text("name", &scope.name);
        object.text("version", &scope.version);
    }
    object.list("spans", &spans.spans, span);
    object.finish()
}

fn span(span: &Span) -> Value {
    let status = span.status.clone().unwrap_or_default();
    let message = if status.code() == StatusCode::Unset { "" } else { &status.message };
    let mut object = Object::default();
    object.put("spanId", json!(hex(&span.span_id)));
    object.put("name", json!(span.name));
    object.text("parentSpanId", &hex(&span.parent_span_id));
    if span.kind() != SpanKind::Unspecified {
        object.text("kind", span.kind().as_str_name());
    }
    object.large("startTimeUnixNano", span.start_time_unix_nano);
    object.large("endTimeUnixNano", span.end_time_unix_nano);
    let nanoseconds = span.end_time_unix_nano.saturating_sub(span.start_time_unix_nano);
    if nanoseconds > 0 && span.start_time_unix_nano > 0 {
        object.put("durationMs", json!(nanoseconds as f64 / 1e6));
    }
    put_plain(&mut object, "attributes", plain(&span.attributes));
    object.list("events", &span.events, event);
    object.list("links", &span.links, link);
    object.put("status", json!({"code": status.code().as_str_name(), "message": message}));
    object.finish()
}

fn event(event: &Event) -> Value {
    let mut object = Object::default();
    object.put("name", json!(event.name));
    object.large("timeUnixNano", event.time_unix_nano);
    put_plain(&mut object, "attributes", plain(&event.attributes));
    object.finish()
}

fn link(link: &Link) -> Value {
    let mut object = Object::default();
    object.put("traceId", json!(hex(&link.trace_id)));
    object.put("spanId", json!(hex(&link.span_id)));
    put_plain(&mut object, "attributes", plain(&link.attributes));
    object.finish()
}

fn put_plain(object: &mut Object, name: &str, attributes: Map<String, Value>) {
    if !attributes.is_empty() {
        object.put(name, Value::Object(attributes));
    }
}

/// Attributes as the fields of an object; those without a value are left out.
fn plain(attributes: &[KeyValue]) -> Map<String, Value> {
    let field = |attribute: &KeyValue| Some((attribute.key.clone(), plain_value(attribute.value.as_ref()?)));
    attributes.iter().filter_map(field).collect()
}

fn plain_value(value: &AnyValue) -> Value {
    match &value.value {
        Some(Otlp::StringValue(text)) => json!(text),
        Some(Otlp::BoolValue(flag)) => json!(flag),
        Some(Otlp::IntValue(number)) => json!(number),
        // JSON knows no infinity, so that such a number is a text.
        Some(Otlp::DoubleValue(number)) if !number.is_finite() => json!(lab_model::format_float(*number)),
        Some(Otlp::DoubleValue(number)) => json!(number),
        Some(Otlp::BytesValue(bytes)) => json!(hex(bytes)),
        Some(Otlp::ArrayValue(list)) => list.values.iter().map(plain_value).collect(),
        Some(Otlp::KvlistValue(map)) => Value::Object(plain(&map.values)),
        Some(Otlp::StringValueStrindex(_)) | None => Value::Null,
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::resource::v1::Resource;

    use super::*;

    #[test]
    fn a_name_of_a_service_that_is_no_text_stays_in_its_resource() {
        let of = |value: Otlp| {
            let value = Some(AnyValue { value: Some(value) });
            let attributes = vec![KeyValue { key: SERVICE_NAME.to_owned(), value, ..KeyValue::default() }];
            let resource = Some(Resource { attributes, ..Resource::default() });
            service(&ResourceSpans { resource, ..ResourceSpans::default() })
        };
        let named = of(Otlp::StringValue("cart".to_owned()));
        assert_eq!((&named["serviceName"], &named["resource"]), (&json!("cart"), &Value::Null));
        assert_eq!(of(Otlp::IntValue(7))["resource"], json!({"service.name": 7}));
    }
}
