//! A series over the steps of a grid: one label set and a dense column with a number per step.
//!
//! A step without a sample holds [`ABSENT`], the bits of the staleness marker. No arithmetic yields them, so every
//! other NaN stays a value, and a column needs eight bytes a step and no second column that says what is there.

use lab_model::Labels;
use lab_model::value::{STALE_NAN, is_stale};

/// "No sample at this step."
pub const ABSENT: f64 = f64::from_bits(STALE_NAN);

/// True for [`ABSENT`] alone, not for other NaNs.
#[inline]
pub fn is_absent(value: f64) -> bool {
    is_stale(value)
}

/// A series over the steps of a grid.
#[derive(Clone, Debug)]
pub struct Series {
    /// The labels that tell it from other series.
    pub labels: Labels,
    /// The metric name is to go when the query is done.
    pub drop_name: bool,
    /// A number or [`ABSENT`] per step.
    pub points: Vec<f64>,
}

impl Series {
    /// A series that keeps its name.
    pub fn new(labels: Labels, points: Vec<f64>) -> Self {
        Self { labels, drop_name: false, points }
    }

    /// True if there is a sample at any step.
    pub fn has_samples(&self) -> bool {
        self.points.iter().any(|point| !is_absent(*point))
    }

    /// Steps and values of its samples.
    pub fn samples(&self) -> impl Iterator<Item = (usize, f64)> + '_ {
        self.points.iter().copied().enumerate().filter(|(_, value)| !is_absent(*value))
    }

    /// The value at a step, if there is a sample.
    pub fn at(&self, step: usize) -> Option<f64> {
        self.points.get(step).copied().filter(|value| !is_absent(*value))
    }
}

/// 1 at each of `count` steps at which nothing is present; no series if something always is.
pub fn absent(labels: &Labels, count: usize, present: impl Fn(usize) -> bool) -> Vec<Series> {
    let points = (0..count).map(|step| if present(step) { ABSENT } else { 1.0 }).collect();
    let series = Series::new(labels.clone(), points);
    if series.has_samples() { vec![series] } else { Vec::new() }
}
