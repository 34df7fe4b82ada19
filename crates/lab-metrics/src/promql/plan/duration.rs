//! What durations come to, in milliseconds.

use lab_algebra::Operator;
use lab_syntax::{Fault, Place};

use crate::promql::syntax::ast::{Duration, Expr, ExprKind};

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
fn seconds(expr: &Expr, times: Option<Times>) -> Result<Option<f64>, Fault> {
    let both = |left: &Expr, right: &Expr| -> Result<Option<(f64, f64)>, Fault> {
        Ok(seconds(left, times)?.zip(seconds(right, times)?))
    };
    match &expr.kind {
        ExprKind::Number(number) => Ok(Some(number.value)),
        ExprKind::Paren(inner) => seconds(inner, times),
        ExprKind::Unary(_, inner) => Ok(seconds(inner, times)?.map(|value| -value)),
        ExprKind::Binary(binary) => match both(&binary.left, &binary.right)? {
            Some((left, right)) => compute(binary.operator, left, right, binary.operator_place).map(Some),
            None => Ok(None),
        },
        ExprKind::Call(function, arguments) => match (function.name, &arguments[..]) {
            ("step", _) => Ok(times.map(|times| times.step)),
            ("range", _) => Ok(times.map(|times| times.range)),
            ("min_of", [left, right]) => Ok(both(left, right)?.map(|(left, right)| left.min(right))),
            ("max_of", [left, right]) => Ok(both(left, right)?.map(|(left, right)| left.max(right))),
            _ => Err(Fault::new(expr.place, format!("function {} cannot be used in a duration", function.name))),
        },
        _ => Err(Fault::new(expr.place, "a duration can be computed only from numbers")),
    }
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
        other => Err(Fault::new(place, format!("operator {} cannot be used in a duration", other.name()))),
    }
}
