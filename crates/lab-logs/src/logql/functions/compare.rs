//! Label filters with a number, a duration or a size: `status >= 500`, `took > 1.5s`, `size < 10KB`.

use lab_algebra::{Dialect, Operator};

use crate::logql::scope::Scope;
use crate::logql::units;

/// How the value of a label is read before it is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// As a plain number.
    Number,
    /// As a duration, in nanoseconds.
    Duration,
    /// As a size, in bytes.
    Bytes,
}

impl Unit {
    /// What a text is if it can be read.
    fn noun(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Duration => "duration such as 1.5s",
            Self::Bytes => "size such as 10KB",
        }
    }

    /// The value that a text stands for.
    pub(crate) fn read(self, text: &str) -> Option<f64> {
        match self {
            Self::Number => text.parse().ok(),
            Self::Duration => units::duration(text),
            Self::Bytes => units::bytes(text),
        }
    }
}

/// Whether the label's value compares as wanted. A line that already has an error passes, and so does a value that
/// cannot be read; that line is marked with an error, as in Loki.
pub(crate) fn holds(scope: &mut Scope<'_>, name: &str, comparison: Operator, unit: Unit, wanted: f64) -> bool {
    if scope.error.is_some() {
        return true;
    }
    let text = scope.get(name);
    if text.is_empty() {
        return false;
    }
    if let Some(value) = unit.read(text) {
        return comparison.compute(Dialect::logql(), value, wanted) == 1.0;
    }
    let details = format!("the value {text:?} of label {name} is no {}", unit.noun());
    scope.fail("LabelFilterErr", details);
    true
}
