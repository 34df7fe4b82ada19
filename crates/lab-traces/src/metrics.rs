//! Series from spans: `{ … } | rate() by (resource.service.name)` and its kin.
//!
//! A span counts at its start. Samples stand at multiples of the step, each for the spans that began from
//! there until the next one, within the range that was asked for.

mod accumulator;

use std::collections::HashMap;

use lab_model::Interrupt;

use crate::id::TraceId;
use crate::metrics::accumulator::Accumulator;
use crate::search::{Bounds, Inspected, SearchError, SearchRequest, walk};
use crate::span::Trace;
use crate::store::TraceStore;
use crate::traceql::ast::{BinaryOp, Metrics, SeriesStage};
use crate::traceql::attribute::{Attribute, Intrinsic};
use crate::traceql::eval::evaluate;
use crate::traceql::eval::field::{SpanContext, attribute_value};
use crate::traceql::plan::Plan;
use crate::traceql::value::Value;

/// Samples that a series may have.
const MAX_SAMPLES: i64 = 11_000;
/// Series that an answer may have.
const MAX_SERIES: usize = 1_000;

/// What to compute.
#[derive(Clone, Debug)]
pub struct MetricsRequest {
    /// A query with a metrics function.
    pub plan: Plan,
    /// From this time on, in nanoseconds since the epoch.
    pub start_ns: i64,
    /// Up to this time.
    pub end_ns: i64,
    /// Distance of samples, in nanoseconds; `None` for one sample over the whole range.
    pub step_ns: Option<i64>,
    /// Exemplars that a series has at most.
    pub exemplars: usize,
    /// What it may cost.
    pub bounds: Bounds,
}

/// Why there are no series.
#[derive(Debug, thiserror::Error)]
pub enum MetricsError {
    /// The query selects traces only.
    #[error("not a metrics query")]
    NotMetrics,
    /// The range is empty or the step is none.
    #[error("start must be before end and step must be positive")]
    InvalidRange,
    /// The step is too small for the range.
    #[error("exceeded maximum resolution of {MAX_SAMPLES} samples per series; increase the step")]
    TooManySamples,
    /// `by()` tells too much apart.
    #[error("exceeded maximum of {MAX_SERIES} series; group by fewer or coarser attributes")]
    TooManySeries,
    /// The traces could not be read.
    #[error(transparent)]
    Search(#[from] SearchError),
}

/// The answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MetricsResult {
    /// Sorted by their labels.
    pub series: Vec<Series>,
    /// What it cost.
    pub inspected: Inspected,
}

/// One series.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// What tells it from the others.
    pub labels: Vec<(String, Value<'static>)>,
    /// Time in nanoseconds since the epoch, and value.
    pub samples: Vec<(i64, f64)>,
    /// Traces behind the values.
    pub exemplars: Vec<Exemplar>,
}

/// A span behind a value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exemplar {
    /// Its trace.
    pub trace_id: TraceId,
    /// When it began, in nanoseconds since the epoch.
    pub time_ns: i64,
    /// Its value, durations in seconds.
    pub value: f64,
}

/// Computes series.
pub fn query(
    store: &TraceStore,
    request: &MetricsRequest,
    interrupt: &Interrupt,
) -> Result<MetricsResult, MetricsError> {
    let metrics = request.plan.query.metrics.clone().ok_or(MetricsError::NotMetrics)?;
    let grid = Grid::new(request)?;
    let search = SearchRequest {
        plan: request.plan.clone(),
        start_ns: request.start_ns,
        end_ns: request.end_ns,
        min_duration_ns: 0,
        max_duration_ns: i64::MAX,
        limit: 0,
        spans_per_spanset: 0,
        bounds: request.bounds,
    };
    let mut groups =
        Groups { metrics: &metrics, grid, exemplars: request.exemplars, found: HashMap::new(), full: false };
    let mut inspected = Inspected::default();
    walk(store, &search, &mut inspected, interrupt, |trace, _| {
        groups.add(&request.plan, trace, request.start_ns..=request.end_ns);
        !groups.full
    })?;
    if groups.full {
        return Err(MetricsError::TooManySeries);
    }
    let mut series = groups.finish();
    series.sort_by_cached_key(|series| format!("{:?}", series.labels));
    for stage in &metrics.then {
        apply(*stage, &mut series);
    }
    Ok(MetricsResult { series, inspected })
}

/// Where samples stand.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Grid {
    first_ns: i64,
    pub(crate) step_ns: i64,
    pub(crate) samples: usize,
}

impl Grid {
    fn new(request: &MetricsRequest) -> Result<Self, MetricsError> {
        let (start, end) = (request.start_ns, request.end_ns);
        if start >= end || request.step_ns.is_some_and(|step| step <= 0) {
            return Err(MetricsError::InvalidRange);
        }
        let Some(step_ns) = request.step_ns else {
            return Ok(Self { first_ns: start, step_ns: (end - start).saturating_add(1), samples: 1 });
        };
        let samples = end.div_euclid(step_ns) - start.div_euclid(step_ns) + 1;
        if samples > MAX_SAMPLES {
            return Err(MetricsError::TooManySamples);
        }
        Ok(Self { first_ns: start.div_euclid(step_ns) * step_ns, step_ns, samples: samples as usize })
    }

    fn slot(&self, time_ns: i64) -> usize {
        (((time_ns - self.first_ns) / self.step_ns) as usize).min(self.samples - 1)
    }

    pub(crate) fn time_ns(&self, slot: usize) -> i64 {
        self.first_ns + slot as i64 * self.step_ns
    }
}

/// Series in the making, by the values of `by()`.
struct Groups<'a> {
    metrics: &'a Metrics,
    grid: Grid,
    exemplars: usize,
    found: HashMap<Vec<String>, Group>,
    full: bool,
}

struct Group {
    labels: Vec<(String, Value<'static>)>,
    values: Accumulator,
    exemplars: Vec<Exemplar>,
}

impl Groups<'_> {
    fn add(&mut self, plan: &Plan, trace: &Trace, range: std::ops::RangeInclusive<i64>) {
        for span in evaluate(plan, trace).into_iter().flat_map(|spanset| spanset.spans) {
            let (at, start_ns) = (SpanContext { trace, span }, trace.spans[span].start_ns());
            if !range.contains(&start_ns) {
                continue;
            }
            let value = match self.metrics.function.attribute() {
                None => None,
                Some(attribute) => match seconds(&attribute_value(attribute, at)) {
                    Some(value) => Some(value),
                    None => continue,
                },
            };
            let duration = Attribute::Intrinsic(Intrinsic::Duration);
            let shown = value.or_else(|| seconds(&attribute_value(&duration, at))).unwrap_or(0.0);
            let (slot, max_exemplars) = (self.grid.slot(start_ns), self.exemplars);
            let Some(group) = self.group(at) else { return };
            group.values.add(slot, value.unwrap_or(1.0));
            if group.exemplars.len() < max_exemplars {
                group.exemplars.push(Exemplar { trace_id: trace.id, time_ns: start_ns, value: shown });
            }
        }
    }

    fn group(&mut self, at: SpanContext<'_>) -> Option<&mut Group> {
        let labels: Vec<_> =
            self.metrics.by.iter().map(|by| (by.to_string(), attribute_value(by, at).into_owned())).collect();
        let key: Vec<String> = labels.iter().map(|(_, value)| format!("{value:?}")).collect();
        if !self.found.contains_key(&key) && self.found.len() >= MAX_SERIES {
            self.full = true;
            return None;
        }
        let new =
            || Group { labels, values: Accumulator::new(&self.metrics.function, self.grid), exemplars: Vec::new() };
        Some(self.found.entry(key).or_insert_with(new))
    }

    fn finish(mut self) -> Vec<Series> {
        if self.found.is_empty() && self.metrics.by.is_empty() {
            let values = Accumulator::new(&self.metrics.function, self.grid);
            self.found.insert(Vec::new(), Group { labels: Vec::new(), values, exemplars: Vec::new() });
        }
        let name = self.metrics.function.name();
        self.found.into_values().flat_map(|group| group.finish(name)).collect()
    }
}

impl Group {
    fn finish(self, function: &str) -> Vec<Series> {
        let series = self.values.finish().into_iter();
        series
            .map(|(extra, samples)| {
                let mut labels = self.labels.clone();
                labels.extend(extra.map(|(name, value)| (name.to_owned(), Value::Float(value))));
                if labels.is_empty() {
                    labels.push(("__name__".to_owned(), Value::Text(function.to_owned().into())));
                }
                Series { labels, samples, exemplars: self.exemplars.clone() }
            })
            .collect()
    }
}

/// A number; durations in seconds.
fn seconds(value: &Value<'_>) -> Option<f64> {
    match value {
        Value::Duration(nanoseconds) => Some(*nanoseconds as f64 / 1e9),
        value => value.number(),
    }
}

/// One step of what comes after the function.
fn apply(stage: SeriesStage, series: &mut Vec<Series>) {
    match stage {
        SeriesStage::TopK(count) => keep_best(series, count, |a, b| b.total_cmp(&a)),
        SeriesStage::BottomK(count) => keep_best(series, count, |a, b| a.total_cmp(&b)),
        SeriesStage::Filter(op, limit) => {
            for series in &mut *series {
                series.samples.retain(|(_, value)| match op {
                    BinaryOp::Equal => *value == limit,
                    BinaryOp::NotEqual => *value != limit,
                    BinaryOp::Less => *value < limit,
                    BinaryOp::LessEqual => *value <= limit,
                    BinaryOp::Greater => *value > limit,
                    _ => *value >= limit,
                });
            }
        }
    }
    series.retain(|series| !series.samples.is_empty());
}

/// Keeps at each time the samples of the series that come first.
fn keep_best(series: &mut [Series], count: usize, order: impl Fn(f64, f64) -> std::cmp::Ordering) {
    let mut at_time: HashMap<i64, Vec<(usize, f64)>> = HashMap::new();
    for (index, one) in series.iter().enumerate() {
        for (time, value) in &one.samples {
            at_time.entry(*time).or_default().push((index, *value));
        }
    }
    for best in at_time.values_mut() {
        best.sort_by(|a, b| order(a.1, b.1));
        best.truncate(count);
    }
    for (index, one) in series.iter_mut().enumerate() {
        one.samples.retain(|(time, _)| at_time[time].iter().any(|(kept, _)| *kept == index));
    }
}
