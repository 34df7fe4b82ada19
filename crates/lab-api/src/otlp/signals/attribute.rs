//! Attributes as text, and as the labels of logs. Text is that of the Collector's `AsString`, which Loki and Prometheus use.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};

/// The text of an attribute of resources, `None` if it is not there.
pub(crate) fn text(attributes: &[KeyValue], key: &str) -> Option<String> {
    attributes.iter().find(|attribute| attribute.key == key).map(|attribute| value_text(attribute.value.as_ref()))
}

/// A value as text: texts as they are, lists and maps as JSON, bytes in base64.
pub(crate) fn value_text(value: Option<&AnyValue>) -> String {
    match value.and_then(|value| value.value.as_ref()) {
        None | Some(Value::StringValueStrindex(_)) => String::new(),
        Some(Value::StringValue(text)) => text.clone(),
        Some(Value::BoolValue(flag)) => flag.to_string(),
        Some(Value::IntValue(number)) => number.to_string(),
        Some(Value::DoubleValue(number)) => float_text(*number),
        Some(Value::BytesValue(bytes)) => STANDARD.encode(bytes),
        Some(Value::ArrayValue(_) | Value::KvlistValue(_)) => {
            let mut json = String::new();
            // A number that JSON does not know makes the whole text empty.
            if push_json(&mut json, value).is_some() { json } else { String::new() }
        }
    }
}

/// A float as JavaScript writes it: with an exponent from 1e21 on and below 0.000001.
fn float_text(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    if number == 0.0 || (1e-6..1e21).contains(&number.abs()) {
        return lab_model::format_float(number);
    }
    let text = format!("{number:e}");
    if number.abs() >= 1.0 { text.replace('e', "e+") } else { text }
}

/// Writes a value as JSON, maps in the order of their keys; `None` if there is a number in it that JSON does not know.
fn push_json(out: &mut String, value: Option<&AnyValue>) -> Option<()> {
    match value.and_then(|value| value.value.as_ref()) {
        None | Some(Value::StringValueStrindex(_)) => out.push_str("null"),
        Some(Value::ArrayValue(list)) => {
            out.push('[');
            for (at, item) in list.values.iter().enumerate() {
                out.push_str(if at == 0 { "" } else { "," });
                push_json(out, Some(item))?;
            }
            out.push(']');
        }
        Some(Value::KvlistValue(map)) => {
            // Of entries with the same key the last one counts.
            let entries: BTreeMap<_, _> = map.values.iter().map(|entry| (&entry.key, entry.value.as_ref())).collect();
            out.push('{');
            for (at, (key, value)) in entries.into_iter().enumerate() {
                out.push_str(if at == 0 { "" } else { "," });
                push_text(out, key);
                out.push(':');
                push_json(out, value)?;
            }
            out.push('}');
        }
        Some(Value::DoubleValue(number)) if !number.is_finite() => return None,
        Some(Value::StringValue(_) | Value::BytesValue(_)) => push_text(out, &value_text(value)),
        Some(_) => out.push_str(&value_text(value)),
    }
    Some(())
}

/// Writes a text as Go's JSON does, in which two separators of lines are escaped.
fn push_text(out: &mut String, text: &str) {
    let json = serde_json::Value::from(text);
    // Writing to a string cannot fail.
    let _ = write!(out, "{}", json.to_string().replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029"));
}

/// A label's name: whatever is neither letter nor digit becomes `_`, of several in a row one is left, and a leading digit gets
/// `key_` in front.
pub(crate) fn label_name(key: &str) -> String {
    let mut name = String::with_capacity(key.len());
    for c in key.chars() {
        if c.is_ascii_alphanumeric() {
            name.push(c);
        } else if !name.ends_with('_') {
            name.push('_');
        }
    }
    if name.starts_with(|c: char| c.is_ascii_digit()) { format!("key_{name}") } else { name }
}

/// Bytes in lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from_digit(u32::from(half), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::common::v1::{ArrayValue, KeyValueList};

    use super::*;

    fn any(value: Value) -> AnyValue {
        AnyValue { value: Some(value) }
    }

    #[test]
    fn names_become_label_names() {
        let names = ["http.status_code", "2xx", "a-b/c", "ok_1", "__a--b", "ünï"].map(label_name);
        assert_eq!(names, ["http_status_code", "key_2xx", "a_b_c", "ok_1", "_a_b", "_n_"]);
    }

    #[test]
    fn numbers_are_written_as_javascript_does() {
        for (number, text) in [
            (1.0, "1"),
            (0.1, "0.1"),
            (-0.0, "-0"),
            (1e20, "100000000000000000000"),
            (1e21, "1e+21"),
            (-2.5e22, "-2.5e+22"),
            (0.000001, "0.000001"),
            (1.5e-7, "1.5e-7"),
            (f64::NAN, "NaN"),
            (f64::INFINITY, "Infinity"),
            (f64::NEG_INFINITY, "-Infinity"),
        ] {
            assert_eq!(value_text(Some(&any(Value::DoubleValue(number)))), text);
        }
    }

    #[test]
    fn lists_and_maps_become_json() {
        let entry = |key: &str, value| KeyValue { key: key.to_owned(), value: Some(any(value)), ..KeyValue::default() };
        let list = |values: Vec<AnyValue>| Value::ArrayValue(ArrayValue { values });
        let map = Value::KvlistValue(KeyValueList {
            values: vec![
                entry("b", Value::DoubleValue(1.0)),
                entry("a", Value::StringValue("<\u{2028}\">".into())),
                entry("b", Value::BytesValue(vec![255])),
                entry("c", list(vec![AnyValue::default()])),
            ],
        });
        let values = list(vec![any(Value::IntValue(1)), any(Value::BoolValue(true)), any(map)]);
        assert_eq!(value_text(Some(&any(values))), r#"[1,true,{"a":"<\u2028\">","b":"/w==","c":[null]}]"#);
        assert_eq!(value_text(Some(&any(list(vec![any(Value::DoubleValue(f64::NAN))])))), "");
        assert_eq!(value_text(Some(&any(Value::BoolValue(true)))), "true");
        assert_eq!(value_text(None), "");
    }
}
