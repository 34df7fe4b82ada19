//! Damaged rows are left out, counted and said; a database from before the envelope is read.

use lab_model::{Labels, Matcher};
use lab_storage::{Retention, SignalStore};

use crate::record::Entry;
use crate::store::LogStore;
use crate::store::limits::Limits;
use crate::store::tests::{Directory, SECOND, all, append, lines, numbered, of_trace, small_chunks};

/// A database as dicelab wrote it before rows had an envelope.
const FIRST_SCHEMA: &str = include_str!("schema_1.sql");

fn execute(directory: &Directory, sql: &str) {
    rusqlite::Connection::open(directory.0.join("logs.db")).expect("opens").execute_batch(sql).expect("executes");
}

/// Two streams of 100 lines each, in several chunks.
fn filled(directory: &Directory) {
    let store = directory.open(small_chunks());
    append(&store, "a", numbered(0..100));
    append(&store, "b", numbered(0..100));
    store.flush().expect("flushed");
}

fn of(store: &LogStore, name: &str) -> Vec<(i64, String)> {
    lines(store, &[Matcher::equal("app", name)], i64::MIN, i64::MAX)
}

#[test]
fn a_database_of_the_first_schema_is_read_and_goes_on() {
    let directory = Directory::new("first-schema");
    execute(&directory, FIRST_SCHEMA);
    let start = 1_790_000_000 * SECOND;
    for round in 0..2_usize {
        let store = directory.open(Limits::default());
        let found = all(&store);
        assert_eq!(found.len(), 120 + round);
        assert_eq!(found[1], (start, "frontend rolled die number 0 and tells it in a line of some length".to_owned()));
        let traced = store.select(&[], i64::MIN, i64::MAX).expect("selected");
        let trace = format!("{:032x}", 31);
        let hold =
            traced.parts.iter().filter(|part| store.load(part, of_trace(&trace)).expect("read").is_some()).count();
        assert!((2..traced.parts.len()).contains(&hold), "{hold} of {}", traced.parts.len());
        assert_eq!(store.damage().rows, 0);
        let balance = store.balance().expect("counts");
        assert_eq!((balance.at_start, balance.difference()), (120 + round as u64, 0));
        append(&store, "new", [Entry::new(start + round as i64, "goes on")]);
        store.flush().expect("flushed");
    }
}

#[test]
fn a_damaged_chunk_costs_its_lines_only_and_is_reported() {
    let directory = Directory::new("damaged-chunk");
    filled(&directory);
    execute(&directory, "UPDATE chunk SET body = zeroblob(length(body)) WHERE id = (SELECT min(id) FROM chunk)");
    let store = directory.open(small_chunks());
    let left = all(&store).len() as u64;
    let damage = store.damage();
    assert!(damage.items > 0 && left + damage.items == 200, "{damage:?}");
    let said = damage.named[0].to_string();
    assert!(
        said.contains("logs.db: row 1 of table \"chunk\" is left out because its checksum does not match"),
        "{said}"
    );
    assert_eq!(store.stats().damage.rows, 1);
    let balance = store.balance().expect("counts");
    assert_eq!((balance.at_start, balance.kept, balance.difference()), (200, left, 0));
    // What is known to be damaged is not counted again when it goes.
    let nothing = Retention { age: Some(std::time::Duration::ZERO), bytes: None };
    store.retain(1_000_000 * SECOND, &nothing).expect("retained");
    let balance = store.balance().expect("counts");
    assert_eq!((balance.evicted_by_age, balance.kept, balance.difference()), (left, 0, 0));
}

#[test]
fn a_stream_whose_labels_are_damaged_takes_its_lines_along() {
    let directory = Directory::new("damaged-stream");
    filled(&directory);
    execute(&directory, "UPDATE stream SET body = replace(body, 'app', 'abb') WHERE id = 1");
    let store = directory.open(small_chunks());
    assert_eq!(all(&store).len(), 100);
    let balance = store.balance().expect("counts");
    assert_eq!((balance.damaged, balance.kept, balance.difference()), (100, 100, 0));
}

#[test]
fn damage_in_any_column_never_shows_a_wrong_line() {
    let columns = ["owner", "first", "last", "items", "bytes", "codec", "version", "checksum"];
    for (number, (table, column)) in
        ["stream", "chunk"].iter().flat_map(|table| columns.map(|column| (table, column))).enumerate()
    {
        let directory = Directory::new(&format!("damage-{number}"));
        filled(&directory);
        execute(&directory, &format!("UPDATE {table} SET {column} = {column} + 1 WHERE id = 1"));
        let store = directory.open(small_chunks());
        let good: Vec<(i64, String)> =
            numbered(0..100).map(|entry| (entry.timestamp, entry.line.to_string())).collect();
        for name in ["a", "b"] {
            let found = of(&store, name);
            assert!(found.iter().all(|line| good.contains(line)), "{table}.{column}");
            let mut once = found.clone();
            once.dedup();
            assert_eq!(found, once, "{table}.{column}");
        }
        assert!(store.damage().rows > 0, "{table}.{column}");
        assert_eq!(store.balance().expect("counts").difference(), 0, "{table}.{column}");
    }
}

#[test]
fn a_damaged_front_is_found_without_reading_the_body() {
    let directory = Directory::new("damaged-front");
    let store = directory.open(small_chunks());
    let traced = |n: i64| Entry::new(n, "line").with_metadata(Labels::from_pairs([("trace_id", format!("{n:032x}"))]));
    append(&store, "a", (0..50).map(traced));
    store.flush().expect("flushed");
    drop(store);
    execute(&directory, "UPDATE chunk SET front = zeroblob(length(front)) WHERE id = 1");
    let store = directory.open(small_chunks());
    let selection = store.select(&[], i64::MIN, i64::MAX).expect("selected");
    for part in &selection.parts {
        store.load(part, of_trace(&format!("{:032x}", 1))).expect("read");
    }
    assert_eq!(store.damage().rows, 1, "a filter that forgot a trace must not hide its lines unsaid");
}
