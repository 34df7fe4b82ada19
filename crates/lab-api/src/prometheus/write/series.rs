//! What both versions of remote write share: samples, the numbers of metric types, and the way of a series
//! into the store.

use lab_metrics::MetricStore;
use lab_metrics::model::exemplar::Exemplar;
use lab_metrics::model::metadata::MetricKind;
use lab_model::Sample as StoredSample;
use lab_storage::{LabelRules, TimeLimits};

#[derive(Clone, Copy, PartialEq, prost::Message)]
pub struct Sample {
    #[prost(double, tag = "1")]
    pub value: f64,
    /// Milliseconds since the epoch.
    #[prost(int64, tag = "2")]
    pub timestamp: i64,
}

/// The metric types by their numbers.
pub(crate) fn kind(number: i32) -> MetricKind {
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
pub(crate) struct Stored {
    pub(crate) samples: usize,
    pub(crate) exemplars: usize,
    /// The first refusal.
    pub(crate) refusal: Option<String>,
    /// The times that are taken.
    times: TimeLimits,
    /// For the samples of the series at hand.
    buffer: Vec<StoredSample>,
}

impl Stored {
    /// Nothing yet of a request that arrived at `now_ms`.
    pub(crate) fn new(now_ms: i64) -> Self {
        Self { times: TimeLimits::at_most_ahead(now_ms, 1000), ..Self::default() }
    }

    /// Stores a series with what came with it, as far as the store takes it; native histograms it does not.
    pub(crate) fn series<N: AsRef<str>, V: AsRef<str>>(
        &mut self,
        store: &MetricStore,
        labels: &[(N, V)],
        samples: &[Sample],
        exemplars: impl IntoIterator<Item = Exemplar>,
        native_histograms: &[Vec<u8>],
    ) {
        let labels = match LabelRules::collect(labels) {
            Ok(labels) => labels,
            Err(problem) => {
                store.refuse(&problem, samples.len());
                return self.refuse(format!("invalid labels for series {}: {problem}", sent(labels)));
            }
        };
        self.buffer.clear();
        self.buffer.extend(samples.iter().map(|one| StoredSample { timestamp: one.timestamp, value: one.value }));
        let (taken, refusal) = store.append_batch(&labels, &self.buffer, &self.times);
        self.samples += taken;
        if let Some(refusal) = refusal {
            self.refuse(format!("{refusal} (series {labels})"));
        }
        for exemplar in exemplars {
            match store.append_exemplar(&labels, exemplar) {
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

/// Labels as they were sent, for a message about what cannot be a label set.
fn sent<N: AsRef<str>, V: AsRef<str>>(labels: &[(N, V)]) -> String {
    let pairs: Vec<_> = labels.iter().map(|(name, value)| format!("{}={:?}", name.as_ref(), value.as_ref())).collect();
    format!("{{{}}}", pairs.join(", "))
}
