//! Messages of remote write 2.0 (`io.prometheus.write.v2.Request`), as far as they are stored. All texts
//! stand once in a table of symbols.

use lab_metrics::MetricStore;
use lab_metrics::model::exemplar;
use lab_metrics::model::metadata::Metadata;
use lab_model::Labels;
use lab_model::labels::METRIC_NAME;
use lab_storage::Wait;

use crate::prometheus::write::histogram::Histogram;
use crate::prometheus::write::series::{Intake, Sample, Stored, kind};

#[derive(Clone, PartialEq, prost::Message)]
pub struct Request {
    /// All texts; the first is empty.
    #[prost(string, repeated, tag = "4")]
    pub symbols: Vec<String>,
    /// Series with their samples.
    #[prost(message, repeated, tag = "5")]
    pub timeseries: Vec<TimeSeries>,
}

/// A series with its samples.
#[derive(Clone, PartialEq, prost::Message)]
pub struct TimeSeries {
    /// Numbers of symbols: name, value, name, value …
    #[prost(uint32, repeated, tag = "1")]
    pub labels_refs: Vec<u32>,
    #[prost(message, repeated, tag = "2")]
    pub samples: Vec<Sample>,
    /// Its native histograms.
    #[prost(message, repeated, tag = "3")]
    pub histograms: Vec<Histogram>,
    #[prost(message, repeated, tag = "4")]
    pub exemplars: Vec<Exemplar>,
    /// What is known about its family.
    #[prost(message, optional, tag = "5")]
    pub metadata: Option<SeriesMetadata>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct Exemplar {
    /// Numbers of symbols: name, value, name, value …
    #[prost(uint32, repeated, tag = "1")]
    pub labels_refs: Vec<u32>,
    /// The observed value.
    #[prost(double, tag = "2")]
    pub value: f64,
    /// Milliseconds since the epoch.
    #[prost(int64, tag = "3")]
    pub timestamp: i64,
}

/// What is known about a metric family.
#[derive(Clone, Copy, PartialEq, prost::Message)]
pub struct SeriesMetadata {
    /// As in version 1.
    #[prost(int32, tag = "1")]
    pub kind: i32,
    /// Symbol of the help.
    #[prost(uint32, tag = "3")]
    pub help_ref: u32,
    /// Symbol of the unit.
    #[prost(uint32, tag = "4")]
    pub unit_ref: u32,
}

impl Request {
    /// Stores everything that the store takes, up to a number that is no symbol, which the error is about.
    pub(crate) fn store(self, store: &MetricStore, now_ms: i64) -> Result<Result<Stored, String>, Wait> {
        let mut intake = Intake::new(store, now_ms);
        let resolved = self.add_to(&mut intake);
        let stored = intake.finish()?;
        Ok(resolved.map(|()| stored))
    }

    fn add_to(&self, intake: &mut Intake<'_>) -> Result<(), String> {
        for series in &self.timeseries {
            let labels = self.pairs(&series.labels_refs)?;
            let exemplar = |one: &Exemplar| {
                let labels = Labels::from_pairs(self.pairs(&one.labels_refs)?);
                Ok(exemplar::Exemplar { labels, value: one.value, timestamp: one.timestamp })
            };
            let exemplars: Vec<_> = series.exemplars.iter().map(exemplar).collect::<Result<_, String>>()?;
            intake.series(&labels, &series.samples, exemplars, &series.histograms);
            let name = labels.iter().find(|(name, _)| *name == METRIC_NAME).map(|(_, name)| *name);
            if let (Some(metadata), Some(name)) = (&series.metadata, name) {
                let [help, unit] = [metadata.help_ref, metadata.unit_ref].map(|number| self.symbol(number));
                let (help, unit) = (help?.to_owned(), unit?.to_owned());
                intake.describe(name, Metadata { kind: kind(metadata.kind), help, unit });
            }
        }
        Ok(())
    }

    fn pairs(&self, refs: &[u32]) -> Result<Vec<(&str, &str)>, String> {
        let (pairs, rest) = refs.as_chunks::<2>();
        if !rest.is_empty() {
            return Err(format!("invalid labels_refs length {}", refs.len()));
        }
        let pair = |[name, value]: &[u32; 2]| Ok((self.symbol(*name)?, self.symbol(*value)?));
        pairs.iter().map(pair).collect()
    }

    fn symbol(&self, number: u32) -> Result<&str, String> {
        let symbol = self.symbols.get(number as usize).map(String::as_str);
        symbol.ok_or_else(|| format!("symbol {number} of {} is out of range", self.symbols.len()))
    }
}
