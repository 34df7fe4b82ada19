//! What a body consists of, whatever its format.

use std::borrow::Cow;
use std::sync::Arc;

use lab_histogram::Histogram;

use crate::model::metadata::MetricKind;

/// A sample, or something that is said about a metric family.
#[derive(Clone, Debug, PartialEq)]
pub enum Line<'a> {
    /// `# HELP`, with its escapes resolved.
    Help {
        name: Cow<'a, str>,
        text: String,
    },
    // `# TYPE`
    Type {
        name: Cow<'a, str>,
        kind: MetricKind,
    },
    // `# UNIT`
    Unit {
        name: Cow<'a, str>,
        unit: Cow<'a, str>,
    },
    Sample(SampleLine<'a>),
}

/// A sample; what stands in a text is part of the body.
#[derive(Clone, Debug, PartialEq)]
pub struct SampleLine<'a> {
    /// Name and labels as they stand in a text; see [`labels`](crate::ingest::exposition::series_text::labels).
    pub series: Cow<'a, str>,
    /// The type of the family that the sample stands under.
    pub kind: MetricKind,
    pub value: LineValue,
    /// Milliseconds since the epoch, if the target gave a time.
    pub timestamp: Option<i64>,
    /// Texts have at most one a sample; native histograms any number, each with a time of its own.
    pub exemplars: Vec<ExemplarText<'a>>,
}

/// The value of a sample.
#[derive(Clone, Debug)]
pub enum LineValue {
    Number(f64),
    /// A native histogram.
    Histogram(Arc<Histogram>),
}

impl LineValue {
    /// The number, if it is one.
    pub fn number(&self) -> Option<f64> {
        if let Self::Number(number) = self { Some(*number) } else { None }
    }
}

impl PartialEq for LineValue {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Number(one), Self::Number(two)) => one == two,
            (Self::Histogram(one), Self::Histogram(two)) => one.is_same(two) && one.reset == two.reset,
            _ => false,
        }
    }
}

/// An exemplar; what stands in a text is part of the body.
#[derive(Clone, Debug, PartialEq)]
pub struct ExemplarText<'a> {
    /// Its labels as they stand in a text, braces included.
    pub labels: Cow<'a, str>,
    /// The observed value.
    pub value: f64,
    /// Milliseconds since the epoch, if the target gave a time.
    pub timestamp: Option<i64>,
}
