//! What an evaluation answers.

use std::sync::Arc;
use std::time::Duration;

use lab_histogram::Histogram;
use lab_model::{Labels, Sample};

use crate::model::histogram_sample::HistogramSample;

/// The type of an expression's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueType {
    Scalar,
    Text,
    /// Series with one sample each.
    Vector,
    /// Series with the samples of a stretch of time.
    Matrix,
}

impl ValueType {
    /// The type as Prometheus' messages call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Scalar => "scalar",
            Self::Text => "string",
            Self::Vector => "instant vector",
            Self::Matrix => "range vector",
        }
    }
}

/// The value of a query.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// One number at the instant of evaluation.
    Scalar(Sample),
    String(String),
    /// One sample per series, all at the instant of evaluation.
    Vector(Vec<Point>),
    /// Many samples per series: a range query, or an instant query for a range vector.
    Matrix(Vec<Series>),
}

impl Value {
    /// True if it is a vector or matrix without series.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Scalar(_) | Self::String(_) => false,
            Self::Vector(points) => points.is_empty(),
            Self::Matrix(series) => series.is_empty(),
        }
    }

    /// The name of the type in the HTTP API (`resultType`).
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Scalar(_) => "scalar",
            Self::String(_) => "string",
            Self::Vector(_) => "vector",
            Self::Matrix(_) => "matrix",
        }
    }
}

/// A series with one sample.
#[derive(Clone, Debug)]
pub struct Point {
    pub labels: Labels,
    /// Its number; NaN where it has a histogram.
    pub sample: Sample,
    /// Its native histogram, in place of a number.
    pub histogram: Option<Arc<Histogram>>,
}

impl Point {
    /// A series with a number.
    pub fn number(labels: Labels, sample: Sample) -> Self {
        Self { labels, sample, histogram: None }
    }
}

/// Histograms are equal if nothing but the counter reset differs.
impl PartialEq for Point {
    fn eq(&self, other: &Self) -> bool {
        let same = match (&self.histogram, &other.histogram) {
            (Some(one), Some(two)) => one.is_same(two) && self.sample.timestamp == other.sample.timestamp,
            (None, None) => self.sample == other.sample,
            _ => false,
        };
        same && self.labels == other.labels
    }
}

/// A series with many samples.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    pub labels: Labels,
    /// Its numbers, ascending in time.
    pub samples: Vec<Sample>,
    /// Its native histograms, the same; of both there is at least one.
    pub histograms: Vec<HistogramSample>,
}

/// What an evaluation cost.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EvalStats {
    /// The samples that it looked at, if they were to be counted.
    pub samples: Option<SampleCount>,
    /// The most samples in memory at once.
    pub peak_samples: usize,
    /// How long the query was laid out.
    pub preparation: Duration,
    /// How long it was evaluated.
    pub evaluation: Duration,
}

/// The samples that a query looks at, as Prometheus counts them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SampleCount {
    /// Each sample as often as a step looks at it.
    pub queryable: u64,
    /// Each sample once.
    pub read: u64,
    /// The same at each step, if that was asked for.
    pub queryable_at: Vec<u64>,
    /// The samples read at each step, if that was asked for.
    pub read_at: Vec<u64>,
}

/// Stands among the warnings or the infos of an evaluation if there are more than it keeps.
pub const MORE_NOTES: &str = "there are more than 1,000 such notes; the others are left out";

/// A value and what is worth knowing about it.
#[derive(Clone, Debug)]
pub struct Evaluation {
    pub value: Value,
    /// Texts that begin with `PromQL warning: `: the value may be wrong.
    pub warnings: Vec<String>,
    /// Texts that begin with `PromQL info: `: the query may be wrong.
    pub infos: Vec<String>,
    /// What it cost.
    pub stats: EvalStats,
}

/// The bytes of a string as Prometheus' JSON shows them: each byte that is not UTF-8 as U+FFFD.
pub fn shown(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    text
}
