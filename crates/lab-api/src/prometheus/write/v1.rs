//! Messages of remote write 1.0 (`prometheus.WriteRequest`), as far as they are stored.

use bytes::Bytes;
use lab_metrics::MetricStore;
use lab_metrics::model::exemplar;
use lab_metrics::model::metadata::Metadata;
use lab_model::Labels;
use lab_storage::Wait;
use prost::{DecodeError, Message};

use crate::prometheus::write::histogram::Histogram;
use crate::prometheus::write::series::{Intake, Sample, Stored, kind};

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
    #[prost(message, repeated, tag = "2")]
    pub samples: Vec<Sample>,
    #[prost(message, repeated, tag = "3")]
    pub exemplars: Vec<Exemplar>,
    /// Its native histograms.
    #[prost(message, repeated, tag = "4")]
    pub histograms: Vec<Histogram>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct Label {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(string, tag = "2")]
    pub value: String,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct Exemplar {
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
    #[prost(string, tag = "2")]
    pub name: String,
    #[prost(string, tag = "4")]
    pub help: String,
    #[prost(string, tag = "5")]
    pub unit: String,
}

/// The same request with its series as they came: decoded all at once they take many times the room, which an
/// allocator then keeps for each thread that ever stored a request.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct PackedRequest {
    #[prost(bytes = "bytes", repeated, tag = "1")]
    timeseries: Vec<Bytes>,
    #[prost(message, repeated, tag = "3")]
    metadata: Vec<MetricMetadata>,
}

impl PackedRequest {
    /// Stores everything that the store takes, up to the first series that cannot be decoded; the error is about that one.
    pub(crate) fn store(self, store: &MetricStore, now_ms: i64) -> Result<Result<Stored, DecodeError>, Wait> {
        let mut intake = Intake::new(store, now_ms);
        let decoded = self.into_intake(&mut intake);
        let stored = intake.finish()?;
        Ok(decoded.map(|()| stored))
    }

    fn into_intake(self, intake: &mut Intake<'_>) -> Result<(), DecodeError> {
        for series in self.timeseries {
            let TimeSeries { labels, samples, exemplars, histograms } = TimeSeries::decode(series)?;
            let exemplars = exemplars.into_iter().map(|Exemplar { labels, value, timestamp }| exemplar::Exemplar {
                labels: Labels::from_pairs(labels.into_iter().map(|label| (label.name, label.value))),
                value,
                timestamp,
            });
            let labels: Vec<_> = labels.into_iter().map(|label| (label.name, label.value)).collect();
            intake.series(&labels, &samples, exemplars.collect(), &histograms);
        }
        for entry in self.metadata {
            intake.describe(&entry.name, Metadata { kind: kind(entry.kind), help: entry.help, unit: entry.unit });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use lab_metrics::store::limits::Limits;
    use lab_storage::Location;

    use super::*;

    #[test]
    fn what_stands_before_a_garbled_series_is_stored() {
        let series = |name: &str| TimeSeries {
            labels: vec![Label { name: "__name__".to_owned(), value: name.to_owned() }],
            samples: vec![Sample { timestamp: 1, value: 2.0 }],
            ..TimeSeries::default()
        };
        let mut request = WriteRequest { timeseries: vec![series("good"), series("bad")], metadata: Vec::new() };
        let store = || MetricStore::open(&Location::Memory, Limits::default()).expect("opens");
        let stored = |store: &MetricStore, bytes: Vec<u8>| {
            PackedRequest::decode(Bytes::from(bytes))
                .and_then(|packed| packed.store(store, 0).expect("there is room"))
                .map(|stored| stored.samples)
        };
        assert_eq!(stored(&store(), request.encode_to_vec()), Ok(2));

        let garbled = PackedRequest {
            timeseries: vec![series("good").encode_to_vec().into(), Bytes::from_static(b"\x0a\xff")],
            metadata: Vec::new(),
        };
        let store = store();
        assert!(stored(&store, garbled.encode_to_vec()).is_err());
        assert_eq!(store.series_count(), 1);

        request.timeseries.clear();
        assert_eq!(stored(&store, request.encode_to_vec()), Ok(0));
    }
}
