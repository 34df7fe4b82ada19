//! The messages of what the lab itself sends by remote write.

use std::collections::HashMap;

use lab_metrics::model::exemplar::Exemplar;
use lab_metrics::outgoing::batch::{Batch, BatchSeries, Version};
use lab_model::{Labels, Sample as StoredSample};
use prost::Message;

use crate::prometheus::write::histogram::Histogram;
use crate::prometheus::write::series::{Sample, number};
use crate::prometheus::write::{v1, v2};

/// The packed message of a batch.
pub fn encode(batch: &Batch, version: Version) -> Vec<u8> {
    let message = match version {
        Version::V1 => first(batch).encode_to_vec(),
        Version::V2 => second(batch).encode_to_vec(),
    };
    // Packing fails only for what is longer than 4 GiB, which no batch is.
    snap::raw::Encoder::new().compress_vec(&message).unwrap_or_default()
}

fn samples(of: &[StoredSample]) -> Vec<Sample> {
    of.iter().map(|one| Sample { value: one.value, timestamp: one.timestamp }).collect()
}

fn first(batch: &Batch) -> v1::WriteRequest {
    let labels = |labels: &Labels| {
        let one = |label: &lab_model::Label| v1::Label { name: label.name.to_string(), value: label.value.to_string() };
        labels.iter().map(one).collect::<Vec<_>>()
    };
    let exemplar =
        |one: &Exemplar| v1::Exemplar { labels: labels(&one.labels), value: one.value, timestamp: one.timestamp };
    let series = |one: &BatchSeries| v1::TimeSeries {
        labels: labels(&one.labels),
        samples: samples(&one.samples),
        exemplars: one.exemplars.iter().map(exemplar).collect(),
        histograms: one.histograms.iter().map(Histogram::of).collect(),
    };
    let metadata = batch.metadata.iter().map(|(name, known)| v1::MetricMetadata {
        kind: number(known.kind),
        name: name.clone(),
        help: known.help.clone(),
        unit: known.unit.clone(),
    });
    v1::WriteRequest { timeseries: batch.series.iter().map(series).collect(), metadata: metadata.collect() }
}

fn second(batch: &Batch) -> v2::Request {
    let mut symbols = Symbols::default();
    symbols.number("");
    let timeseries = batch.series.iter().map(|one| v2::TimeSeries {
        labels_refs: symbols.labels(&one.labels),
        samples: samples(&one.samples),
        histograms: one.histograms.iter().map(Histogram::of).collect(),
        exemplars: one
            .exemplars
            .iter()
            .map(|exemplar| v2::Exemplar {
                labels_refs: symbols.labels(&exemplar.labels),
                value: exemplar.value,
                timestamp: exemplar.timestamp,
            })
            .collect(),
        metadata: one.metadata.as_ref().map(|known| v2::SeriesMetadata {
            kind: number(known.kind),
            help_ref: symbols.number(&known.help),
            unit_ref: symbols.number(&known.unit),
        }),
    });
    let timeseries = timeseries.collect();
    v2::Request { symbols: symbols.texts, timeseries }
}

/// All texts of a message, each once.
#[derive(Default)]
struct Symbols {
    texts: Vec<String>,
    numbers: HashMap<String, u32>,
}

impl Symbols {
    fn number(&mut self, text: &str) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = self.texts.len() as u32;
        self.texts.push(text.to_owned());
        self.numbers.insert(text.to_owned(), number);
        number
    }

    fn labels(&mut self, labels: &Labels) -> Vec<u32> {
        labels.iter().flat_map(|label| [self.number(&label.name), self.number(&label.value)]).collect()
    }
}
