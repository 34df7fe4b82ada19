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

#[test]
fn names_and_values_of_labels_are_those_of_series_in_the_range() {
    let store = in_memory(Limits::default());
    let early = Labels::from_pairs([("__name__", "a"), ("job", "x"), ("early", "1")]);
    let late = Labels::from_pairs([("__name__", "b"), ("job", "y"), ("late", "2")]);
    store.append(&early, sample(1_000, 1.0)).expect("taken");
    store.append(&late, sample(900_000, 1.0)).expect("taken");
    let every = vec![Matcher::equal("job", "x")];
    let other = vec![Matcher::equal("job", "y")];
    for sets in [Vec::new(), vec![every, other]] {
        let names = |start, end| {
            let names = store.label_names(&sets, start, end);
            names.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
        };
        let values = |name: &str, start, end| {
            let values = store.label_values(name, &sets, start, end);
            values.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(names(0, 2_000), "__name__ early job");
        assert_eq!(names(800_000, 1_000_000), "__name__ job late");
        assert_eq!(names(0, 1_000_000), "__name__ early job late");
        assert_eq!(names(300_000, 400_000), "");
        assert_eq!(values("job", 0, 2_000), "x");
        assert_eq!(values("job", i64::MIN, i64::MAX), "x y");
        assert_eq!(values("late", 0, 2_000), "");
    }
}
