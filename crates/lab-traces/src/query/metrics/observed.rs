//! The value that one span has for a function over time.

use crate::traceql::attribute::{Attribute, Intrinsic};
use crate::traceql::eval::attribute::first;
use crate::traceql::functions::accumulator::{Measure, Observed};
use crate::traceql::plan::{Plan, missing};
use crate::traceql::value::Value;

/// The value that a span has for a function over time; `None` if it is no number. Only the duration of the span itself
/// is shown in seconds, as in Tempo.
pub(crate) fn observed(plan: &Plan, attribute: &Attribute, value: Value<'_>) -> Option<Observed> {
    let value = &missing::or_stand_in(attribute, first(attribute, plan.narrowed(attribute, value)));
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
