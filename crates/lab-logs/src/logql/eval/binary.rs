//! Operators between scalars and vectors, with Prometheus' rules of which series belong together.

use std::collections::HashMap;

use lab_model::Labels;

use crate::logql::error::QueryError;
use crate::logql::eval::series::{Series, Value};
use crate::logql::syntax::ast::{BinaryOp, Group, Matching};

/// Applies an operator.
pub(crate) fn apply(
    op: BinaryOp,
    returns_bool: bool,
    matching: Option<&Matching>,
    left: Value,
    right: Value,
) -> Result<Value, QueryError> {
    // Between scalars a comparison has nothing to filter, so it always answers 0 or 1.
    Ok(match (left, right) {
        (Value::Scalar(left), Value::Scalar(right)) => {
            Value::Scalar(combine(op, true, left, right, left).unwrap_or(f64::NAN))
        }
        (Value::Vector(left), Value::Scalar(right)) => {
            Value::Vector(map(left, |value| combine(op, returns_bool, value, right, value)))
        }
        (Value::Scalar(left), Value::Vector(right)) => {
            Value::Vector(map(right, |value| combine(op, returns_bool, left, value, value)))
        }
        (Value::Vector(left), Value::Vector(right)) => Value::Vector(match op {
            BinaryOp::And | BinaryOp::Or | BinaryOp::Unless => set(op, matching, left, &right),
            _ => join(op, returns_bool, matching, left, right)?,
        }),
    })
}

/// One pair of values; a comparison that does not hold answers none, or 0 with `bool`.
fn combine(op: BinaryOp, returns_bool: bool, left: f64, right: f64, kept: f64) -> Option<f64> {
    Some(match op {
        BinaryOp::Add => left + right,
        BinaryOp::Subtract => left - right,
        BinaryOp::Multiply => left * right,
        BinaryOp::Divide => left / right,
        BinaryOp::Modulo => left % right,
        BinaryOp::Power => left.powf(right),
        BinaryOp::Compare(comparison) => {
            let holds = comparison.holds(left, right);
            if returns_bool {
                return Some(f64::from(u8::from(holds)));
            }
            return holds.then_some(kept);
        }
        BinaryOp::And | BinaryOp::Or | BinaryOp::Unless => return None,
    })
}

fn map(mut series: Vec<Series>, change: impl Fn(f64) -> Option<f64>) -> Vec<Series> {
    for one in &mut series {
        for value in &mut one.values {
            *value = value.and_then(&change);
        }
    }
    series.retain(|one| one.values.iter().any(Option::is_some));
    series
}

/// The labels by which series belong together.
fn signature(labels: &Labels, matching: Option<&Matching>) -> Labels {
    match matching {
        None => labels.clone(),
        Some(matching) => labels.filtered(|name| matching.labels.iter().any(|label| label == name) == matching.on),
    }
}

fn set(op: BinaryOp, matching: Option<&Matching>, mut left: Vec<Series>, right: &[Series]) -> Vec<Series> {
    let present = |side: &[Series]| {
        let mut present: HashMap<Labels, Vec<bool>> = HashMap::new();
        for series in side {
            let steps =
                present.entry(signature(&series.labels, matching)).or_insert_with(|| vec![false; series.values.len()]);
            steps.iter_mut().zip(&series.values).for_each(|(step, value)| *step |= value.is_some());
        }
        present
    };
    if op == BinaryOp::Or {
        let in_left = present(&left);
        for series in right {
            let taken = in_left.get(&signature(&series.labels, matching));
            let free = |step: usize| taken.is_none_or(|taken| !taken[step]);
            let values = series.values.iter().enumerate().map(|(step, value)| value.filter(|_| free(step))).collect();
            left.push(Series { labels: series.labels.clone(), values });
        }
    } else {
        let in_right = present(right);
        for series in &mut left {
            let other = in_right.get(&signature(&series.labels, matching));
            for (step, value) in series.values.iter_mut().enumerate() {
                let there = other.is_some_and(|other| other[step]);
                *value = value.filter(|_| there == (op == BinaryOp::And));
            }
        }
    }
    left.retain(|one| one.values.iter().any(Option::is_some));
    left
}

/// Pairs each series of the many side with the one of the other side that has the same signature.
fn join(
    op: BinaryOp,
    returns_bool: bool,
    matching: Option<&Matching>,
    left: Vec<Series>,
    right: Vec<Series>,
) -> Result<Vec<Series>, QueryError> {
    let group = matching.and_then(|matching| matching.group.as_ref());
    let many_is_left = group.is_none_or(|group| group.left);
    let (many, one) = if many_is_left { (left, right) } else { (right, left) };
    let mut ones: HashMap<Labels, Series> = HashMap::new();
    for series in one {
        let key = signature(&series.labels, matching);
        if let Some(other) = ones.insert(key.clone(), series) {
            return Err(QueryError::Execution(format!(
                "found duplicate series on the {} hand-side for the match group {key}, for example {}: \
                 many-to-many matching not allowed: matching labels must be unique on one side",
                if many_is_left { "right" } else { "left" },
                other.labels
            )));
        }
    }
    let mut results: HashMap<Labels, usize> = HashMap::new();
    let mut joined: Vec<Series> = Vec::new();
    for series in many {
        let key = signature(&series.labels, matching);
        let Some(other) = ones.get(&key) else { continue };
        let labels = match group {
            Some(group) => with_included(&series.labels, &other.labels, group),
            None if matching.is_some() => key,
            None => series.labels.clone(),
        };
        let pairs = series.values.iter().zip(&other.values);
        let values: Vec<_> = pairs
            .map(|(many, one)| {
                let (many, one) = ((*many)?, (*one)?);
                let (left, right) = if many_is_left { (many, one) } else { (one, many) };
                combine(op, returns_bool, left, right, left)
            })
            .collect();
        if values.iter().all(Option::is_none) {
            continue;
        }
        if results.insert(labels.clone(), joined.len()).is_some() {
            return Err(QueryError::Execution(
                "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)".into(),
            ));
        }
        joined.push(Series { labels, values });
    }
    Ok(joined)
}

fn with_included(many: &Labels, one: &Labels, group: &Group) -> Labels {
    let mut labels = many.to_builder();
    for name in &group.include {
        labels.set(name.as_str(), one.get(name).unwrap_or_default());
    }
    labels.build()
}
