//! Names and values of a line in the order in which they were set first; empty values are left out.

use std::collections::HashMap;

use crate::otlp::transport::others::faro::payload::{Texts, Trace};

/// The parts of a line.
#[derive(Clone, Debug, Default)]
pub(super) struct Pairs {
    list: Vec<(String, String)>,
    places: HashMap<String, usize>,
    bytes: usize,
}

impl Pairs {
    /// Sets a value, unless it is empty; a name that is there already keeps its place.
    pub(super) fn set(&mut self, name: impl Into<String>, value: impl Into<String>) -> &mut Self {
        let (name, value) = (name.into(), value.into());
        if value.is_empty() {
            return self;
        }
        self.bytes += name.len() + value.len();
        if let Some(place) = self.places.get(&name) {
            self.list[*place].1 = value;
        } else {
            self.places.insert(name.clone(), self.list.len());
            self.list.push((name, value));
        }
        self
    }

    /// Sets all texts, with something in front of their names.
    pub(super) fn texts(&mut self, prefix: &str, texts: &Texts) -> &mut Self {
        for (name, value) in texts {
            self.set(format!("{prefix}{name}"), value);
        }
        self
    }

    /// Sets the ids of a trace.
    pub(super) fn trace(&mut self, trace: &Trace) -> &mut Self {
        self.set("traceID", &trace.trace_id).set("spanID", &trace.span_id)
    }

    /// Empties those that another list has too; nobody sees them any more.
    pub(super) fn leave_out(&mut self, other: &Self) {
        for (name, value) in &mut self.list {
            if other.places.contains_key(name) {
                value.clear();
            }
        }
    }

    /// How much was set.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn get(&self, name: &str) -> &str {
        self.places.get(name).map_or("", |place| &self.list[*place].1)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.list.iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| (name.as_str(), value.as_str()))
    }
}
