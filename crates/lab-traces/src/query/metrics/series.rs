//! Finished series, and what a query does with them: `topk(3)`, `> 5`.

use std::cmp::Ordering;
use std::collections::HashMap;

use crate::id::TraceId;
use crate::traceql::syntax::ast::SeriesStage;
use crate::traceql::syntax::operator::BinaryOp;
use crate::traceql::value::Value;

#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// What tells it from the others.
    pub labels: Vec<(String, Value<'static>)>,
    /// The time of each sample in nanoseconds since the epoch, and its value.
    pub samples: Vec<(i64, f64)>,
    /// Traces behind the values.
    pub exemplars: Vec<Exemplar>,
}

/// A span behind a value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exemplar {
    /// The trace of the span.
    pub trace_id: TraceId,
    /// When the span began, in nanoseconds since the epoch.
    pub time_ns: i64,
    /// The value of the span, durations in seconds.
    pub value: f64,
}

/// Does one step of what follows the function over time; series without samples go.
pub(crate) fn apply(stage: &SeriesStage, series: &mut Vec<Series>) {
    match stage {
        SeriesStage::Keep { function, count } => keep_first(series, *count, function.order),
        SeriesStage::Filter(op, limit) => {
            for series in &mut *series {
                series.samples.retain(|(_, value)| holds(*op, *value, *limit));
            }
        }
    }
    series.retain(|series| !series.samples.is_empty());
}

fn holds(op: BinaryOp, value: f64, limit: f64) -> bool {
    match op {
        BinaryOp::Equal => value == limit,
        BinaryOp::NotEqual => value != limit,
        BinaryOp::Less => value < limit,
        BinaryOp::LessEqual => value <= limit,
        BinaryOp::Greater => value > limit,
        BinaryOp::GreaterEqual => value >= limit,
        _ => false,
    }
}

/// Keeps at each time the samples of the series that come first.
fn keep_first(series: &mut [Series], count: usize, order: fn(f64, f64) -> Ordering) {
    let mut at_time: HashMap<i64, Vec<(usize, f64)>> = HashMap::new();
    for (index, one) in series.iter().enumerate() {
        for (time, value) in &one.samples {
            at_time.entry(*time).or_default().push((index, *value));
        }
    }
    for first in at_time.values_mut() {
        first.sort_by(|a, b| order(a.1, b.1));
        first.truncate(count);
    }
    for (index, one) in series.iter_mut().enumerate() {
        one.samples.retain(|(time, _)| at_time[time].iter().any(|(kept, _)| *kept == index));
    }
}
