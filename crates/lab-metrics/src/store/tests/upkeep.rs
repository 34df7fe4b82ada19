//! Retention, deletion, and a disk that takes nothing.

use std::time::Duration;

use lab_model::Matcher;
use lab_storage::{Retention, SignalStore, Wait};

use crate::store::MetricStore;
use crate::store::limits::Limits;
use crate::store::tests::{Folder, exemplar, in_memory, labels, sample, samples};

const HOUR: i64 = 3_600_000;

/// `hours` of samples, one a second.
fn fill(store: &MetricStore, name: &str, from: i64, hours: i64) {
    for n in 0..hours * 3600 {
        store.append(&labels(name, "x"), sample(from + n * 1000, (n % 97) as f64)).expect("taken");
    }
    store.flush().expect("flushes");
}

#[test]
fn old_chunks_and_old_series_go() {
    for store in [in_memory(Limits::default()), Folder::new("age").open()] {
        fill(&store, "old", 0, 1);
        fill(&store, "long", 0, 3);
        store.append_exemplar(&labels("long", "x"), exemplar("t", 5)).expect("taken");
        let limits = Retention { age: Some(Duration::from_secs(3600)), bytes: None };
        let evicted = store.retain(3 * HOUR, &limits).expect("retains");
        assert_eq!(samples(&store, "old"), []);
        assert_eq!(store.stats().series, 1);
        let left = samples(&store, "long");
        assert!(left[0].0 > 2 * HOUR - 360 * 1000 && left[0].0 <= 2 * HOUR, "{:?}", left[0]);
        assert_eq!(evicted as usize, 4 * 3600 - left.len());
        assert!(store.exemplars(&[], 0, 10).next().is_none());
        assert_eq!(store.label_values("__name__", &[], i64::MIN, i64::MAX).len(), 1);
        // The name is free again.
        fill(&store, "old", 3 * HOUR, 1);
        assert_eq!(samples(&store, "old").len(), 3600);
    }
}

#[test]
fn the_oldest_chunks_go_when_the_database_is_too_large() {
    let folder = Folder::new("size");
    let store = folder.open();
    for n in 0..30 {
        fill(&store, "a", n * HOUR, 1);
    }
    let before = store.stats().disk_bytes;
    let limits = Retention { age: None, bytes: Some(before * 2 / 3) };
    let evicted = store.retain(0, &limits).expect("retains");
    assert!(store.stats().disk_bytes <= before * 2 / 3);
    let left = samples(&store, "a");
    assert_eq!(left.len() as u64 + evicted, 30 * 3600);
    assert_eq!(left.last().map(|(time, _)| *time), Some(30 * HOUR - 1000), "the newest stay");
    drop(store);
    assert_eq!(samples(&folder.open(), "a"), left);
}

#[test]
fn a_range_can_be_deleted() {
    let folder = Folder::new("delete");
    let store = folder.open();
    fill(&store, "a", 0, 1);
    fill(&store, "b", 0, 1);
    let name = |name: &str| [Matcher::equal("__name__", name)];
    assert_eq!(store.delete(&name("a"), 1000, 3_000_000).expect("deletes"), 3000);
    assert_eq!(store.delete(&name("b"), i64::MIN, i64::MAX).expect("deletes"), 3600);
    assert_eq!(store.delete(&name("nowhere"), 0, 1).expect("nothing to do"), 0);
    fill(&store, "a", HOUR, 1);
    let left = samples(&store, "a");
    assert_eq!((left.len(), left[0].0, left[1].0), (1 + 599 + 3600, 0, 3_001_000));
    drop(store);
    let store = folder.open();
    assert_eq!(samples(&store, "a"), left);
    assert_eq!(store.stats().series, 1);
}

#[test]
fn a_disk_that_takes_nothing_costs_nothing_that_was_taken_and_says_so() {
    let folder = Folder::new("full");
    let options = Limits { backlog_bytes: 16_000, resident_bytes: 1000, ..Limits::default() };
    let location = lab_storage::Location::Directory(folder.0.clone());
    let store = MetricStore::open(&location, options).expect("opens");
    // Another connection's lock makes every commit fail; the wait for it is what takes the time.
    let blocker = rusqlite::Connection::open(folder.0.join("metrics.db")).expect("opens");
    blocker.execute_batch("BEGIN IMMEDIATE").expect("locked");
    let taken: Vec<_> = (0..7200).map(|n| store.append(&labels("a", "x"), sample(n * 1000, n as f64 * 1.1))).collect();
    assert!(taken[..1000].iter().all(Result::is_ok), "16 bytes each");
    assert!(taken[1000..].iter().all(|one| *one == Err(Wait::USUAL.into())));
    store.flush().expect_err("the database is locked");
    let stats = store.stats();
    assert!(stats.last_error.is_some_and(|error| error.contains("metrics.db")));
    assert_eq!(stats.samples_dropped, 6200);
    assert_eq!(samples(&store, "a").len(), 1000, "whatever was taken is there");
    blocker.execute_batch("ROLLBACK").expect("unlocked");
    store.flush().expect("the disk is back");
    assert_eq!(samples(&store, "a").len(), 1000);
    assert_eq!(store.balance().expect("counts").difference(), 0);
    store.append(&labels("a", "x"), sample(7_200_000, 1.0)).expect("there is room again");
    assert_eq!(store.stats().last_error, None);
}
