//! Finished series, and what a query does with them: `topk(3)`, `> 5`.

use std::cmp::Reverse;
use std::collections::HashMap;

use crate::id::TraceId;
use crate::query::metrics::steps::Steps;
use crate::traceql::functions::series::SeriesFunction;
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
    /// The value of the span, durations in seconds; `None` where spans are counted, until the series is finished.
    pub value: Option<f64>,
}

impl Series {
    /// Gives exemplars that have no value of their own the value of the series there, and leaves out those where it has
    /// none.
    pub(crate) fn value_exemplars(&mut self, steps: Steps) {
        let Self { samples, exemplars, .. } = self;
        exemplars.retain_mut(|exemplar| {
            let Some(time_ns) = steps.of(exemplar.time_ns).map(|step| steps.time_ns(step)) else { return false };
            let Ok(at) = samples.binary_search_by_key(&time_ns, |(time, _)| *time) else { return false };
            exemplar.value.get_or_insert(samples[at].1);
            true
        });
    }
}

/// Does one step of what follows the function over time; series without samples go.
pub(crate) fn apply(stage: &SeriesStage, series: &mut Vec<Series>) {
    match stage {
        SeriesStage::Keep { function, count } => keep_first(series, *count, function),
        SeriesStage::Filter(op, limit) => {
            let limit = limit.sample().unwrap_or(f64::NAN);
            for series in &mut *series {
                series.samples.retain(|(_, value)| holds(*op, *value, limit));
                series.exemplars.retain(|exemplar| exemplar.value.is_none_or(|value| holds(*op, value, limit)));
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
fn keep_first(series: &mut [Series], count: usize, function: &SeriesFunction) {
    if series.len() <= count {
        return;
    }
    series.sort_by_cached_key(rank);
    if function.last_of_equal {
        series.reverse();
    }
    let order = function.order;
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

/// What decides between series with equal samples: the texts of their labels, then their numbers, larger ones first.
fn rank(series: &Series) -> Vec<(String, String, Reverse<u64>)> {
    let of_label = |(name, value): &(String, Value<'static>)| match value {
        Value::Text(_) | Value::Kind(_) | Value::Status(_) => (value.to_string(), name.clone(), Reverse(0)),
        value => (String::new(), name.clone(), Reverse(value.number().map_or(0, f64::to_bits))),
    };
    series.labels.iter().map(of_label).collect()
}
