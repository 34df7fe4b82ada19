//! JSON as protobuf's JSON writes it: 64-bit integers as text, and fields that are zero or empty left out.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

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

/// JSON has no number for these three.
pub(crate) fn double(value: f64) -> Value {
    if value.is_nan() {
        json!("NaN")
    } else if value.is_infinite() {
        json!(if value > 0.0 { "Infinity" } else { "-Infinity" })
    } else if value == value.trunc() && value.abs() < 9e15 && value.to_bits() != (-0.0_f64).to_bits() {
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
    pub(crate) fn completeness(&mut self, missing: Option<&str>) {
        if let Some(message) = missing {
            self.text("status", "PARTIAL");
            self.text("message", message);
        }
    }

    pub(crate) fn finish(self) -> Value {
        Value::Object(self.0)
    }

    pub(crate) fn bytes(&mut self, name: &str, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.put(name, json!(STANDARD.encode(bytes)));
        }
    }
}
