//! Label filters with a number, a duration or a size: `status >= 500`, `took > 1.5s`, `size < 10KB`.

use lab_algebra::{Dialect, Operator};

use crate::logql::scope::Scope;
use crate::logql::units;

pub(crate) mod addresses;

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
    /// The value that a text stands for.
    pub(crate) fn read(self, text: &str) -> Result<f64, String> {
        match self {
            Self::Number => units::go_number(text),
            Self::Duration => units::go_duration(text),
            Self::Bytes => units::size(text),
        }
    }
}

/// Whether the label's value compares as wanted. A line without the label is refused. A value that cannot be read passes,
/// and the line is marked with an error, as in Loki.
pub(crate) fn holds(scope: &mut Scope<'_>, name: &str, comparison: Operator, unit: Unit, wanted: f64) -> bool {
    // What is wrong with the line is no label that could be read as a quantity.
    let Some(text) = scope.find_label(name) else { return false };
    match unit.read(text) {
        Ok(value) => comparison.compute(Dialect::logql(), value, wanted) == 1.0,
        Err(details) => {
            scope.fail("LabelFilterErr", details);
            true
        }
    }
}
