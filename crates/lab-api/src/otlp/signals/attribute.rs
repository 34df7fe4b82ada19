//! Attributes as labels: names made of letters, digits and underscores, values as text.

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use serde_json::json;

/// The text of an attribute of resources, `None` if it is not there.
pub(crate) fn text(attributes: &[KeyValue], key: &str) -> Option<String> {
    attributes.iter().find(|attribute| attribute.key == key).map(|attribute| value_text(attribute.value.as_ref()))
}

/// A value as text: texts as they are, lists and maps as JSON, bytes in base64.
pub(crate) fn value_text(value: Option<&AnyValue>) -> String {
    match value.and_then(|value| value.value.as_ref()) {
        None => String::new(),
        Some(Value::StringValue(text)) => text.clone(),
        Some(Value::DoubleValue(number)) => lab_model::format_float(*number),
        Some(Value::BytesValue(bytes)) => base64::Engine::encode(&base64::engine::general_purpose::STANDARD, bytes),
        Some(_) => value_json(value).to_string(),
    }
}

/// A value as JSON.
pub(crate) fn value_json(value: Option<&AnyValue>) -> serde_json::Value {
    match value.and_then(|value| value.value.as_ref()) {
        Some(Value::BoolValue(flag)) => json!(flag),
        Some(Value::IntValue(number)) => json!(number),
        Some(Value::DoubleValue(number)) if number.is_finite() => json!(number),
        Some(Value::ArrayValue(list)) => list.values.iter().map(|item| value_json(Some(item))).collect(),
        Some(Value::KvlistValue(map)) => {
            let entries = map.values.iter().map(|entry| (entry.key.clone(), value_json(entry.value.as_ref())));
            serde_json::Value::Object(entries.collect())
        }
        None | Some(Value::StringValueStrindex(_)) => serde_json::Value::Null,
        Some(_) => json!(value_text(value)),
    }
}

/// A label's name: everything but letters, digits and `_` becomes `_`, a leading digit gets `key_` in front.
pub(crate) fn label_name(key: &str) -> String {
    let clean = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let name: String = key.chars().map(clean).collect();
    if name.starts_with(|c: char| c.is_ascii_digit()) { format!("key_{name}") } else { name }
}

/// Bytes in lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from_digit(u32::from(half), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_label_names() {
        let names = ["http.status_code", "2xx", "a-b/c", "ok_1"].map(label_name);
        assert_eq!(names, ["http_status_code", "key_2xx", "a_b_c", "ok_1"]);
    }

    #[test]
    fn lists_and_maps_become_json() {
        let any = |value| AnyValue { value: Some(value) };
        let list = opentelemetry_proto::tonic::common::v1::ArrayValue {
            values: vec![any(Value::IntValue(1)), any(Value::StringValue("a".into()))],
        };
        assert_eq!(value_text(Some(&any(Value::ArrayValue(list)))), r#"[1,"a"]"#);
        assert_eq!(value_text(Some(&any(Value::BoolValue(true)))), "true");
        assert_eq!(value_text(None), "");
    }
}
