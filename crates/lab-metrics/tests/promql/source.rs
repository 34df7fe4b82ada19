//! A store for scripts: series in memory. What is known about the resets of a native histogram is found out when it is
//! loaded, as a real store does.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use lab_histogram::{CounterReset, Histogram};
use lab_metrics::model::histogram_sample::{HistogramSample, Samples};
use lab_metrics::promql::error::PromqlError;
use lab_metrics::promql::source::{Selection, SeriesSource, Visit};
use lab_model::{Interrupt, Labels, Sample};

use crate::notation::Item;

/// Series in memory.
#[derive(Default)]
pub(crate) struct MemorySource {
    series: BTreeMap<Labels, BTreeMap<i64, Item>>,
}

impl MemorySource {
    /// Adds the items of a series, one each `interval` milliseconds from zero on.
    pub(crate) fn load(&mut self, labels: &Labels, items: &[Item], interval: i64) {
        for (at, item) in items.iter().enumerate().filter(|(_, item)| **item != Item::Missing) {
            let series = self.series.entry(labels.clone()).or_default();
            series.insert(at as i64 * interval, item.clone());
        }
    }

    fn selected<'a>(&'a self, selection: &'a Selection) -> impl Iterator<Item = (&'a Labels, &'a BTreeMap<i64, Item>)> {
        self.series.iter().filter(|(labels, _)| selection.matchers.iter().all(|matcher| matcher.matches_labels(labels)))
    }
}

/// The histograms of a series with what is known about their resets.
fn histograms(items: &BTreeMap<i64, Item>) -> Vec<HistogramSample> {
    let mut before: Option<Arc<Histogram>> = None;
    let mut found = Vec::new();
    for (timestamp, item) in items {
        let Item::Native(written) = item else {
            before = None;
            continue;
        };
        let mut histogram = (*written.histogram).clone();
        histogram.reset = match (&before, histogram.reset) {
            (_, CounterReset::Gauge) => CounterReset::Gauge,
            // As Prometheus' chunks have it: what is known is that there was none.
            (Some(before), hint)
                if before.reset != CounterReset::Gauge
                    && hint != CounterReset::Reset
                    && !histogram.is_reset_since(before) =>
            {
                CounterReset::NotReset
            }
            _ => CounterReset::Unknown,
        };
        let histogram = Arc::new(histogram);
        before = Some(histogram.clone());
        found.push(HistogramSample { timestamp: *timestamp, histogram });
    }
    found
}

impl SeriesSource for MemorySource {
    fn select(&self, selection: &Selection, interrupt: &Interrupt, visit: &mut Visit<'_>) -> Result<(), PromqlError> {
        let range = selection.start..=selection.end;
        for (labels, items) in self.selected(selection) {
            if interrupt.is_set() {
                return Err(PromqlError::Interrupted);
            }
            let float = |(timestamp, item): (&i64, &Item)| match item {
                Item::Value(value) => Some(Sample { timestamp: *timestamp, value: *value }),
                _ => None,
            };
            let floats: Vec<Sample> = items.range(range.clone()).filter_map(float).collect();
            let mut histograms = histograms(items);
            histograms.retain(|sample| range.contains(&sample.timestamp));
            let samples = Samples { floats: &floats, histograms: &histograms };
            if !samples.is_empty() {
                visit(labels, samples)?;
            }
        }
        Ok(())
    }

    fn label_names(&self, selection: &Selection) -> Vec<Arc<str>> {
        let names = self.selected(selection).flat_map(|(labels, _)| labels.iter().map(|label| label.name.clone()));
        names.collect::<BTreeSet<_>>().into_iter().collect()
    }

    fn label_values(&self, name: &str, selection: &Selection) -> Vec<Arc<str>> {
        let values = self.selected(selection).filter_map(|(labels, _)| labels.get(name).map(Arc::from));
        values.collect::<BTreeSet<_>>().into_iter().collect()
    }
}
