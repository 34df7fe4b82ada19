//! What the store promises: read your writes, survive a restart, lose nothing uncounted.

mod account;
mod concurrency;
mod damage;
mod erase;
mod kill;
mod pressure;
mod repeated;

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Duration;

use std::collections::{BTreeMap, BTreeSet};

use lab_model::{Labels, MatchOp, Matcher};
use lab_storage::{Location, Retention, SignalStore};

use crate::record::Entry;
use crate::store::LogStore;
use crate::store::limits::{Limits, Policy};
use crate::store::select::Wanted;
use crate::store::stats::{Appended, Reason};

const SECOND: i64 = 1_000_000_000;

fn app(name: &str) -> Labels {
    Labels::from_pairs([("app", name)])
}

fn memory_store() -> LogStore {
    LogStore::open(&Location::Memory, Limits::default()).expect("open")
}

fn append(store: &LogStore, name: &str, entries: impl IntoIterator<Item = Entry>) -> Appended {
    store.append(entries.into_iter().map(|entry| (app(name), entry)), &Policy::collected())
}

fn lines(store: &LogStore, matchers: &[Matcher], start: i64, end: i64) -> Vec<(i64, String)> {
    let selection = store.select(matchers, start, end).expect("selected");
    let mut lines = Vec::new();
    for part in &selection.parts {
        let Some(loaded) = store.load(part, Wanted::default()).expect("read") else { continue };
        loaded
            .visit(|entry| {
                if (start..=end).contains(&entry.timestamp) {
                    lines.push((entry.timestamp, entry.line.to_owned()));
                }
                ControlFlow::Continue(())
            })
            .expect("whole");
    }
    lines.sort();
    lines
}

fn of_trace(trace_id: &str) -> Wanted<'_> {
    Wanted { trace_id: Some(trace_id), texts: &[] }
}

fn all(store: &LogStore) -> Vec<(i64, String)> {
    lines(store, &[], i64::MIN, i64::MAX)
}

fn numbered(range: std::ops::Range<i64>) -> impl Iterator<Item = Entry> {
    range.map(|n| Entry::new(n * SECOND, format!("line number {n}, and some more text to fill the chunk")))
}

/// A line that does not compress well.
fn noise(n: i64) -> Entry {
    let mut state = n as u64 + 1;
    let words = (0..40).map(|_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        format!("{:x}", state >> 32)
    });
    Entry::new(n * SECOND, words.collect::<String>())
}

/// A directory that is removed at the end.
struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("dicelab-logs-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("made");
        Self(path)
    }

    fn open(&self, limits: Limits) -> LogStore {
        LogStore::open(&Location::Directory(self.0.clone()), limits).expect("open")
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn small_chunks() -> Limits {
    Limits { chunk_bytes: 1000, ..Limits::default() }
}

#[test]
fn what_is_written_is_read_at_once_and_after_each_flush() {
    let store = LogStore::open(&Location::Memory, small_chunks()).expect("open");
    let mut expected = Vec::new();
    for round in 0..10 {
        append(&store, "a", numbered(round * 7..round * 7 + 7));
        expected.extend(numbered(round * 7..round * 7 + 7).map(|entry| (entry.timestamp, entry.line.to_string())));
        assert_eq!(all(&store), expected, "round {round}, before the flush");
        store.flush().expect("flushed");
        assert_eq!(all(&store), expected, "round {round}, after the flush");
    }
    assert_eq!(store.stats().unflushed, 0);
    assert!(store.stats().memory_entries < 30, "full chunks leave the memory");
    assert_eq!(lines(&store, &[], 3 * SECOND, 4 * SECOND).len(), 2);
    assert!(lines(&store, &[Matcher::equal("app", "b")], 0, i64::MAX).is_empty());
}

#[test]
fn the_open_chunk_stays_one_row() {
    let directory = Directory::new("one-row");
    let store = directory.open(Limits::default());
    for second in 0..20 {
        append(&store, "a", numbered(second..second + 1));
        store.flush().expect("flushed");
    }
    drop(store);
    let store = directory.open(Limits::default());
    assert_eq!(store.select(&[], i64::MIN, i64::MAX).expect("selected").parts.len(), 1);
}

#[test]
fn flushed_entries_survive_a_restart() {
    let directory = Directory::new("restart");
    let store = directory.open(small_chunks());
    append(&store, "a", numbered(0..50));
    append(&store, "b", [Entry::new(5, "other").with_metadata(Labels::from_pairs([("trace_id", "abc")]))]);
    store.flush().expect("flushed");
    append(&store, "a", numbered(50..60));
    // No flush: what a `kill -9` takes with it.
    drop(store);
    let store = directory.open(small_chunks());
    assert_eq!(lines(&store, &[Matcher::equal("app", "a")], 0, i64::MAX).len(), 50);
    append(&store, "a", numbered(60..61));
    append(&store, "c", numbered(0..1));
    store.flush().expect("flushed");
    assert_eq!(all(&store).len(), 53);
    assert_eq!(store.stats().streams, 3);
}

#[test]
fn late_entries_are_kept_and_repeated_ones_are_not() {
    let store = memory_store();
    append(&store, "a", numbered(10..12));
    store.flush().expect("flushed");
    append(&store, "a", numbered(0..2));
    let again = append(&store, "a", numbered(10..12));
    assert_eq!((again.accepted, again.duplicates), (0, 2));
    store.flush().expect("flushed");
    let times: Vec<i64> = all(&store).iter().map(|(time, _)| time / SECOND).collect();
    assert_eq!(times, [0, 1, 10, 11]);
    assert_eq!(store.stats().duplicates, 2);
}

#[test]
fn a_chunk_without_the_trace_is_not_read() {
    let store = LogStore::open(&Location::Memory, small_chunks()).expect("open");
    let traced = |n: i64| {
        let id = Labels::from_pairs([("trace_id", format!("{:032x}", n * 0x9e37_79b9))]);
        Entry::new(n, "a line of some length, so that chunks fill up soon").with_metadata(id)
    };
    append(&store, "a", (0..200).map(traced));
    store.flush().expect("flushed");
    let wanted = traced(77).metadata.get("trace_id").expect("set").to_owned();
    let selection = store.select(&[], 0, 1000).expect("selected");
    let loaded = selection.parts.iter().filter(|part| store.load(part, of_trace(&wanted)).expect("read").is_some());
    let (read, all) = (loaded.count(), selection.parts.len());
    assert!(all > 10 && (1..=all / 2).contains(&read), "{read} of {all}");
}

#[test]
fn the_door_refuses_counts_and_says_why() {
    let limits = Limits { streams: 2, line_bytes: 10, ..Limits::default() };
    let store = LogStore::open(&Location::Memory, limits).expect("open");
    let now = 1_000_000 * SECOND;
    let pushed = Policy::pushed(now, store.limits());
    let one = |name: &str, time: i64, line: &str| store.append([(app(name), Entry::new(time, line))], &pushed);
    assert_eq!(one("a", now, "good").accepted, 1);
    let reason = |appended: Appended| appended.rejections[0].reason;
    assert_eq!(reason(one("a", 5, "old")), Reason::TooOld);
    assert_eq!(reason(one("a", now + 3600 * SECOND, "new")), Reason::TooNew);
    assert_eq!(reason(one("a", now, "eleven char")), Reason::LineTooLong);
    assert_eq!(one("b", now, "good").accepted, 1);
    assert_eq!(reason(one("c", now, "good")), Reason::StreamLimit);
    let many = Labels::from_pairs((0..20).map(|n| (format!("l{n}"), "v")));
    assert_eq!(reason(store.append([(many, Entry::new(now, "x"))], &pushed)), Reason::InvalidLabels);
    let cut = append(&store, "a", [Entry::new(1, "twelve chärs")]);
    assert_eq!((cut.accepted, cut.truncated), (1, 1));
    assert!(all(&store).contains(&(1, "twelve ch".to_owned())));
    let stats = store.stats();
    assert_eq!((stats.received, stats.rejected_total(), stats.truncated), (8, 5, 1));
}

#[test]
fn old_chunks_and_empty_streams_go() {
    let store = memory_store();
    append(&store, "old", numbered(0..10));
    append(&store, "new", numbered(90_000..90_010));
    store.flush().expect("flushed");
    let retention = Retention { age: Some(Duration::from_secs(3600)), bytes: None };
    store.retain(90_020 * SECOND, &retention).expect("retained");
    assert_eq!(all(&store).len(), 10);
    let stats = store.stats();
    assert_eq!((stats.evicted, stats.streams), (10, 1));
    append(&store, "old", numbered(90_015..90_016));
    store.flush().expect("flushed");
    assert_eq!(all(&store).len(), 11, "a stream may come back");
}

#[test]
fn too_many_bytes_push_out_the_oldest() {
    let directory = Directory::new("bytes");
    let store = directory.open(Limits { chunk_bytes: 8 << 10, ..Limits::default() });
    for round in 0..20 {
        append(&store, "a", (round * 200..round * 200 + 200).map(noise));
        store.flush().expect("flushed");
    }
    let bytes = 300 << 10;
    store.retain(4000 * SECOND, &Retention { age: None, bytes: Some(bytes) }).expect("retained");
    let stats = store.stats();
    assert!(stats.disk_bytes <= bytes, "{}", stats.disk_bytes);
    let left = all(&store);
    assert!(stats.evicted > 0 && left.len() as u64 + stats.evicted == 4000, "{stats:?}");
    assert_eq!(left.last().map(|(time, _)| *time), Some(3999 * SECOND), "the newest stay");
}

#[test]
fn a_disk_that_fails_costs_nothing_that_was_taken_and_is_reported() {
    let directory = Directory::new("full");
    let limits = Limits { memory_bytes: 200_000, ..Limits::default() };
    let store = directory.open(limits);
    append(&store, "a", numbered(0..10));
    store.flush().expect("flushed");
    // A disk without room, as SQLite sees it: the database may not grow any more.
    store.database.write(|transaction| transaction.pragma_update(None, "max_page_count", 1)).expect("set");
    let mut taken = 10;
    for first in (10..2000).step_by(10) {
        taken += append(&store, "a", (first..first + 10).map(noise)).accepted as u64;
    }
    let error = store.flush().expect_err("no room").to_string();
    assert!(error.contains("disk is full"), "{error}");
    let stats = store.stats();
    assert_eq!((stats.flush_failures, stats.last_error.as_deref()), (1, Some(&*error)));
    assert!(stats.dropped > 0 && stats.memory_bytes <= 200_000, "{stats:?}");
    assert_eq!(taken + stats.dropped, 2000, "every line for which there was no room is counted");
    let there = all(&store);
    assert_eq!(there.len() as u64, taken, "whatever was taken is there");
    assert_eq!(store.balance().expect("counts").difference(), 0);
    store.database.write(|transaction| transaction.pragma_update(None, "max_page_count", 1 << 30)).expect("set");
    store.flush().expect("room again");
    assert_eq!((store.stats().last_error, store.stats().unflushed), (None, 0));
    assert_eq!(all(&store), there);
}

#[test]
fn labels_and_series_know_the_time() {
    let store = memory_store();
    append(&store, "a", numbered(0..1));
    store.flush().expect("flushed");
    append(&store, "b", numbered(100..101));
    let names = |start: i64, end: i64| store.labels(&[], start * SECOND, end * SECOND).expect("read");
    let values = |names: BTreeMap<String, BTreeSet<String>>| names.into_values().flatten().collect::<Vec<_>>();
    assert_eq!(values(names(0, 200)), ["a", "b"]);
    assert_eq!(values(names(50, 200)), ["b"]);
    assert!(names(300, 400).is_empty());
    let not_a = Matcher::new("app", MatchOp::NotEqual, "a").expect("valid");
    assert_eq!(store.series(&[not_a], 0, i64::MAX).expect("read"), [app("b")]);
}
