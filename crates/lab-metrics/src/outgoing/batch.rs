//! What is sent at once by remote write.

use std::collections::BTreeMap;

use lab_model::{Labels, Sample};

use crate::ingest::scrape::relabel::{RelabelRule, relabel};
use crate::model::exemplar::Exemplar;
use crate::model::histogram_sample::HistogramSample;
use crate::model::metadata::Metadata;
use crate::store::append::outbox::{Fact, Outgoing};

/// Series with what came of each, in the order in which they came.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Batch {
    pub series: Vec<BatchSeries>,
    /// What is known about metric families, by name; version 2 has it at each series instead.
    pub metadata: BTreeMap<String, Metadata>,
}

/// What came of a series.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchSeries {
    pub labels: Labels,
    pub samples: Vec<Sample>,
    /// Its native histograms.
    pub histograms: Vec<HistogramSample>,
    pub exemplars: Vec<Exemplar>,
    /// What is known about its family.
    pub metadata: Option<Metadata>,
}

impl BatchSeries {
    fn new(labels: Labels) -> Self {
        Self { labels, samples: Vec::new(), histograms: Vec::new(), exemplars: Vec::new(), metadata: None }
    }
}

/// The versions of remote write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    V1,
    V2,
}

/// Makes the packed message of a batch.
pub type Encode = fn(&Batch, Version) -> Vec<u8>;

impl Batch {
    /// Gathers what came: external labels are added where they are missing, then the rules relabel or drop.
    pub fn gather(came: Vec<Outgoing>, external: &BTreeMap<String, String>, rules: &[RelabelRule]) -> Self {
        let mut places: BTreeMap<Labels, Option<usize>> = BTreeMap::new();
        let mut series: Vec<BatchSeries> = Vec::new();
        for Outgoing { labels: from, fact } in came {
            let place = places.entry(from).or_insert_with_key(|labels| {
                let labels = relabel(with_external(labels, external), rules).filter(|labels| !labels.is_empty())?;
                series.push(BatchSeries::new(labels));
                Some(series.len() - 1)
            });
            let Some(place) = *place else { continue };
            match fact {
                Fact::Sample(sample) => series[place].samples.push(sample),
                Fact::Histogram(histogram) => series[place].histograms.push(histogram),
                Fact::Exemplar(exemplar) => series[place].exemplars.push(exemplar),
            }
        }
        Self { series, metadata: BTreeMap::new() }
    }

    /// How many samples it holds.
    pub fn samples(&self) -> usize {
        self.series.iter().map(|series| series.samples.len()).sum()
    }

    /// How many native histograms it holds.
    pub fn histograms(&self) -> usize {
        self.series.iter().map(|series| series.histograms.len()).sum()
    }

    /// How many exemplars it holds.
    pub fn exemplars(&self) -> usize {
        self.series.iter().map(|series| series.exemplars.len()).sum()
    }

    /// Puts what is known about its family beside each series.
    pub fn describe(&mut self, known: &BTreeMap<String, Metadata>) {
        const ENDS: [&str; 5] = ["_total", "_bucket", "_count", "_sum", "_info"];
        for series in &mut self.series {
            let name = series.labels.metric_name().unwrap_or_default();
            let families = ENDS.iter().filter_map(|end| name.strip_suffix(end));
            series.metadata = std::iter::once(name).chain(families).find_map(|family| known.get(family)).cloned();
        }
    }
}

/// The labels, with the external ones that they lack.
pub(crate) fn with_external(labels: &Labels, external: &BTreeMap<String, String>) -> Labels {
    if external.is_empty() {
        return labels.clone();
    }
    let mut all = labels.to_builder();
    for (name, value) in external.iter().filter(|(name, _)| labels.get(name).is_none()) {
        all.set(name.as_str(), value.as_str());
    }
    all.build()
}
