//! A store for scripts: series in memory, and a note whether native histograms were asked for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use lab_metrics::promql::error::PromqlError;
use lab_metrics::promql::source::{Selection, SeriesSource, Visit};
use lab_model::{Interrupt, Labels, Sample};

use crate::notation::Item;

/// Series in memory.
#[derive(Default)]
pub(crate) struct MemorySource {
    series: BTreeMap<Labels, BTreeMap<i64, f64>>,
    native: BTreeMap<Labels, Vec<i64>>,
    native_asked: AtomicBool,
}

impl MemorySource {
    /// Adds the items of a series, one each `interval` milliseconds from zero on.
    pub(crate) fn load(&mut self, labels: &Labels, items: &[Item], interval: i64) {
        for (at, item) in items.iter().enumerate() {
            let time = at as i64 * interval;
            match item {
                Item::Missing => {}
                Item::Value(value) => {
                    self.series.entry(labels.clone()).or_default().insert(time, *value);
                }
                Item::Native => self.native.entry(labels.clone()).or_default().push(time),
            }
        }
    }

    /// Marks a series as a native histogram with custom buckets.
    pub(crate) fn mark_native(&mut self, labels: Labels, times: Vec<i64>) {
        self.native.entry(labels).or_default().extend(times);
    }

    fn selected<'a>(&'a self, selection: &'a Selection) -> impl Iterator<Item = &'a Labels> {
        self.series.keys().filter(|labels| selection.matchers.iter().all(|matcher| matcher.matches_labels(labels)))
    }

    /// Whether a native histogram was selected since the last call.
    pub(crate) fn take_native_asked(&self) -> bool {
        self.native_asked.swap(false, Ordering::Relaxed)
    }
}

impl SeriesSource for MemorySource {
    fn select(&self, selection: &Selection, interrupt: &Interrupt, visit: &mut Visit<'_>) -> Result<(), PromqlError> {
        let matches = |labels: &Labels| selection.matchers.iter().all(|matcher| matcher.matches_labels(labels));
        let range = selection.start..=selection.end;
        if self.native.iter().any(|(labels, times)| matches(labels) && times.iter().any(|time| range.contains(time))) {
            self.native_asked.store(true, Ordering::Relaxed);
        }
        for (labels, samples) in self.series.iter().filter(|(labels, _)| matches(labels)) {
            if interrupt.is_set() {
                return Err(PromqlError::Interrupted);
            }
            let samples = samples.range(range.clone());
            let samples: Vec<Sample> =
                samples.map(|(timestamp, value)| Sample { timestamp: *timestamp, value: *value }).collect();
            if !samples.is_empty() {
                visit(labels, &samples)?;
            }
        }
        Ok(())
    }

    fn label_names(&self, selection: &Selection) -> Vec<Arc<str>> {
        let names = self.selected(selection).flat_map(|labels| labels.iter().map(|label| label.name.clone()));
        names.collect::<BTreeSet<_>>().into_iter().collect()
    }

    fn label_values(&self, name: &str, selection: &Selection) -> Vec<Arc<str>> {
        let values = self.selected(selection).filter_map(|labels| labels.get(name).map(Arc::from));
        values.collect::<BTreeSet<_>>().into_iter().collect()
    }
}
