//! A span as plain data, whichever trace store returned it.

use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    /// 32 lowercase hexadecimal digits.
    pub trace_id: Arc<str>,
    /// 16 lowercase hexadecimal digits.
    pub span_id: String,
    /// The span above it; `None` for a root.
    pub parent_id: Option<String>,
    /// `service.name` of its resource.
    pub service: Arc<str>,
    /// Its name, `GET /roll` for example.
    pub name: Arc<str>,
    pub kind: Kind,
    /// Nanoseconds since the Unix epoch.
    pub start_ns: i64,
    /// Nanoseconds since the Unix epoch.
    pub end_ns: i64,
    /// Whether its status is ERROR.
    pub failed: bool,
    pub attributes: BTreeMap<Arc<str>, Value>,
    /// Names of its events.
    pub events: Vec<String>,
}

/// What a span is to its neighbours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Answers a request.
    Server,
    /// Makes a request.
    Client,
    Internal,
}

/// The value of an attribute.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Text(String),
    /// A whole number.
    Int(i64),
    Double(f64),
    /// True or false.
    Bool(bool),
    /// A list, for example of faces.
    List(Vec<Value>),
}

impl Span {
    /// The text of an attribute, if it is there and a text.
    pub fn text(&self, key: &str) -> Option<&str> {
        match self.attributes.get(key)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The whole number of an attribute, if it is there and one.
    pub fn int(&self, key: &str) -> Option<i64> {
        match self.attributes.get(key)? {
            Value::Int(value) => Some(*value),
            _ => None,
        }
    }

    /// Whether an attribute is there and true.
    pub fn is(&self, key: &str) -> bool {
        self.attributes.get(key) == Some(&Value::Bool(true))
    }

    /// How long it took, in nanoseconds; 0 if the clock went backwards.
    pub fn duration_ns(&self) -> u64 {
        u64::try_from(self.end_ns.saturating_sub(self.start_ns)).unwrap_or_default()
    }

    /// From its start to its end, in seconds; negative if the clock went backwards.
    pub fn seconds(&self) -> f64 {
        (self.end_ns - self.start_ns) as f64 / 1e9
    }
}
