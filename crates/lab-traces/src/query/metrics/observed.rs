//! The value that one span has for a function over time.

use crate::traceql::attribute::{Attribute, Intrinsic};
use crate::traceql::functions::accumulator::{Measure, Observed};
use crate::traceql::value::Value;

/// The value that a span has for a function over time; `None` if it is no number. Only the duration of the span itself
/// is shown in seconds, as in Tempo.
pub(crate) fn observed(attribute: &Attribute, value: &Value<'_>) -> Option<Observed> {
    let shown = value.number()?;
    let (value, measure) = match value {
        Value::Duration(nanoseconds) if *attribute == Attribute::Intrinsic(Intrinsic::Duration) => {
            (shown / 1e9, Measure::Nanoseconds(*nanoseconds))
        }
        Value::Duration(nanoseconds) => (shown, Measure::Nanoseconds(*nanoseconds)),
        Value::Int(value) => (shown, Measure::Whole(*value)),
        _ => (shown, Measure::Fraction(shown)),
    };
    Some(Observed { value, measure })
}
