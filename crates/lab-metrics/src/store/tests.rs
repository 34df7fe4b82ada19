//! Tests of the store.

mod account;
mod concurrency;
mod crash;
mod damage;
mod histograms;
mod kill;
mod model;
mod rules;
mod upkeep;

use lab_model::{Interrupt, Labels, Matcher, Sample};
use lab_storage::Location;

use crate::model::exemplar::Exemplar;
use crate::model::histogram_sample::Samples;
use crate::store::MetricStore;
use crate::store::error::StoreError;
use crate::store::limits::Limits;

/// A folder that goes with the test.
struct Folder(std::path::PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("dicelab-metrics-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("made");
        Self(path)
    }

    fn open(&self) -> MetricStore {
        MetricStore::open(&Location::Directory(self.0.clone()), Limits::default()).expect("opens")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).expect("removed");
    }
}

fn in_memory(options: Limits) -> MetricStore {
    MetricStore::open(&Location::Memory, options).expect("opens")
}

fn sample(timestamp: i64, value: f64) -> Sample {
    Sample { timestamp, value }
}

fn labels(name: &str, job: &str) -> Labels {
    Labels::from_pairs([("__name__", name), ("job", job)])
}

/// Everything that a selection shows.
fn select(store: &MetricStore, matchers: &[Matcher], start: i64, end: i64) -> Vec<(Labels, Vec<Sample>)> {
    let mut found = Vec::new();
    let visit = |labels: &Labels, samples: Samples<'_>| {
        found.push((labels.clone(), samples.floats.to_vec()));
        Ok::<_, StoreError>(())
    };
    store.select(matchers, (start, end), &Interrupt::default(), visit).expect("selects");
    found
}

/// Time and value of all samples of the metric `name`.
fn samples(store: &MetricStore, name: &str) -> Vec<(i64, f64)> {
    let found = select(store, &[Matcher::equal("__name__", name)], i64::MIN, i64::MAX);
    found.into_iter().flat_map(|(_, samples)| samples).map(|sample| (sample.timestamp, sample.value)).collect()
}

fn exemplar(trace: &str, timestamp: i64) -> Exemplar {
    Exemplar { labels: Labels::from_pairs([("trace_id", trace)]), value: 0.5, timestamp }
}
