//! Attributes in the making.

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};

/// An attribute of this name and value.
pub(super) fn attribute(key: &str, value: Value) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(AnyValue { value: Some(value) }), ..KeyValue::default() }
}

/// An attribute that is a text.
pub(super) fn text(key: &str, value: impl Into<String>) -> KeyValue {
    attribute(key, Value::StringValue(value.into()))
}

/// The attribute of this name, taken out of the list.
pub(super) fn take(attributes: &mut Vec<KeyValue>, key: &str) -> Option<Value> {
    let at = attributes.iter().position(|attribute| attribute.key == key)?;
    attributes.remove(at).value.and_then(|value| value.value)
}

/// The same, if it is a text.
pub(super) fn take_text(attributes: &mut Vec<KeyValue>, key: &str) -> Option<String> {
    match take(attributes, key)? {
        Value::StringValue(text) => Some(text),
        _ => None,
    }
}
