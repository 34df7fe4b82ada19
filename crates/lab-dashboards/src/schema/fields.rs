//! Reading and copying the fields of JSON objects.

use serde_json::{Map, Value};

/// A list, or nothing if the field is absent or something else.
pub(super) fn list<'a>(json: &'a Value, name: &str) -> &'a [Value] {
    json.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A text, or an empty one.
pub(super) fn text<'a>(json: &'a Value, name: &str) -> &'a str {
    json.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// A field that is there and is not null.
pub(super) fn some<'a>(json: &'a Value, name: &str) -> Option<&'a Value> {
    json.get(name).filter(|value| !value.is_null())
}

/// Copies the fields of these names that are there.
pub(super) fn copy(from: &Value, to: &mut Map<String, Value>, names: &[&str]) {
    for name in names {
        if let Some(value) = some(from, name) {
            to.insert((*name).to_owned(), value.clone());
        }
    }
}

/// An object without the fields of these names.
pub(super) fn without(json: &Value, names: &[&str]) -> Map<String, Value> {
    let mut object = json.as_object().cloned().unwrap_or_default();
    object.retain(|name, value| !names.contains(&name.as_str()) && !value.is_null());
    object
}

/// A whole number, or `otherwise`. Places on the grid may be written with a fraction.
pub(super) fn number(json: &Value, name: &str, otherwise: i64) -> i64 {
    json.get(name).and_then(Value::as_f64).map_or(otherwise, |number| number as i64)
}
