//! Operators between numbers, and between a number and each value of a vector.

use crate::allowance::Allowance;
use crate::dialect::{Dialect, MetricNames};
use crate::error::AlgebraError;
use crate::operators::operator::Operator;
use crate::series::collector::drop_names;
use crate::series::column::{Series, is_absent};

/// Number by number, step by step.
pub fn scalars(dialect: Dialect, operator: Operator, mut left: Vec<f64>, right: &[f64]) -> Vec<f64> {
    for (left, right) in left.iter_mut().zip(right) {
        *left = operator.compute(dialect, *left, *right);
    }
    left
}

/// A vector on the left, a number per step on the right.
pub fn vector_scalar(
    allowance: &Allowance<'_>,
    dialect: Dialect,
    operator: Operator,
    as_bool: bool,
    series: Vec<Series>,
    scalar: &[f64],
) -> Result<Vec<Series>, AlgebraError> {
    each(allowance, dialect, operator, as_bool, series, scalar, |value, scalar| {
        operator.keep(dialect, as_bool, value, scalar, value)
    })
}

/// A number per step on the left, a vector on the right, whose values a comparison keeps.
pub fn scalar_vector(
    allowance: &Allowance<'_>,
    dialect: Dialect,
    operator: Operator,
    as_bool: bool,
    scalar: &[f64],
    series: Vec<Series>,
) -> Result<Vec<Series>, AlgebraError> {
    each(allowance, dialect, operator, as_bool, series, scalar, |value, scalar| {
        operator.keep(dialect, as_bool, scalar, value, value)
    })
}

fn each(
    allowance: &Allowance<'_>,
    dialect: Dialect,
    operator: Operator,
    as_bool: bool,
    mut series: Vec<Series>,
    scalar: &[f64],
    run: impl Fn(f64, f64) -> f64,
) -> Result<Vec<Series>, AlgebraError> {
    for one in &mut series {
        allowance.work(scalar.len())?;
        for (value, scalar) in one.points.iter_mut().zip(scalar) {
            if !is_absent(*value) {
                *value = run(*value, *scalar);
            }
        }
    }
    series.retain(Series::has_samples);
    // A filter keeps what it lets through; what is computed is another metric.
    let filters = operator.is_comparison() && !as_bool;
    if filters || dialect.names == MetricNames::Kept {
        Ok(series)
    } else {
        drop_names(allowance, series, dialect.delays_names())
    }
}
