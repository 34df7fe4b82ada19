//! The kinds of lines that a body consists of.

use crate::model::metadata::MetricKind;

/// A line with a sample or with metadata.
#[derive(Clone, Debug, PartialEq)]
pub enum Line<'a> {
    /// `# HELP`, with its escapes resolved.
    Help {
        name: &'a str,
        text: String,
    },
    // `# TYPE`
    Type {
        name: &'a str,
        kind: MetricKind,
    },
    // `# UNIT`
    Unit {
        name: &'a str,
        unit: &'a str,
    },
    Sample(SampleLine<'a>),
}

/// A sample; its texts are parts of the body.
#[derive(Clone, Debug, PartialEq)]
pub struct SampleLine<'a> {
    /// Name and labels as written; see [`labels`](crate::ingest::exposition::series_text::labels).
    pub series: &'a str,
    /// The type of the family that the line stands under.
    pub kind: MetricKind,
    pub value: f64,
    /// Milliseconds since the epoch, if the target gave a time.
    pub timestamp: Option<i64>,
    /// The exemplar, if there is one.
    pub exemplar: Option<ExemplarText<'a>>,
}

/// An exemplar; its texts are parts of the body.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ExemplarText<'a> {
    /// Its labels as written, braces included.
    pub labels: &'a str,
    /// The observed value.
    pub value: f64,
    /// Milliseconds since the epoch, if the target gave a time.
    pub timestamp: Option<i64>,
}
