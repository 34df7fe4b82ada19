//! Values at all steps of an evaluation at once: a series is one label set and a dense column with a
//! number per step.
//!
//! A step without a sample holds [`ABSENT`], the bits of the staleness marker: no arithmetic yields
//! them, so every other NaN stays a value.

use std::collections::HashMap;
use std::sync::Arc;

use lab_model::Labels;
use lab_model::value::{STALE_NAN, is_stale};

use crate::promql::error::PromqlError;

/// "No sample at this step".
pub(crate) const ABSENT: f64 = f64::from_bits(STALE_NAN);

/// True for [`ABSENT`] alone.
#[inline]
pub(crate) fn is_absent(value: f64) -> bool {
    is_stale(value)
}

/// The instants of an evaluation: `start`, `start + step`, …, `count` of them, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) start: i64,
    pub(crate) step: i64,
    pub(crate) count: usize,
}

impl Frame {
    /// One instant.
    pub(crate) fn instant(at: i64) -> Self {
        Self { start: at, step: 1, count: 1 }
    }

    /// The instants from `start` to `end`, none if `end` comes first.
    pub(crate) fn range(start: i64, end: i64, step: i64) -> Self {
        let span = i128::from(end) - i128::from(start);
        let count = if span < 0 { 0 } else { span / i128::from(step.max(1)) + 1 };
        Self { start, step, count: usize::try_from(count).unwrap_or(usize::MAX) }
    }

    /// The instant of step `at`.
    #[inline]
    pub(crate) fn time(&self, at: usize) -> i64 {
        self.start.saturating_add(self.step.saturating_mul(at as i64))
    }

    /// The last instant.
    pub(crate) fn end(&self) -> i64 {
        self.time(self.count.saturating_sub(1))
    }
}

/// A series over the steps of a frame.
#[derive(Clone, Debug)]
pub(crate) struct StepSeries {
    pub(crate) labels: Labels,
    /// The metric name is to go when the query is done (delayed name removal).
    pub(crate) drop_name: bool,
    /// A number or [`ABSENT`] per step.
    pub(crate) points: Vec<f64>,
}

impl StepSeries {
    /// True if there is a sample at any step.
    pub(crate) fn has_points(&self) -> bool {
        self.points.iter().any(|point| !is_absent(*point))
    }
}

/// What a part of a query evaluates to.
#[derive(Clone, Debug)]
pub(crate) enum Operand {
    /// A number per step.
    Scalar(Vec<f64>),
    /// A text.
    Text(Arc<str>),
    /// Series, no two of them with the same labels.
    Vector(Vec<StepSeries>),
}

impl Operand {
    /// Numbers it holds, for the budget.
    pub(crate) fn cells(&self) -> usize {
        match self {
            Self::Scalar(points) => points.len(),
            Self::Text(_) => 0,
            Self::Vector(series) => series.iter().map(|series| series.points.len()).sum(),
        }
    }

    /// The same value at `count` steps, from a value at one step.
    pub(crate) fn repeated(self, count: usize) -> Self {
        let repeat = |points: &[f64]| vec![points.first().copied().unwrap_or(ABSENT); count];
        match self {
            Self::Scalar(points) => Self::Scalar(repeat(&points)),
            Self::Text(text) => Self::Text(text),
            Self::Vector(series) => Self::Vector(
                series.into_iter().map(|series| StepSeries { points: repeat(&series.points), ..series }).collect(),
            ),
        }
    }

    /// The series; none if it is no vector.
    pub(crate) fn into_series(self) -> Vec<StepSeries> {
        if let Self::Vector(series) = self { series } else { Vec::new() }
    }

    /// The numbers; none if it is no scalar.
    pub(crate) fn into_points(self) -> Vec<f64> {
        if let Self::Scalar(points) = self { points } else { Vec::new() }
    }

    /// The text; empty if it is none.
    pub(crate) fn as_text(&self) -> &str {
        if let Self::Text(text) = self { text } else { "" }
    }
}

/// Collects series, at most one per label set; samples of different steps flow together.
pub(crate) struct Collector {
    count: usize,
    by_labels: HashMap<Labels, usize>,
    series: Vec<StepSeries>,
}

impl Collector {
    /// A collector for `count` steps.
    pub(crate) fn new(count: usize) -> Self {
        Self { count, by_labels: HashMap::new(), series: Vec::new() }
    }

    /// The place of the series with these labels.
    pub(crate) fn slot(&mut self, labels: &Labels, drop_name: bool) -> usize {
        if let Some(slot) = self.by_labels.get(labels) {
            self.series[*slot].drop_name |= drop_name;
            return *slot;
        }
        let slot = self.series.len();
        self.by_labels.insert(labels.clone(), slot);
        self.series.push(StepSeries { labels: labels.clone(), drop_name, points: vec![ABSENT; self.count] });
        slot
    }

    /// Sets the value of a step; an error if the step has one already.
    #[inline]
    pub(crate) fn set(&mut self, slot: usize, step: usize, value: f64) -> Result<(), PromqlError> {
        let point = &mut self.series[slot].points[step];
        if !is_absent(*point) {
            return Err(same_labels());
        }
        *point = value;
        Ok(())
    }

    /// Adds a whole series.
    pub(crate) fn add(&mut self, series: StepSeries) -> Result<(), PromqlError> {
        if let Some(slot) = self.by_labels.get(&series.labels).copied() {
            self.series[slot].drop_name |= series.drop_name;
            for (step, value) in series.points.into_iter().enumerate().filter(|(_, value)| !is_absent(*value)) {
                self.set(slot, step, value)?;
            }
        } else {
            self.by_labels.insert(series.labels.clone(), self.series.len());
            self.series.push(series);
        }
        Ok(())
    }

    /// The series that have samples.
    pub(crate) fn finish(self) -> Vec<StepSeries> {
        self.series.into_iter().filter(StepSeries::has_points).collect()
    }
}

/// Joins series that have come to the same labels; an error if two have a sample at the same step.
pub(crate) fn join_same_labels(series: Vec<StepSeries>) -> Result<Vec<StepSeries>, PromqlError> {
    let Some(count) = series.first().map(|series| series.points.len()) else { return Ok(series) };
    let mut seen = std::collections::HashSet::with_capacity(series.len());
    if series.iter().all(|series| seen.insert(&series.labels)) {
        return Ok(series);
    }
    let mut collector = Collector::new(count);
    for one in series {
        collector.add(one)?;
    }
    Ok(collector.finish())
}

/// Takes the metric names away, now or (`delayed`) at the end of the query.
pub(crate) fn drop_names(mut series: Vec<StepSeries>, delayed: bool) -> Result<Vec<StepSeries>, PromqlError> {
    for one in &mut series {
        if delayed {
            one.drop_name = true;
        } else {
            one.labels = one.labels.without_name();
        }
    }
    if delayed { Ok(series) } else { join_same_labels(series) }
}

fn same_labels() -> PromqlError {
    PromqlError::Execution("vector cannot contain metrics with the same labelset".to_owned())
}
