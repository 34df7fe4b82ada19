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

/// Sets a field; what is no object has none and stays as it is.
pub(super) fn set(json: &mut Value, name: &str, value: Value) {
    if let Some(object) = json.as_object_mut() {
        object.insert(name.to_owned(), value);
    }
}

/// Sets a field of the object in a field, which is made if it is absent or null.
pub(super) fn set_within(json: &mut Value, holder: &str, name: &str, value: Value) {
    let Some(object) = json.as_object_mut() else { return };
    let within = object.entry(holder).or_insert(Value::Null);
    if within.is_null() {
        *within = Value::Object(Map::new());
    }
    set(within, name, value);
}

/// Takes a field away; null if it is not there.
pub(super) fn remove(json: &mut Value, name: &str) -> Value {
    json.as_object_mut().and_then(|object| object.shift_remove(name)).unwrap_or_default()
}

/// As far from the top left as a place on the grid is believed, so that places can be added up.
const FARTHEST: f64 = 1e9;

/// A whole number, or `otherwise`. Places on the grid may be written with a fraction.
pub(super) fn number(json: &Value, name: &str, otherwise: i64) -> i64 {
    json.get(name).and_then(Value::as_f64).map_or(otherwise, |number| number.clamp(-FARTHEST, FARTHEST) as i64)
}
