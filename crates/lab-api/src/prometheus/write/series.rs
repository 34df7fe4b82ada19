//! What both versions of remote write share: samples, the numbers of metric types, and the way of a series
//! into the store.

use lab_metrics::MetricStore;
use lab_metrics::store::exemplar::Exemplar;
use lab_metrics::store::metadata::MetricKind;
use lab_model::{Labels, Sample as StoredSample};

/// A sample.
#[derive(Clone, Copy, PartialEq, prost::Message)]
pub struct Sample {
    /// The value.
    #[prost(double, tag = "1")]
    pub value: f64,
    /// Milliseconds since the epoch.
    #[prost(int64, tag = "2")]
    pub timestamp: i64,
}

/// The metric types by their numbers.
pub(super) fn kind(number: i32) -> MetricKind {
    match number {
        1 => MetricKind::Counter,
        2 => MetricKind::Gauge,
        3 => MetricKind::Histogram,
        4 => MetricKind::GaugeHistogram,
        5 => MetricKind::Summary,
        6 => MetricKind::Info,
        7 => MetricKind::StateSet,
        _ => MetricKind::Unknown,
    }
}

/// What became of a request so far.
#[derive(Debug, Default)]
pub(super) struct Stored {
    pub(super) samples: usize,
    pub(super) exemplars: usize,
    /// The first refusal.
    pub(super) refusal: Option<String>,
    /// For the samples of the series at hand.
    buffer: Vec<StoredSample>,
}

impl Stored {
    /// Stores a series with what came with it, as far as the store takes it; native histograms it does not.
    pub(super) fn series(
        &mut self,
        store: &MetricStore,
        labels: &Labels,
        samples: &[Sample],
        exemplars: impl IntoIterator<Item = Exemplar>,
        native_histograms: &[Vec<u8>],
    ) {
        self.buffer.clear();
        self.buffer.extend(samples.iter().map(|one| StoredSample { timestamp: one.timestamp, value: one.value }));
        let (taken, refusal) = store.append_batch(labels, &self.buffer);
        self.samples += taken;
        if let Some(refusal) = refusal {
            self.refuse(format!("{refusal} (series {labels})"));
        }
        for exemplar in exemplars {
            match store.append_exemplar(labels, exemplar) {
                Ok(()) => self.exemplars += 1,
                Err(refusal) => self.refuse(refusal.to_string()),
            }
        }
        if !native_histograms.is_empty() {
            self.refuse(format!("native histograms are not supported (series {labels})"));
        }
    }

    /// Keeps the first reason.
    fn refuse(&mut self, reason: String) {
        self.refusal.get_or_insert(reason);
    }
}
