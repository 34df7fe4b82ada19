//! What is sent again is stored once: from memory, from sealed chunks, after a restart, in whatever pieces it comes.

use std::sync::atomic::{AtomicBool, Ordering};

use lab_model::Labels;
use lab_storage::{Location, SignalStore};
use proptest::prelude::*;

use crate::record::Entry;
use crate::store::LogStore;
use crate::store::limits::Limits;
use crate::store::tests::{Directory, SECOND, all, append, noise, numbered, small_chunks};

/// Lines, repeated ones, and the difference of the account.
fn counts(store: &LogStore) -> (usize, u64, i128) {
    (all(store).len(), store.stats().duplicates, store.balance().expect("counts").difference())
}

#[test]
fn three_thousand_lines_pushed_three_times_are_three_thousand() {
    let store = LogStore::open(&Location::Memory, Limits::default()).expect("opens");
    let lines = || (0..3000).map(|n| Entry::new(1_790_000_000 * SECOND + n, format!("{n:0>300}")));
    for round in 0..3 {
        append(&store, "a", lines());
        assert_eq!(counts(&store), (3000, round * 3000, 0));
        store.flush().expect("flushed");
    }
    assert!(store.stats().memory_entries < 3000, "most of them are in sealed chunks");
}

#[test]
fn lines_pushed_again_after_a_restart_are_not_stored_again() {
    let directory = Directory::new("repeated-restart");
    for round in 0..3 {
        let store = directory.open(small_chunks());
        append(&store, "a", numbered(0..100));
        assert_eq!(counts(&store), (100, if round == 0 { 0 } else { 100 }, 0), "round {round}");
        store.flush().expect("flushed");
    }
    let store = directory.open(small_chunks());
    let selection = store.select(&[], i64::MIN, i64::MAX).expect("selected");
    let bytes: usize = numbered(0..100).map(|entry| entry.bytes()).sum();
    let (entries, stored) = selection.parts.iter().fold((0, 0), |(n, b), part| (n + part.entries, b + part.bytes));
    assert_eq!((entries, stored), (100, bytes as u64));
}

#[test]
fn a_line_differs_by_time_text_or_metadata() {
    let store = LogStore::open(&Location::Memory, small_chunks()).expect("opens");
    let traced = |line: &str, id: &str| Entry::new(5, line).with_metadata(Labels::from_pairs([("trace_id", id)]));
    let entries = || {
        [Entry::new(5, "same"), Entry::new(6, "same"), traced("same", "a"), traced("same", "b"), traced("emas", "b")]
    };
    append(&store, "a", entries());
    append(&store, "a", numbered(0..60));
    store.flush().expect("flushed");
    store.streams.lock().close(|_| true);
    let again = append(&store, "a", entries());
    assert_eq!((again.accepted, again.duplicates), (0, 5));
    let others = append(&store, "a", [traced("same", "c"), Entry::new(7, "same"), Entry::new(5, "sam\u{e9}")]);
    assert_eq!((others.accepted, others.duplicates), (3, 0));
    assert_eq!(append(&store, "b", entries()).accepted, 5, "in another stream it is another line");
}

#[test]
fn chunks_are_read_only_where_times_meet_and_once_a_batch() {
    let directory = Directory::new("repeated-reads");
    let store = directory.open(small_chunks());
    append(&store, "a", (0..200).map(|n| Entry::new(n * 2, format!("line number {n}, long enough"))));
    store.flush().expect("flushed");
    store.streams.lock().close(|_| true);
    // Bodies that cannot be read are noticed when they are read.
    let broken = "UPDATE chunk SET body = zeroblob(length(body))";
    store.database.write(|transaction| transaction.execute(broken, [])).expect("broken");
    append(&store, "a", (200..300).map(|n| Entry::new(n * 2, format!("line number {n}, long enough"))));
    append(&store, "a", (0..200).map(|n| Entry::new(n * 2 + 1, format!("line number {n}, long enough"))));
    append(&store, "a", (0..200).map(|n| Entry::new(n * 2, format!("a line of another length {n}, long enough"))));
    assert_eq!(store.damage().rows, 0, "neither a later batch, nor other times, nor other lengths need a text");
    let again = append(&store, "a", (0..1).map(|n| Entry::new(n * 2, format!("line number {n}, long enough"))));
    assert_eq!((again.accepted, store.damage().rows), (1, 1), "what is damaged on disk is taken again");
}

#[test]
fn what_retention_removed_may_come_again() {
    let store = LogStore::open(&Location::Memory, small_chunks()).expect("opens");
    append(&store, "a", numbered(0..100));
    store.flush().expect("flushed");
    let hour = lab_storage::Retention { age: Some(std::time::Duration::from_secs(3600)), bytes: None };
    store.retain(1_000_000 * SECOND, &hour).expect("retained");
    assert_eq!(all(&store).len(), 0);
    assert_eq!(append(&store, "a", numbered(0..100)).accepted, 100);
    assert_eq!(store.balance().expect("counts").difference(), 0);
}

#[test]
fn a_flush_at_the_same_time_lets_nothing_through_twice() {
    let directory = Directory::new("repeated-race");
    let store = directory.open(Limits { chunk_bytes: 4000, ..Limits::default() });
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                store.flush().expect("flushed");
                store.streams.lock().close(|_| true);
            }
        });
        let senders: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    for start in (0..600).step_by(30) {
                        append(&store, "a", (start..start + 60).map(noise));
                    }
                })
            })
            .collect();
        for sender in senders {
            sender.join().expect("no panic");
        }
        done.store(true, Ordering::Relaxed);
    });
    assert_eq!(counts(&store), (630, 2 * 1200 - 630, 0));
}

/// What happens to a store between two batches.
#[derive(Clone, Debug)]
enum Event {
    /// Items of the set from one place to another, in this order.
    Batch(Vec<usize>),
    Flush,
    Seal,
    Reopen,
}

const ITEMS: usize = 60;

fn item(n: usize) -> Entry {
    // Some share their time, some also their text, which then differ in metadata.
    let metadata = Labels::from_pairs([("trace_id", format!("{:032x}", n % 5))]);
    Entry::new((n / 4) as i64, format!("line {}, and some more text to fill a chunk", n / 5)).with_metadata(metadata)
}

/// Every item two to five times, shuffled and cut, with other events in between.
fn deliveries() -> impl Strategy<Value = Vec<Event>> {
    let times: Vec<usize> = (0..ITEMS).collect();
    let copies = prop::collection::vec(2..=5_usize, ITEMS);
    let other = prop_oneof![2 => Just(Event::Flush), 1 => Just(Event::Seal), 1 => Just(Event::Reopen)];
    (copies, prop::collection::vec((1..25_usize, other), 8..40))
        .prop_flat_map(move |(copies, cuts)| {
            let all: Vec<usize> = times.iter().flat_map(|n| vec![*n; copies[*n]]).collect();
            (Just(all).prop_shuffle(), Just(cuts))
        })
        .prop_map(|(mut items, cuts)| {
            let mut events = Vec::new();
            for (count, other) in cuts {
                events.push(Event::Batch(items.split_off(items.len().saturating_sub(count))));
                events.push(other);
            }
            events.push(Event::Batch(items));
            events
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_number_of_deliveries_gives_the_counts_of_one(events in deliveries()) {
        let directory = Directory::new(&format!("repeated-{:?}", std::thread::current().id()));
        let open = || directory.open(Limits { chunk_bytes: 500, ..Limits::default() });
        let mut store = open();
        for event in events {
            match event {
                Event::Batch(items) => drop(append(&store, "a", items.into_iter().map(item))),
                Event::Flush => store.flush().expect("flushes"),
                Event::Seal => store.streams.lock().close(|_| true),
                Event::Reopen => {
                    store.flush().expect("flushes");
                    drop(store);
                    store = open();
                }
            }
            prop_assert_eq!(store.balance().expect("counts").difference(), 0);
        }
        let mut once: Vec<(i64, String)> = (0..ITEMS).map(|n| (item(n).timestamp, item(n).line.to_string())).collect();
        once.sort();
        prop_assert_eq!(all(&store), once);
        store.flush().expect("flushes");
        let selection = store.select(&[], i64::MIN, i64::MAX).expect("selected");
        let entries: u64 = selection.parts.iter().map(|part| part.entries).sum();
        let bytes: u64 = selection.parts.iter().map(|part| part.bytes).sum();
        let of_one: u64 = (0..ITEMS).map(|n| item(n).bytes() as u64).sum();
        prop_assert_eq!((entries, bytes, store.balance().expect("counts").kept), (ITEMS as u64, of_one, ITEMS as u64));
    }
}
