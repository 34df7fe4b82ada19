//! Arithmetic and comparison: between scalars, and between a scalar and each value of a vector.

use crate::promql::error::PromqlError;
use crate::promql::eval::algebra::steps::{ABSENT, StepSeries, drop_names, is_absent};
use crate::promql::eval::context::Context;
use crate::promql::plan::operator::Operator;

/// The value of `left operator right`; comparisons answer 0 or 1, set operators have no value.
#[inline]
pub(crate) fn compute(operator: Operator, left: f64, right: f64) -> f64 {
    match operator {
        Operator::Add => left + right,
        Operator::Subtract => left - right,
        Operator::Multiply => left * right,
        Operator::Divide => left / right,
        Operator::Modulo => left % right,
        Operator::Power => left.powf(right),
        Operator::Atan2 => left.atan2(right),
        Operator::Equal => f64::from(left == right),
        Operator::NotEqual => f64::from(left != right),
        Operator::Greater => f64::from(left > right),
        Operator::Less => f64::from(left < right),
        Operator::GreaterOrEqual => f64::from(left >= right),
        Operator::LessOrEqual => f64::from(left <= right),
        Operator::And | Operator::Or | Operator::Unless => ABSENT,
    }
}

/// The value that stays in a vector: a comparison without `bool` keeps `kept` or leaves it out.
#[inline]
pub(crate) fn keep(operator: Operator, as_bool: bool, left: f64, right: f64, kept: f64) -> f64 {
    let value = compute(operator, left, right);
    if !operator.is_comparison() || as_bool {
        value
    } else if value == 1.0 {
        kept
    } else {
        ABSENT
    }
}

/// Scalar by scalar, step by step.
pub(crate) fn scalars(operator: Operator, mut left: Vec<f64>, right: &[f64]) -> Vec<f64> {
    for (left, right) in left.iter_mut().zip(right) {
        *left = compute(operator, *left, *right);
    }
    left
}

/// A vector on the left, a scalar on the right.
pub(crate) fn vector_scalar(
    context: &Context<'_>,
    operator: Operator,
    series: Vec<StepSeries>,
    scalar: &[f64],
    as_bool: bool,
) -> Result<Vec<StepSeries>, PromqlError> {
    each(context, operator, series, scalar, as_bool, |value, scalar| keep(operator, as_bool, value, scalar, value))
}

/// A scalar on the left, a vector on the right, whose values stay.
pub(crate) fn scalar_vector(
    context: &Context<'_>,
    operator: Operator,
    scalar: &[f64],
    series: Vec<StepSeries>,
    as_bool: bool,
) -> Result<Vec<StepSeries>, PromqlError> {
    each(context, operator, series, scalar, as_bool, |value, scalar| keep(operator, as_bool, scalar, value, value))
}

fn each(
    context: &Context<'_>,
    operator: Operator,
    mut series: Vec<StepSeries>,
    scalar: &[f64],
    as_bool: bool,
    run: impl Fn(f64, f64) -> f64,
) -> Result<Vec<StepSeries>, PromqlError> {
    for one in &mut series {
        for (value, scalar) in one.points.iter_mut().zip(scalar) {
            if !is_absent(*value) {
                *value = run(*value, *scalar);
            }
        }
    }
    series.retain(StepSeries::has_points);
    // A filter keeps what it lets through; what is computed is another metric.
    if operator.is_comparison() && !as_bool { Ok(series) } else { drop_names(series, context.delays_names()) }
}
