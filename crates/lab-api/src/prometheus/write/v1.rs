//! Messages of remote write 1.0 (`prometheus.WriteRequest`), as far as they are stored.

use bytes::Bytes;
use lab_metrics::MetricStore;
use lab_metrics::model::exemplar;
use lab_metrics::model::metadata::Metadata;
use lab_model::Labels;
use lab_storage::Wait;
use prost::Message;

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

/// A series as it came: its labels stay where they are in the request, so that a series that is known costs no text.
#[derive(Clone, PartialEq, prost::Message)]
struct PackedSeries {
    #[prost(message, repeated, tag = "1")]
    labels: Vec<PackedLabel>,
    #[prost(message, repeated, tag = "2")]
    samples: Vec<Sample>,
    #[prost(message, repeated, tag = "3")]
    exemplars: Vec<Exemplar>,
    #[prost(message, repeated, tag = "4")]
    histograms: Vec<Histogram>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct PackedLabel {
    #[prost(bytes = "bytes", tag = "1")]
    name: Bytes,
    #[prost(bytes = "bytes", tag = "2")]
    value: Bytes,
}

impl PackedSeries {
    /// Its labels, if all of them are text.
    fn pairs<'s>(&'s self) -> Result<Vec<(&'s str, &'s str)>, String> {
        let pair = |label: &'s PackedLabel| Ok((text("name", &label.name)?, text("value", &label.value)?));
        self.labels.iter().map(pair).collect()
    }
}

fn text<'b>(field: &str, bytes: &'b [u8]) -> Result<&'b str, String> {
    let reason = "invalid string value: data is not UTF-8 encoded";
    std::str::from_utf8(bytes).map_err(|_| format!("failed to decode Protobuf message: Label.{field}: {reason}"))
}

impl PackedRequest {
    /// Stores everything that the store takes, up to the first series that cannot be decoded; the error is about that one.
    pub(crate) fn store(self, store: &MetricStore, now_ms: i64) -> Result<Result<Stored, String>, Wait> {
        let mut intake = Intake::new(store, now_ms);
        let decoded = self.into_intake(&mut intake);
        let stored = intake.finish()?;
        Ok(decoded.map(|()| stored))
    }

    fn into_intake(self, intake: &mut Intake<'_>) -> Result<(), String> {
        for series in self.timeseries {
            let mut series = PackedSeries::decode(series).map_err(|error| error.to_string())?;
            let exemplars = std::mem::take(&mut series.exemplars).into_iter();
            let exemplars = exemplars.map(|Exemplar { labels, value, timestamp }| exemplar::Exemplar {
                labels: Labels::from_pairs(labels.into_iter().map(|label| (label.name, label.value))),
                value,
                timestamp,
            });
            intake.series(&series.pairs()?, &series.samples, exemplars.collect(), &series.histograms);
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
                .map_err(|error| error.to_string())
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

        let not_text = PackedSeries {
            labels: vec![PackedLabel { name: Bytes::from_static(b"a"), value: Bytes::from_static(b"\xff") }],
            ..PackedSeries::default()
        };
        let not_text = PackedRequest { timeseries: vec![not_text.encode_to_vec().into()], metadata: Vec::new() };
        let refusal = stored(&store, not_text.encode_to_vec()).expect_err("refused");
        assert!(refusal.ends_with("Label.value: invalid string value: data is not UTF-8 encoded"), "{refusal}");

        request.timeseries.clear();
        assert_eq!(stored(&store, request.encode_to_vec()), Ok(0));
    }
}
