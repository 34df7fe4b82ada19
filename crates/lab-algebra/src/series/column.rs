//! A series over the steps of a grid: one label set and a dense column with a number per step.
//!
//! A step without a sample holds [`ABSENT`], the bits of the staleness marker. No arithmetic yields them, so every
//! other NaN stays a value, and a column needs eight bytes a step and no second column that says what is there.

use std::sync::Arc;

use lab_histogram::Histogram;
use lab_model::Labels;
use lab_model::value::{STALE_NAN, is_stale};

use crate::series::histograms::Histograms;

/// "No sample at this step."
pub const ABSENT: f64 = f64::from_bits(STALE_NAN);

/// True for [`ABSENT`] alone, not for other NaNs.
#[inline]
pub fn is_absent(value: f64) -> bool {
    is_stale(value)
}

/// Numbers are equal as numbers are, histograms if nothing but the counter reset differs.
impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Float(one), Self::Float(two)) => one == two,
            (Self::Histogram(one), Self::Histogram(two)) => one.is_same(two),
            _ => false,
        }
    }
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
    /// The histograms, at steps without a number.
    pub histograms: Histograms,
}

/// What a series has at a step.
#[derive(Clone, Debug)]
pub enum Value {
    /// A number, as counters and gauges have it.
    Float(f64),
    /// A native histogram.
    Histogram(Arc<Histogram>),
}

impl Series {
    /// A series that keeps its name.
    pub fn new(labels: Labels, points: Vec<f64>) -> Self {
        Self { labels, drop_name: false, points, histograms: Histograms::default() }
    }

    /// True if there is a sample at any step.
    pub fn has_samples(&self) -> bool {
        !self.histograms.is_empty() || self.points.iter().any(|point| !is_absent(*point))
    }

    /// True if there is a sample at a step, a number or a histogram.
    #[inline]
    pub fn is_present(&self, step: usize) -> bool {
        !is_absent(self.points[step]) || self.histograms.at(step).is_some()
    }

    /// What there is at a step.
    pub fn value(&self, step: usize) -> Option<Value> {
        match self.at(step) {
            Some(value) => Some(Value::Float(value)),
            None => self.histograms.at(step).cloned().map(Value::Histogram),
        }
    }

    /// Sets the sample of a step.
    pub fn set(&mut self, step: usize, value: Value) {
        match value {
            Value::Float(value) => self.points[step] = value,
            Value::Histogram(histogram) => self.histograms.set(step, histogram),
        }
    }

    /// Leaves the samples of the wanted steps.
    pub fn retain_steps(&mut self, wanted: impl Fn(usize) -> bool) {
        for (step, point) in self.points.iter_mut().enumerate() {
            if !wanted(step) {
                *point = ABSENT;
            }
        }
        self.histograms.retain(wanted);
    }

    /// Steps and values of its numbers; histograms are passed over.
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
