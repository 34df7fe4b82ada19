//! Deleting lines for good: what fails midway is counted, what cannot be read is not taken for gone, nothing comes back.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use lab_model::{Interrupt, Labels, Matcher};
use lab_storage::{Owner, Retention, SignalStore};

use crate::logql::error::QueryError;
use crate::logql::eval::survey::measured;
use crate::logql::limits::QueryLimits;
use crate::record::Entry;
use crate::store::LogStore;
use crate::store::limits::Policy;
use crate::store::rows::layout::chunk;
use crate::store::rows::layout::entry::EntryRef;
use crate::store::rows::tables::CHUNK;
use crate::store::select::mask::{Condition, Mask};
use crate::store::tests::{Directory, SECOND, all, app, append, numbered, small_chunks};

/// All lines of stream `a`.
fn whole_stream() -> Mask {
    Mask { matchers: vec![Matcher::equal("app", "a")], range: (i64::MIN, i64::MAX), condition: None }
}

/// Lines that are in sealed chunks, more than are deleted at a time.
fn filled(directory: &Directory) -> LogStore {
    let store = directory.open(small_chunks());
    append(&store, "a", numbered(0..600));
    store.flush().expect("flushed");
    store.streams.lock().close(|_| true);
    store
}

fn execute(store: &LogStore, sql: &str) {
    store.database.write(|transaction| transaction.execute_batch(sql)).expect("executed");
}

fn chunks(store: &LogStore) -> Vec<i64> {
    let parts = store.select(&[], i64::MIN, i64::MAX).expect("selected").parts;
    let mut chunks: Vec<i64> = parts.iter().filter_map(|part| part.source.chunk()).collect();
    chunks.sort_unstable();
    chunks
}

#[test]
fn what_went_before_a_failure_is_counted_and_may_come_again() {
    let directory = Directory::new("erase-fails");
    let store = filled(&directory);
    assert_eq!(append(&store, "a", numbered(0..600)).duplicates, 600, "the store has looked into every chunk");
    let refusing = chunks(&store)[20];
    execute(
        &store,
        &format!(
            "CREATE TRIGGER refuse BEFORE DELETE ON chunk WHEN old.id = {refusing}
             BEGIN SELECT raise(ABORT, 'not this one'); END"
        ),
    );
    let error = store.erase(&whole_stream()).expect_err("a chunk cannot go").to_string();
    assert!(error.contains("not this one"), "{error}");
    let left = all(&store).len() as u64;
    assert!((1..600).contains(&left), "{left} lines are left");
    assert_eq!(store.stats().deleted, 600 - left);
    assert_eq!(store.balance().expect("counts").difference(), 0);

    let again = append(&store, "a", numbered(0..600));
    assert_eq!((again.accepted as u64, again.duplicates as u64), (600 - left, left));
    execute(&store, "DROP TRIGGER refuse");
    assert!(store.erase(&whole_stream()).expect("erased"));
    assert_eq!((all(&store).len(), store.stats().deleted), (0, 600 + 600 - left));
    assert_eq!(store.balance().expect("counts").difference(), 0);
}

#[test]
fn a_commit_that_fails_leaves_the_chunks_known() {
    let directory = Directory::new("erase-commit");
    let store = filled(&directory);
    // A reference to nothing, which is noticed when the transaction is committed.
    execute(
        &store,
        "CREATE TABLE parent (id INTEGER PRIMARY KEY);
         CREATE TABLE child (parent INTEGER REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED);
         CREATE TRIGGER refer AFTER DELETE ON chunk BEGIN INSERT INTO child VALUES (1); END",
    );
    let error = store.erase(&whole_stream()).expect_err("not committed").to_string();
    assert!(error.contains("FOREIGN KEY"), "{error}");
    assert_eq!((all(&store).len(), store.stats().deleted), (600, 0));
    assert_eq!(append(&store, "a", numbered(0..600)).duplicates, 600);
    assert_eq!(store.balance().expect("counts").difference(), 0);
    execute(&store, "DROP TRIGGER refer");
    assert!(store.erase(&whole_stream()).expect("erased"));
    assert_eq!((all(&store).len(), store.stats().deleted), (0, 600));
}

#[test]
fn not_all_is_gone_while_a_chunk_cannot_be_read_whole() {
    let broken_at = |chunk: i64| format!("UPDATE chunk SET body = zeroblob(length(body)) WHERE id = {chunk}");
    for is_half_readable in [false, true] {
        let directory = Directory::new(&format!("erase-unread-{is_half_readable}"));
        let store = filled(&directory);
        let chunk = chunks(&store)[3];
        if is_half_readable {
            // The front speaks of lines of which the body, whose checksum is right, has the first ones only.
            let entries: Vec<Entry> = numbered(0..10).collect();
            let (ten, five) = (chunk::pack(&entries, true), chunk::pack(&entries[..5], true));
            let head = lab_storage::Head { last: 9 * SECOND, items: 10, ..CHUNK.head(chunk, Owner::Number(1)) };
            let put =
                |transaction: &rusqlite::Transaction<'_>| CHUNK.put(transaction, &head, Some(&ten.front), &five.body);
            store.database.write(put).expect("put");
        } else {
            execute(&store, &broken_at(chunk));
        }
        assert!(!store.erase(&whole_stream()).expect("the others are erased"));
        assert_eq!(chunks(&store), [chunk]);
        assert!(!store.erase(&whole_stream()).expect("nothing more can be done"));
        let nothing = Retention { age: Some(Duration::ZERO), bytes: None };
        store.retain(1_000_000 * SECOND, &nothing).expect("retained");
        assert!(store.erase(&whole_stream()).expect("nothing is left"));
        assert_eq!(store.balance().expect("counts").kept, 0);
    }
}

/// Pushes lines again while the first of them is deleted.
#[derive(Debug, Default)]
struct PushesAgain {
    store: OnceLock<Weak<LogStore>>,
    has_pushed: AtomicBool,
}

impl Condition for PushesAgain {
    fn is_met(&self, _: &Labels, _: EntryRef<'_>) -> bool {
        let store = self.store.get().and_then(Weak::upgrade);
        if let Some(store) = store.filter(|_| !self.has_pushed.swap(true, Ordering::Relaxed)) {
            assert_eq!(push(&store), 20, "all of them are taken for repeated ones");
        }
        true
    }
}

/// Pushes twenty lines of `a`; answers how many were there already.
fn push(store: &LogStore) -> usize {
    let entries: Vec<(Labels, Entry)> = numbered(0..20).map(|entry| (app("a"), entry)).collect();
    store.append_or_wait(entries, &Policy::collected(), Duration::ZERO).expect("acknowledged").duplicates
}

#[test]
fn a_line_that_was_pushed_again_meanwhile_does_not_come_back_after_a_kill() {
    let directory = Directory::new("erase-kill");
    let store = Arc::new(directory.open(small_chunks()));
    assert_eq!(push(&store), 0);
    store.flush().expect("flushed");
    store.streams.lock().close(|_| true);
    let condition = Arc::new(PushesAgain::default());
    condition.store.set(Arc::downgrade(&store)).expect("set once");
    assert!(store.erase(&Mask { condition: Some(condition.clone()), ..whole_stream() }).expect("erased"));
    assert!(condition.has_pushed.load(Ordering::Relaxed));
    assert_eq!(store.balance().expect("counts").difference(), 0);
    drop(store);
    let store = directory.open(small_chunks());
    assert_eq!(all(&store), []);
    assert_eq!(push(&store), 0, "what is pushed after the deletion is new");
}

/// Interrupts a query at the first line, and counts those that are looked at.
#[derive(Debug, Default)]
struct Interrupts {
    interrupt: Interrupt,
    lines: AtomicUsize,
}

impl Condition for Interrupts {
    fn is_met(&self, _: &Labels, _: EntryRef<'_>) -> bool {
        self.interrupt.set();
        self.lines.fetch_add(1, Ordering::Relaxed);
        false
    }
}

#[test]
fn measuring_hidden_lines_keeps_within_the_bounds_of_a_query() {
    let directory = Directory::new("erase-measured");
    let store = filled(&directory);
    let measure = |limits: &QueryLimits, interrupt: &Interrupt| {
        measured::selection(&store, &[], (i64::MIN, i64::MAX), limits, interrupt)
    };
    let small = QueryLimits { bytes: 5000, ..QueryLimits::default() };
    let whole = measure(&small, &Interrupt::default()).expect("chunks without hidden lines are not read");
    assert_eq!(whole.parts.iter().map(|part| part.entries).sum::<u64>(), 600);

    let condition = Arc::new(Interrupts::default());
    store.hide(vec![Arc::new(Mask { condition: Some(condition.clone()), ..whole_stream() })]);
    let error = measure(&QueryLimits::default(), &condition.interrupt).expect_err("interrupted");
    assert!(matches!(error, QueryError::Interrupted), "{error}");
    assert_eq!(condition.lines.load(Ordering::Relaxed), 1);
    let error = measure(&small, &Interrupt::default()).expect_err("too many bytes");
    assert!(matches!(error, QueryError::Limit(_)), "{error}");
    assert_eq!(measure(&QueryLimits::default(), &Interrupt::default()).expect("measured").bytes(), whole.bytes());
}
