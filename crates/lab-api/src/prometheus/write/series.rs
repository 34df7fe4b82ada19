//! What both versions of remote write share: samples, the numbers of metric types, and the way of a series
//! into the store.

use std::time::Duration;

use lab_metrics::MetricStore;
use lab_metrics::model::exemplar::Exemplar;
use lab_metrics::model::histogram_sample::Samples;
use lab_metrics::model::metadata::{Metadata, MetricKind};
use lab_metrics::store::append::push::{Push, Pushed};
use lab_model::Sample as StoredSample;
use lab_storage::{LabelRules, TimeLimits, Wait};

use crate::prometheus::write::histogram::Histogram;

#[derive(Clone, Copy, PartialEq, prost::Message)]
pub struct Sample {
    #[prost(double, tag = "1")]
    pub value: f64,
    /// Milliseconds since the epoch.
    #[prost(int64, tag = "2")]
    pub timestamp: i64,
}

/// The metric types by their numbers.
pub fn kind(number: i32) -> MetricKind {
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

/// The number of a metric type.
pub fn number(kind: MetricKind) -> i32 {
    match kind {
        MetricKind::Unknown => 0,
        MetricKind::Counter => 1,
        MetricKind::Gauge => 2,
        MetricKind::Histogram => 3,
        MetricKind::GaugeHistogram => 4,
        MetricKind::Summary => 5,
        MetricKind::Info => 6,
        MetricKind::StateSet => 7,
    }
}

/// A request on its way into the store.
#[derive(Debug)]
pub(crate) struct Intake<'a> {
    store: &'a MetricStore,
    push: Push,
    /// What was refused before the store was asked, and the place of the series before which it stood.
    refused: Option<(usize, String)>,
    /// How many series were added.
    series: usize,
    /// For the samples of the series at hand.
    buffer: Vec<StoredSample>,
}

/// What became of a request.
#[derive(Debug, Default)]
pub(crate) struct Stored {
    pub(crate) samples: usize,
    pub(crate) histograms: usize,
    pub(crate) exemplars: usize,
    /// The first refusal.
    pub(crate) refusal: Option<String>,
}

impl<'a> Intake<'a> {
    /// Nothing yet of a request that arrived at `now_ms`.
    pub(crate) fn new(store: &'a MetricStore, now_ms: i64) -> Self {
        let push = Push::new(TimeLimits::at_most_ahead(now_ms, 1000));
        Self { store, push, refused: None, series: 0, buffer: Vec::new() }
    }

    /// Adds a series with what came with it; a histogram that makes no sense is refused, and nothing else with it.
    pub(crate) fn series(
        &mut self,
        labels: &[(&str, &str)],
        samples: &[Sample],
        exemplars: Vec<Exemplar>,
        histograms: &[Histogram],
    ) {
        // A series that is there has labels that were checked, and nothing has to be built to find it.
        let known = self.store.find(labels);
        let labels =
            match known.as_ref().map_or_else(|| LabelRules::collect(labels), |known| Ok(known.labels().clone())) {
                Ok(labels) => labels,
                Err(problem) => {
                    self.store.refuse(&problem, samples.len() + histograms.len());
                    return self.refuse(format!("invalid labels for series {}: {problem}", sent(labels)));
                }
            };
        let mut good = Vec::with_capacity(histograms.len());
        for histogram in histograms {
            match histogram.sample() {
                Ok(sample) => good.push(sample),
                Err(problem) => {
                    self.store.refuse_histogram();
                    self.refuse(format!("invalid histogram of series {labels}: {problem}"));
                }
            }
        }
        self.buffer.clear();
        self.buffer.extend(samples.iter().map(|one| StoredSample { timestamp: one.timestamp, value: one.value }));
        let all = Samples { floats: &self.buffer, histograms: &good };
        let place = match known {
            Some(known) => self.store.add_to(&mut self.push, &known, all, exemplars),
            None => self.store.add(&mut self.push, labels, all, exemplars),
        };
        self.series = place + 1;
    }

    /// Says what is known about a metric family.
    pub(crate) fn describe(&mut self, name: &str, metadata: Metadata) {
        self.push.describe(name, metadata);
    }

    /// Hands everything to the store.
    pub(crate) fn finish(self) -> Result<Stored, Wait> {
        let pushed = self.store.push(self.push, Duration::ZERO)?;
        let in_store =
            pushed.refused.first().map(|(place, labels, refusal)| (*place, format!("{refusal} (series {labels})")));
        let first = self.refused.into_iter().chain(in_store).min_by_key(|(place, _)| *place);
        let Pushed { samples, histograms, exemplars, .. } = pushed;
        Ok(Stored { samples, histograms, exemplars, refusal: first.map(|(_, reason)| reason) })
    }

    /// Keeps the first reason.
    fn refuse(&mut self, reason: String) {
        self.refused.get_or_insert((self.series, reason));
    }
}

/// Labels as they were sent, for a message about what cannot be a label set.
fn sent(labels: &[(&str, &str)]) -> String {
    let pairs: Vec<_> = labels.iter().map(|(name, value)| format!("{name}={value:?}")).collect();
    format!("{{{}}}", pairs.join(", "))
}
