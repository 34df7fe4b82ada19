//! Messages of remote write 1.0 (`prometheus.WriteRequest`), as far as they are stored.

use lab_metrics::MetricStore;
use lab_metrics::store::exemplar;
use lab_metrics::store::metadata::Metadata;
use lab_model::Labels;

use crate::prometheus::write::series::{Sample, Stored, kind};

/// A request.
#[derive(Clone, PartialEq, prost::Message)]
pub struct WriteRequest {
    /// Series with their samples.
    #[prost(message, repeated, tag = "1")]
    pub timeseries: Vec<TimeSeries>,
    /// What is known about metric families.
    #[prost(message, repeated, tag = "3")]
    pub metadata: Vec<MetricMetadata>,
}

/// A series with its samples.
#[derive(Clone, PartialEq, prost::Message)]
pub struct TimeSeries {
    /// Its labels, the name among them.
    #[prost(message, repeated, tag = "1")]
    pub labels: Vec<Label>,
    /// Its samples.
    #[prost(message, repeated, tag = "2")]
    pub samples: Vec<Sample>,
    /// Its exemplars.
    #[prost(message, repeated, tag = "3")]
    pub exemplars: Vec<Exemplar>,
    /// Native histograms, not looked into.
    #[prost(bytes = "vec", repeated, tag = "4")]
    pub histograms: Vec<Vec<u8>>,
}

/// A label.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Label {
    /// The name.
    #[prost(string, tag = "1")]
    pub name: String,
    /// The value.
    #[prost(string, tag = "2")]
    pub value: String,
}

/// An exemplar.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Exemplar {
    /// Its labels.
    #[prost(message, repeated, tag = "1")]
    pub labels: Vec<Label>,
    /// The observed value.
    #[prost(double, tag = "2")]
    pub value: f64,
    /// Milliseconds since the epoch.
    #[prost(int64, tag = "3")]
    pub timestamp: i64,
}

/// What is known about a metric family.
#[derive(Clone, PartialEq, prost::Message)]
pub struct MetricMetadata {
    /// The number of its type, see [`series`](super::series).
    #[prost(int32, tag = "1")]
    pub kind: i32,
    /// The family.
    #[prost(string, tag = "2")]
    pub name: String,
    /// The help.
    #[prost(string, tag = "4")]
    pub help: String,
    /// The unit.
    #[prost(string, tag = "5")]
    pub unit: String,
}

impl WriteRequest {
    /// Stores everything that the store takes.
    pub(super) fn store(self, store: &MetricStore) -> Stored {
        let mut stored = Stored::default();
        for TimeSeries { labels, samples, exemplars, histograms } in self.timeseries {
            let exemplars = exemplars.into_iter().map(|Exemplar { labels, value, timestamp }| exemplar::Exemplar {
                labels: to_labels(labels),
                value,
                timestamp,
            });
            stored.series(store, &to_labels(labels), &samples, exemplars, &histograms);
        }
        for entry in self.metadata {
            store.set_metadata(&entry.name, Metadata { kind: kind(entry.kind), help: entry.help, unit: entry.unit });
        }
        stored
    }
}

fn to_labels(labels: Vec<Label>) -> Labels {
    Labels::from_pairs(labels.into_iter().map(|label| (label.name, label.value)))
}
