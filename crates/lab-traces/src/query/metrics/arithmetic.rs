//! Arithmetic of series: with a number, and of series with equal labels.

use std::collections::HashMap;

use crate::query::metrics::series::Series;
use crate::traceql::syntax::operator::BinaryOp;
use crate::traceql::value::Value;

/// The label that a series without a grouping has: the name of its function.
pub(crate) const NAME: &str = "__name__";

/// Computes each sample, and the value of each exemplar, with a number.
pub(crate) fn scale(op: BinaryOp, number: f64, number_first: bool, series: &mut [Series]) {
    let value = |value: f64| if number_first { compute(op, number, value) } else { compute(op, value, number) };
    for series in series {
        series.samples.retain_mut(|(_, sample)| {
            *sample = value(*sample);
            !sample.is_nan()
        });
        for exemplar in &mut series.exemplars {
            exemplar.value = exemplar.value.map(value);
        }
    }
}

/// Computes each sample of a series with the one of the same time and labels on the other side. A series without labels
/// goes with every series of the other side.
pub(crate) fn combine(op: BinaryOp, left: Vec<Series>, right: Vec<Series>) -> Vec<Series> {
    let (left, right) = (by_labels(left), by_labels(right));
    // The side that has more than the one series without labels says which series there are.
    let (keys, _) = if right.contains_key(&Vec::new()) { (&left, &right) } else { (&right, &left) };
    let mut combined = Vec::new();
    for key in keys.keys() {
        let of = |side: &HashMap<Key, Series>| {
            let exact = side.get(key).map(|series| (series.clone(), true));
            exact.or_else(|| side.get(&Vec::new()).map(|series| (series.clone(), false)))
        };
        if let (Some(left), Some(right)) = (of(&left), of(&right)) {
            combined.push(pair(op, left, right));
        }
    }
    combined
}

/// What series are matched by: names and values of labels, without the name of the function.
type Key = Vec<(String, String)>;

fn by_labels(series: Vec<Series>) -> HashMap<Key, Series> {
    let key = |series: &Series| {
        let labels = series.labels.iter().filter(|(name, _)| name != NAME);
        labels.map(|(name, value)| (name.clone(), format!("{value:?}"))).collect()
    };
    series.into_iter().map(|series| (key(&series), series)).collect()
}

/// One series of two; each is exact, or stands for all labels.
fn pair(op: BinaryOp, (left, left_exact): (Series, bool), (right, right_exact): (Series, bool)) -> Series {
    let values: HashMap<i64, f64> = right.samples.iter().copied().collect();
    let samples = left.samples.iter().filter_map(|(time, value)| {
        let result = compute(op, *value, *values.get(time)?);
        (!result.is_nan()).then_some((*time, result))
    });
    let samples = samples.collect();
    // Traces behind a series that stands for all labels are not those behind one of them.
    let mut exemplars = if left_exact { left.exemplars } else { Vec::new() };
    if right_exact {
        exemplars.extend(right.exemplars);
    }
    Series { labels: labels(op, left.labels, right.labels), samples, exemplars }
}

fn labels(op: BinaryOp, left: Labels, right: Labels) -> Labels {
    let name = |labels: &Labels| labels.iter().find(|(name, _)| name == NAME).map(|(_, value)| value.to_string());
    let both = name(&left).zip(name(&right)).map(|(left, right)| format!("({left} {} {right})", op.as_str()));
    let mut labels: Labels = both.map(|name| (NAME.to_owned(), Value::Text(name.into()))).into_iter().collect();
    for label in left.into_iter().chain(right) {
        if label.0 != NAME && !labels.iter().any(|(name, _)| *name == label.0) {
            labels.push(label);
        }
    }
    labels
}

type Labels = Vec<(String, Value<'static>)>;

/// A division by zero has no result.
fn compute(op: BinaryOp, left: f64, right: f64) -> f64 {
    match op {
        BinaryOp::Add => left + right,
        BinaryOp::Subtract => left - right,
        BinaryOp::Multiply => left * right,
        BinaryOp::Divide if right != 0.0 => left / right,
        _ => f64::NAN,
    }
}
