//! Damaged rows are left out, counted and said; a database from before the envelope is read.

use lab_model::{Labels, Matcher};
use lab_storage::{Retention, SignalStore};

use crate::store::MetricStore;
use crate::store::tests::{Folder, exemplar, labels, sample, samples};

/// A database as dicelab wrote it before rows had an envelope.
const FIRST_SCHEMA: &str = include_str!("schema_1.sql");

fn execute(folder: &Folder, sql: &str) {
    rusqlite::Connection::open(folder.0.join("metrics.db")).expect("opens").execute_batch(sql).expect("executes");
}

/// 1,000 samples of each of two series, flushed: two full chunks and an open one of each.
fn filled(folder: &Folder) -> MetricStore {
    let store = folder.open();
    for n in 0..1000 {
        store.append(&labels("a", "x"), sample(n * 1000, n as f64)).expect("taken");
        store.append(&labels("b", "x"), sample(n * 1000, n as f64)).expect("taken");
    }
    store.append_exemplar(&labels("a", "x"), exemplar("t1", 1000)).expect("taken");
    store.flush().expect("flushes");
    store
}

#[test]
fn a_database_of_the_first_schema_is_read_and_goes_on() {
    let folder = Folder::new("first-schema");
    execute(&folder, FIRST_SCHEMA);
    let start = 1_790_000_000_000;
    for round in 0..2 {
        let store = folder.open();
        let found = samples(&store, "rolls_total");
        assert_eq!(found.len(), 401 + round, "400 samples in order and one late");
        assert_eq!((found[0], found[399]), ((start, 0.0), (start + 399 * 5000 - 2500, 7.0)));
        assert_eq!(found[400], (start + 399 * 5000, 1197.0));
        assert_eq!(samples(&store, "roll_seconds_sum")[10], (start + 50_000, 10.0 * 0.37));
        assert_eq!(store.exemplars(&[], start, start + 1000).count(), 1);
        assert_eq!(store.metadata(Some("rolls_total"))["rolls_total"].help, "Dice rolled.");
        assert_eq!(store.stats().damage.rows, 0);
        let balance = store.balance().expect("counts");
        assert_eq!((balance.at_start, balance.difference()), (802 + round as u64, 0));
        let rolls = Labels::from_pairs([("__name__", "rolls_total"), ("job", "dice-roller")]);
        store.append(&rolls, sample(start + (round as i64 + 400) * 5000, 1200.0)).expect("goes on");
        store.flush().expect("flushes");
    }
}

#[test]
fn a_damaged_chunk_costs_its_samples_only_and_is_reported() {
    let folder = Folder::new("damaged-chunk");
    drop(filled(&folder));
    execute(&folder, "UPDATE chunk SET body = zeroblob(length(body)) WHERE id = (SELECT min(id) FROM chunk)");
    let store = folder.open();
    let (a, b) = (samples(&store, "a"), samples(&store, "b"));
    assert_eq!((a.len(), b.len()), (640, 1000));
    assert_eq!(a[0], (360_000, 360.0));
    let damage = store.damage();
    assert_eq!((damage.rows, damage.items), (1, 360));
    let said = damage.named[0].to_string();
    assert!(
        said.contains("metrics.db: row 1 of table \"chunk\" is left out because its checksum does not match"),
        "{said}"
    );
    assert!(
        said.ends_with("360 samples from 1970-01-01T00:00:00.000Z to 1970-01-01T00:05:59.000Z are missing"),
        "{said}"
    );
    let balance = store.balance().expect("counts");
    assert_eq!((balance.at_start, balance.damaged, balance.difference()), (2000, 360, 0));
    // What is known to be damaged is not counted again when it goes.
    store.delete(&[Matcher::equal("__name__", "a")], i64::MIN, i64::MAX).expect("deletes");
    let balance = store.balance().expect("counts");
    assert_eq!((balance.deleted, balance.damaged, balance.difference()), (640, 360, 0));
}

#[test]
fn a_series_whose_labels_are_damaged_takes_its_samples_along() {
    let folder = Folder::new("damaged-series");
    drop(filled(&folder));
    execute(&folder, "UPDATE series SET body = replace(body, 'job', 'jab') WHERE id = 1");
    let store = folder.open();
    assert_eq!((samples(&store, "a").len(), samples(&store, "b").len()), (0, 1000));
    let balance = store.balance().expect("counts");
    assert_eq!((balance.damaged, balance.kept, balance.difference()), (1000, 1000, 0));
    store.retain(0, &Retention { age: None, bytes: Some(0) }).expect("retains");
    assert_eq!(store.balance().expect("counts").difference(), 0);
}

#[test]
fn damage_in_any_column_of_any_table_never_shows_a_wrong_sample() {
    for (number, (table, column)) in ["series", "chunk", "open_chunk", "exemplar"]
        .iter()
        .flat_map(|table| ["owner", "first", "last", "items", "codec", "checksum"].map(|column| (table, column)))
        .enumerate()
    {
        let folder = Folder::new(&format!("damage-{number}"));
        drop(filled(&folder));
        execute(&folder, &format!("UPDATE {table} SET {column} = {column} + 1 WHERE id = 1"));
        let store = folder.open();
        for name in ["a", "b"] {
            for (time, value) in samples(&store, name) {
                assert_eq!(time, value as i64 * 1000, "{table}.{column}");
            }
        }
        let found = store.damage();
        // A chunk that moved to another series or time is found when these are read; 1 + 1 is series b.
        assert!(found.rows > 0, "{table}.{column}");
    }
}
