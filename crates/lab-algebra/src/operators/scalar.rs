//! Operators between numbers, and between a number and each value of a vector.

use crate::allowance::Allowance;
use crate::dialect::{Dialect, MetricNames};
use crate::error::AlgebraError;
use crate::operators::mixed::{self, Answer};
use crate::operators::operator::Operator;
use crate::series::collector::drop_names;
use crate::series::column::{ABSENT, Series, Value, is_absent};

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
    let mixed = |value: Value, scalar| mixed::answer(allowance, operator, as_bool, &value, &Value::Float(scalar));
    let series = each_mixed(operator, series, scalar, mixed);
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
    let mixed = |value: Value, scalar| mixed::answer(allowance, operator, as_bool, &Value::Float(scalar), &value);
    let series = each_mixed(operator, series, scalar, mixed);
    each(allowance, dialect, operator, as_bool, series, scalar, |value, scalar| {
        operator.keep(dialect, as_bool, scalar, value, value)
    })
}

/// Answers for the histograms, and, where the operator is for histograms alone, for the numbers. What remains are the
/// numbers that the operator is for, and histograms that are answers.
fn each_mixed(
    operator: Operator,
    mut series: Vec<Series>,
    scalar: &[f64],
    answer: impl Fn(Value, f64) -> Answer,
) -> Vec<Series> {
    for one in series.iter_mut().filter(|one| operator.is_cut() || !one.histograms.is_empty()) {
        let histograms = std::mem::take(&mut one.histograms);
        for (step, histogram) in histograms.iter() {
            if let Answer::Value(value) = answer(Value::Histogram(histogram.clone()), scalar[step]) {
                one.set(step, value);
            }
        }
        for (value, scalar) in one.points.iter_mut().zip(scalar).filter(|_| operator.is_cut()) {
            if !is_absent(*value) {
                answer(Value::Float(*value), *scalar);
                *value = ABSENT;
            }
        }
    }
    series
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
    let filters = operator.keeps_metric() && !as_bool;
    if filters || dialect.names == MetricNames::Kept {
        Ok(series)
    } else {
        drop_names(allowance, series, dialect.delays_names())
    }
}
