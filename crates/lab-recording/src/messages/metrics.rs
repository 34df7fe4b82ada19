//! Samples as remote write 1.0 has them (`prometheus.WriteRequest`).

use bytes::Bytes;
use lab_model::Labels;
use prost::Message;

/// Series with their samples, and what is known about families.
#[derive(Clone, PartialEq, Message)]
pub struct MetricPortion {
    #[prost(message, repeated, tag = "1")]
    pub series: Vec<Series>,
    #[prost(message, repeated, tag = "3")]
    pub families: Vec<Family>,
}

/// One series with its samples.
#[derive(Clone, PartialEq, Message)]
pub struct Series {
    /// The name of the metric among them.
    #[prost(message, repeated, tag = "1")]
    pub labels: Vec<Pair>,
    #[prost(message, repeated, tag = "2")]
    pub samples: Vec<Sample>,
    #[prost(message, repeated, tag = "3")]
    pub exemplars: Vec<Exemplar>,
    /// Native histograms (`prometheus.Histogram`), each encoded.
    #[prost(bytes = "bytes", repeated, tag = "4")]
    pub histograms: Vec<Bytes>,
}

/// The name and the value of a label.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Pair {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(string, tag = "2")]
    pub value: String,
}

/// A number at an instant.
#[derive(Clone, Copy, PartialEq, Message)]
pub struct Sample {
    #[prost(double, tag = "1")]
    pub value: f64,
    /// Milliseconds since the Unix epoch.
    #[prost(int64, tag = "2")]
    pub timestamp: i64,
}

/// An observation behind a sample.
#[derive(Clone, PartialEq, Message)]
pub struct Exemplar {
    #[prost(message, repeated, tag = "1")]
    pub labels: Vec<Pair>,
    #[prost(double, tag = "2")]
    pub value: f64,
    /// Milliseconds since the Unix epoch.
    #[prost(int64, tag = "3")]
    pub timestamp: i64,
}

/// Type, help and unit of a metric.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Family {
    /// 1 counter, 2 gauge, 3 histogram, 4 gauge histogram, 5 summary, 6 info, 7 state set, else unknown.
    #[prost(int32, tag = "1")]
    pub kind: i32,
    #[prost(string, tag = "2")]
    pub name: String,
    #[prost(string, tag = "4")]
    pub help: String,
    #[prost(string, tag = "5")]
    pub unit: String,
}

impl Series {
    /// The label set.
    pub fn labels(&self) -> Labels {
        labels(&self.labels)
    }
}

/// The label set of pairs.
pub fn labels(pairs: &[Pair]) -> Labels {
    Labels::from_pairs(pairs.iter().map(|pair| (pair.name.as_str(), pair.value.as_str())))
}

/// The pairs of a label set.
pub fn pairs(labels: &Labels) -> Vec<Pair> {
    labels.iter().map(|label| Pair { name: label.name.to_string(), value: label.value.to_string() }).collect()
}
