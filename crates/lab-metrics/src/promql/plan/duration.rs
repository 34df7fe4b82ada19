//! What durations come to, in milliseconds.

use lab_algebra::Operator;
use lab_syntax::{Fault, Place};

use crate::promql::syntax::ast::{Duration, DurationExpr, DurationKind, Number};

/// No duration reaches this many seconds: 292 years, what fits into 64 bits of nanoseconds.
const LIMIT: f64 = 9.223_372_036_854_776e9;

/// What `step()` and `range()` come to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    /// Seconds between two instants of the query.
    pub(super) step: f64,
    /// Seconds from the first instant to the last.
    pub(super) range: f64,
}

/// A length of time above zero. Without the times of the query, what depends on them is a second.
pub(super) fn length(duration: &Duration, times: Option<Times>) -> Result<i64, Fault> {
    milliseconds(duration, times, true)
}

/// An offset, negative or not.
pub(super) fn offset(duration: &Duration, times: Option<Times>) -> Result<i64, Fault> {
    milliseconds(duration, times, false)
}

fn milliseconds(duration: &Duration, times: Option<Times>, must_be_positive: bool) -> Result<i64, Fault> {
    let expr = match duration {
        Duration::Literal(milliseconds) => return Ok(*milliseconds),
        Duration::Computed(expr) => expr,
    };
    let Some(seconds) = seconds(expr, times)? else { return Ok(1000) };
    let message = if !seconds.is_finite() {
        "duration is NaN or infinite"
    } else if seconds <= 0.0 && must_be_positive {
        "duration must be greater than 0"
    } else if seconds.abs() > LIMIT {
        "duration out of range"
    } else {
        return Ok((seconds * 1000.0) as i64);
    };
    Err(Fault::new(expr.place, message))
}

/// None if it depends on times that are not known.
fn seconds(expr: &DurationExpr, times: Option<Times>) -> Result<Option<f64>, Fault> {
    let both = |operands: &[DurationExpr; 2]| -> Result<Option<(f64, f64)>, Fault> {
        Ok(seconds(&operands[0], times)?.zip(seconds(&operands[1], times)?))
    };
    Ok(match &expr.kind {
        DurationKind::Number(Number { value, .. }) => Some(*value),
        DurationKind::Step => times.map(|times| times.step),
        DurationKind::Range => times.map(|times| times.range),
        DurationKind::Negate(inner) => seconds(inner, times)?.map(|value| -value),
        DurationKind::MinOf(operands) => both(operands)?.map(|(left, right)| left.min(right)),
        DurationKind::MaxOf(operands) => both(operands)?.map(|(left, right)| left.max(right)),
        DurationKind::Binary { operator, operator_place, operands } => match both(operands)? {
            Some((left, right)) => Some(compute(*operator, left, right, *operator_place)?),
            None => None,
        },
    })
}

fn compute(operator: Operator, left: f64, right: f64, place: Place) -> Result<f64, Fault> {
    match operator {
        Operator::Add => Ok(left + right),
        Operator::Subtract => Ok(left - right),
        Operator::Multiply => Ok(left * right),
        Operator::Divide if right == 0.0 => Err(Fault::new(place, "division by zero")),
        Operator::Divide => Ok(left / right),
        Operator::Modulo if right == 0.0 => Err(Fault::new(place, "modulo by zero")),
        Operator::Modulo => Ok(left % right),
        Operator::Power => Ok(left.powf(right)),
        other => Err(Fault::new(place, format!("{} is no operator of durations", other.name()))),
    }
}
