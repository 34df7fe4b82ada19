//! Native histograms in the store: beside numbers, on disk, in the journal, deleted and counted.

use std::sync::Arc;
use std::time::Duration;

use lab_histogram::{Buckets, CounterReset, Histogram, Schema};
use lab_model::{Interrupt, Matcher};
use lab_storage::{Location, SignalStore, TimeLimits};

use super::{Folder, labels, sample};
use crate::model::histogram_sample::{HistogramSample, Samples};
use crate::store::MetricStore;
use crate::store::append::push::Push;
use crate::store::error::{AppendError, StoreError};
use crate::store::limits::Limits;

fn histogram(timestamp: i64, counts: [f64; 2]) -> HistogramSample {
    let histogram = Histogram {
        count: counts.iter().sum(),
        sum: counts[1],
        positive: Buckets::from_pairs((0..).zip(counts)),
        ..Histogram::empty(Schema::Exponential(2))
    };
    HistogramSample { timestamp, histogram: Arc::new(histogram) }
}

fn push(store: &MetricStore, samples: &[HistogramSample]) -> Vec<AppendError> {
    let mut push = Push::new(TimeLimits::ANY);
    store.add(&mut push, labels("h", "x"), samples, Vec::new());
    let pushed = store.push(push, Duration::ZERO).expect("there is room");
    pushed.refused.into_iter().map(|(.., error)| error).collect()
}

/// Numbers and histograms of the series `h`.
fn found(store: &MetricStore) -> (Vec<(i64, f64)>, Vec<HistogramSample>) {
    let (mut floats, mut histograms) = (Vec::new(), Vec::new());
    let visit = |_: &_, samples: Samples<'_>| {
        floats.extend(samples.floats.iter().map(|sample| (sample.timestamp, sample.value)));
        histograms.extend_from_slice(samples.histograms);
        Ok::<_, StoreError>(())
    };
    let matcher = [Matcher::equal("__name__", "h")];
    store.select(&matcher, (i64::MIN, i64::MAX), &Interrupt::default(), visit).expect("selects");
    (floats, histograms)
}

fn assert_balanced(store: &MetricStore, kept: u64) {
    let balance = store.balance().expect("counted");
    assert_eq!((balance.difference(), balance.kept), (0, kept), "{balance:?}");
}

#[test]
fn histograms_are_kept_beside_numbers_over_a_restart_and_a_kill() {
    let folder = Folder::new("histograms");
    let all = [histogram(1000, [1.0, 2.0]), histogram(2000, [2.0, 2.0]), histogram(4000, [2.0, 5.5])];
    let store = folder.open();
    assert_eq!(push(&store, &all[..2]), []);
    store.append(&labels("h", "x"), sample(3000, 7.0)).expect("taken");
    store.flush().expect("flushes");
    assert_eq!(push(&store, &all[2..]), []);
    let kept = || (vec![(3000, 7.0)], all.to_vec());
    assert_eq!(found(&store), kept());
    assert_balanced(&store, 4);
    // What was pushed and not flushed is in the journal.
    drop(store);
    let store = folder.open();
    assert_eq!(found(&store), kept());
    assert_balanced(&store, 4);
    store.flush().expect("flushes");
    drop(store);
    assert_eq!(found(&folder.open()), kept());
}

#[test]
fn a_snapshot_holds_histograms_too() {
    let folder = Folder::new("histogram-snapshot");
    let store = folder.open();
    push(&store, &[histogram(1000, [1.0, 2.0]), histogram(2000, [2.0, 2.5])]);
    let copy = store.snapshot("now").expect("copied");
    let location = Location::Directory(copy.parent().expect("a folder").to_owned());
    let copied = MetricStore::open(&location, Limits::default()).expect("opens");
    assert_eq!(found(&copied), found(&store));
    assert_balanced(&copied, 2);
}

#[test]
fn what_is_known_about_resets_is_that_there_was_none() {
    let store = Folder::new("histogram-resets").open();
    push(&store, &[histogram(1, [1.0, 1.0]), histogram(2, [2.0, 1.0]), histogram(3, [1.0, 1.0])]);
    let resets: Vec<_> = found(&store).1.iter().map(|sample| sample.histogram.reset).collect();
    assert_eq!(resets, [CounterReset::Unknown, CounterReset::NotReset, CounterReset::Unknown]);
}

#[test]
fn repeated_late_and_senseless_histograms_are_told_apart() {
    let store = Folder::new("histogram-times").open();
    assert_eq!(push(&store, &[histogram(10_000, [1.0, 1.0]), histogram(20_000, [2.0, 1.0])]), []);
    assert_eq!(push(&store, &[histogram(20_000, [2.0, 1.0]), histogram(15_000, [1.0, 1.0])]), []);
    let other = push(&store, &[histogram(20_000, [3.0, 1.0])]);
    assert!(matches!(other[..], [AppendError::DuplicateTimestamp { .. }]), "{other:?}");
    let negative = push(&store, &[histogram(30_000, [-1.0, 1.0])]);
    assert!(matches!(negative[..], [AppendError::Histogram(_)]), "{negative:?}");
    let times: Vec<_> = found(&store).1.iter().map(|sample| sample.timestamp).collect();
    assert_eq!(times, [10_000, 15_000, 20_000]);
    assert_balanced(&store, 3);
    store.flush().expect("flushes");
    assert_balanced(&store, 3);
}

#[test]
fn histograms_are_deleted_and_expire_like_numbers() {
    let store = Folder::new("histogram-deletion").open();
    push(&store, &[histogram(1000, [1.0, 1.0]), histogram(2000, [2.0, 1.0]), histogram(3000, [3.0, 1.0])]);
    assert_eq!(store.delete(&[Matcher::equal("__name__", "h")], 1500, 2500).expect("deletes"), 1);
    let times = |store: &MetricStore| found(store).1.iter().map(|sample| sample.timestamp).collect::<Vec<_>>();
    assert_eq!(times(&store), [1000, 3000]);
    assert_balanced(&store, 2);
    push(&store, &[histogram(4000, [4.0, 1.0])]);
    assert_eq!(times(&store), [1000, 3000, 4000]);
    let retention = lab_storage::Retention { age: Some(Duration::from_secs(10)), bytes: None };
    store.flush().expect("flushes");
    store.retain(60_000, &retention).expect("retains");
    assert_eq!(times(&store), [0_i64; 0]);
    assert_balanced(&store, 0);
}
