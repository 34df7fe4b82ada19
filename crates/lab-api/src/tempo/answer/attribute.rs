//! Values of queries as OTLP's attributes, which Tempo's messages carry.

use lab_traces::traceql::value::Value;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Otlp;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, KeyValue};

/// Names and values as attributes.
pub(crate) fn attributes(named: &[(String, Value<'static>)]) -> Vec<KeyValue> {
    named.iter().map(|(key, value)| attribute(key, any_value(value))).collect()
}

/// A text as an attribute.
pub(crate) fn text(key: &str, text: String) -> KeyValue {
    attribute(key, AnyValue { value: Some(Otlp::StringValue(text)) })
}

fn attribute(key: &str, value: AnyValue) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(value), ..KeyValue::default() }
}

/// What OTLP has no type for, such as a status, is a text.
fn any_value(value: &Value<'_>) -> AnyValue {
    let value = match value {
        Value::Bool(flag) => Otlp::BoolValue(*flag),
        Value::Int(number) => Otlp::IntValue(*number),
        Value::Float(number) => Otlp::DoubleValue(*number),
        Value::Many(values) => Otlp::ArrayValue(ArrayValue { values: values.iter().map(any_value).collect() }),
        other => Otlp::StringValue(other.to_string()),
    };
    AnyValue { value: Some(value) }
}
