//! Operators where at least one side is a histogram.
//!
//! | | histogram and histogram | histogram and number | number and histogram |
//! |---|---|---|---|
//! | `+` `-` | bucket by bucket | – | – |
//! | `*` | – | every count times the number | the same |
//! | `/` | – | every count by the number | – |
//! | `==` `!=` | whether nothing differs | – | – |
//! | `</` `>/` | – | what lies below, or above, the number | – |
//!
//! Where there is no answer the sample goes, and an annotation says so. Source: Prometheus' documentation of operators.

use std::sync::Arc;

use lab_histogram::{Combined, CounterReset, Histogram};

use crate::allowance::{Allowance, Combining, SampleKind, Warning};
use crate::operators::operator::Operator;
use crate::series::column::Value;

/// What an operator answers for two samples.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// They go together, and this is the result.
    Value(Value),
    /// A comparison that is false.
    Filtered,
    /// Nothing: the samples do not go together.
    Nothing,
}

impl Value {
    /// Whether it is a number or a histogram.
    fn kind(&self) -> SampleKind {
        match self {
            Self::Float(_) => SampleKind::Float,
            Self::Histogram(_) => SampleKind::Histogram,
        }
    }
}

/// The answer where one of the two is a histogram; a comparison without `bool` answers the left one.
pub(crate) fn answer(
    allowance: &Allowance<'_>,
    operator: Operator,
    as_bool: bool,
    left: &Value,
    right: &Value,
) -> Answer {
    let changed = |histogram: &Histogram, change: fn(&mut Histogram, f64), number: f64| {
        let mut histogram = histogram.clone();
        change(&mut histogram, number);
        histogram.compact();
        Answer::Value(Value::Histogram(Arc::new(histogram)))
    };
    match (operator, left, right) {
        (Operator::Add | Operator::Subtract, Value::Histogram(left), Value::Histogram(right)) => {
            combined(allowance, operator, left, right)
        }
        (Operator::Equal | Operator::NotEqual, Value::Histogram(one), Value::Histogram(other)) => {
            let holds = one.is_same(other) == (operator == Operator::Equal);
            match (as_bool, holds) {
                (true, holds) => Answer::Value(Value::Float(f64::from(holds))),
                (false, true) => Answer::Value(left.clone()),
                (false, false) => Answer::Filtered,
            }
        }
        (Operator::Multiply, Value::Histogram(histogram), Value::Float(number))
        | (Operator::Multiply, Value::Float(number), Value::Histogram(histogram)) => {
            changed(histogram, Histogram::scale, *number)
        }
        (Operator::Divide, Value::Histogram(histogram), Value::Float(number)) => {
            changed(histogram, Histogram::divide, *number)
        }
        (Operator::KeepBelow, Value::Histogram(histogram), Value::Float(number)) => {
            changed(histogram, Histogram::keep_below, *number)
        }
        (Operator::KeepAbove, Value::Histogram(histogram), Value::Float(number)) => {
            changed(histogram, Histogram::keep_above, *number)
        }
        _ => {
            allowance.warn(Warning::Kinds(left.kind(), operator, right.kind()));
            Answer::Nothing
        }
    }
}

/// The sum or the difference; a difference is no counter any more.
fn combined(allowance: &Allowance<'_>, operator: Operator, left: &Histogram, right: &Histogram) -> Answer {
    let mut result = left.clone();
    let (found, how) = if operator == Operator::Add {
        (result.add(right), Combining::Addition)
    } else {
        (result.subtract(right), Combining::Subtraction)
    };
    let Ok(found) = found else {
        allowance.warn(Warning::BucketLayouts(how, String::new()));
        return Answer::Nothing;
    };
    note(allowance, found, how);
    if operator == Operator::Subtract {
        result.reset = CounterReset::Gauge;
    }
    if found.resets_conflict {
        // As in Prometheus: where it is not known whether a counter was reset there is no answer.
        return Answer::Nothing;
    }
    result.compact();
    Answer::Value(Value::Histogram(Arc::new(result)))
}

/// Notes what a combination had to give up.
pub(crate) fn note(allowance: &Allowance<'_>, found: Combined, how: Combining) {
    if found.resets_conflict {
        allowance.warn(Warning::ResetsConflict(how));
    }
    if found.bounds_reconciled {
        allowance.warn(Warning::BoundsReconciled(how));
    }
}
