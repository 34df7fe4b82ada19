//! When more comes than the disk takes: who can send again waits, and nothing that was acknowledged is lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use lab_model::Labels;
use lab_storage::{Location, SignalStore, Wait};

use crate::record::Entry;
use crate::store::LogStore;
use crate::store::limits::{Limits, Policy};
use crate::store::tests::{all, app, append, noise, numbered};

fn store(memory_bytes: usize) -> LogStore {
    LogStore::open(&Location::Memory, Limits { memory_bytes, ..Limits::default() }).expect("open")
}

fn push(store: &LogStore, entries: impl IntoIterator<Item = Entry>) -> Result<usize, Wait> {
    let entries: Vec<(Labels, Entry)> = entries.into_iter().map(|entry| (app("a"), entry)).collect();
    store.append_or_wait(entries, &Policy::collected(), Duration::ZERO).map(|appended| appended.accepted)
}

#[test]
fn a_push_is_kept_whole_or_refused_whole() {
    let store = store(100_000);
    let (mut kept, mut refused) = (0, 0);
    for n in 0..50 {
        match push(&store, (n * 10..n * 10 + 10).map(noise)) {
            Ok(taken) => kept += taken,
            Err(wait) => {
                assert_eq!(wait, Wait::USUAL);
                refused += 10;
            }
        }
    }
    assert!(kept > 0 && refused > 0, "{kept} {refused}");
    assert_eq!(all(&store).len(), kept, "whatever was acknowledged is there");
    let stats = store.stats();
    assert_eq!((stats.dropped, stats.refused_for_room), (0, refused));
    assert!(stats.memory_bytes <= 100_000, "{}", stats.memory_bytes);
    store.flush().expect("flushed");
    assert_eq!(push(&store, (1000..1010).map(noise)), Ok(10), "there is room after a flush");
    assert_eq!(all(&store).len(), kept + 10);
    assert_eq!(store.balance().expect("counts").difference(), 0);
}

#[test]
fn a_push_larger_than_the_buffer_is_taken_when_the_buffer_is_empty() {
    let store = store(1000);
    assert_eq!(push(&store, (0..100).map(noise)), Ok(100));
    assert_eq!(push(&store, [noise(200)]), Err(Wait::USUAL));
    store.flush().expect("flushed");
    assert_eq!(push(&store, [noise(200)]), Ok(1));
    assert_eq!(all(&store).len(), 101);
}

#[test]
fn half_a_buffer_asks_for_a_flush() {
    let store = store(100_000);
    let asked = Arc::new(AtomicU32::new(0));
    let counter = asked.clone();
    store.on_half_full(Box::new(move || {
        counter.fetch_add(1, Ordering::Relaxed);
    }));
    append(&store, "a", numbered(0..10));
    assert_eq!(asked.load(Ordering::Relaxed), 0);
    append(&store, "a", (10..120).map(noise));
    assert_eq!(asked.load(Ordering::Relaxed), 1);
    store.flush().expect("flushed");
    append(&store, "a", (200..320).map(noise));
    assert_eq!(asked.load(Ordering::Relaxed), 2, "and again after the flush");
}

#[test]
fn a_sender_goes_on_as_soon_as_a_flush_has_made_room() {
    let store = Arc::new(store(50_000));
    while push(&store, (0..10).map(noise)).is_ok_and(|taken| taken > 0) {
        append(&store, "b", (0..40).map(noise));
    }
    let sender = store.clone();
    let entries: Vec<(Labels, Entry)> = (900..930).map(|n| (app("c"), noise(n))).collect();
    let waiting = std::thread::spawn(move || {
        sender.append_or_wait(entries, &Policy::collected(), Duration::from_secs(60)).map(|appended| appended.accepted)
    });
    store.flush().expect("flushed");
    assert_eq!(waiting.join().expect("no panic"), Ok(30));
}
