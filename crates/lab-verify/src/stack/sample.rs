//! A value with labels, whichever server returned it.

use std::collections::BTreeMap;

/// Labels of a series, its name under `__name__`.
pub type Labels = BTreeMap<String, String>;

#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    pub labels: Labels,
    pub value: f64,
}

impl Sample {
    /// The value of a label; empty if it has none.
    pub fn label(&self, name: &str) -> &str {
        self.labels.get(name).map_or("", String::as_str)
    }

    /// The metric's name.
    pub fn name(&self) -> &str {
        self.label("__name__")
    }
}
