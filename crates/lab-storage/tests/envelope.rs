//! The envelope on a real table: what is damaged is never shown, whatever is damaged.

use lab_storage::row::upgrade;
use lab_storage::{DamageLog, Database, Head, Kind, Location, Owner, Schema, Table, TimeUnit, Unreadable, row_table};
use proptest::prelude::*;
use rusqlite::params;

const TABLE: Table = Table { name: "chunk", kind: Kind::LogChunk, version: 3, counted: true };
const SCHEMA: Schema = Schema(&[row_table!("chunk")]);

type Shown = (Head, Vec<u8>, Vec<u8>);

fn database() -> Database {
    Database::open(&Location::Memory, "test", SCHEMA).expect("opens")
}

fn log() -> DamageLog {
    DamageLog::new("test", "lines", TimeUnit::Nanoseconds)
}

fn whole(database: &Database, damage: &DamageLog) -> Vec<Shown> {
    let mut shown = Vec::new();
    let see = |row: lab_storage::Row<'_>| {
        shown.push((row.head, row.front.to_vec(), row.body.to_vec()));
        Ok(())
    };
    database.read(|connection| TABLE.visit(connection, damage, ("ORDER BY id", []), see)).expect("reads");
    shown
}

fn fronts(database: &Database, damage: &DamageLog) -> Vec<(Head, Vec<u8>)> {
    let mut shown = Vec::new();
    let see = |row: lab_storage::Front<'_>| {
        shown.push((row.head, row.front.to_vec()));
        Ok(())
    };
    database.read(|connection| TABLE.visit_fronts(connection, damage, ("ORDER BY id", []), see)).expect("reads");
    shown
}

fn put(database: &Database, (head, front, body): &Shown) {
    database.write(|transaction| TABLE.put(transaction, head, Some(front), body)).expect("written");
}

fn sample(id: i64) -> Shown {
    let head = Head { first: 100, last: 200, items: 9, bytes: 90, ..TABLE.head(id, Owner::Number(4)) };
    (head, b"the front".to_vec(), b"the body".to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_row_comes_back_as_it_was_written(
        id in any::<i64>(), owner in any::<i64>(), trace in proptest::option::of(any::<[u8; 16]>()), codec in any::<u8>(),
        times in any::<(i64, i64)>(), counts in (0..=i64::MAX as u64, 0..=i64::MAX as u64),
        front in proptest::collection::vec(any::<u8>(), 0..20), body in proptest::collection::vec(any::<u8>(), 0..5000),
    ) {
        let owner = trace.map_or(Owner::Number(owner), Owner::Id);
        let head = Head { codec, first: times.0, last: times.1, items: counts.0, bytes: counts.1, ..TABLE.head(id, owner) };
        let (database, damage) = (database(), log());
        let row = (head, front, body);
        put(&database, &row);
        prop_assert_eq!(fronts(&database, &damage), [(row.0, row.1.clone())]);
        prop_assert_eq!(whole(&database, &damage), [row]);
        prop_assert_eq!(damage.report().rows, 0);
    }
}

#[test]
fn a_change_of_any_column_is_found_and_said() {
    let changes = [
        ("id", "11"),
        ("owner", "5"),
        ("owner", "x'00112233445566778899aabbccddeeff'"),
        ("owner", "'text'"),
        ("kind", "16"),
        ("version", "2"),
        ("version", "4"),
        ("version", "300"),
        ("codec", "1"),
        ("first", "101"),
        ("last", "199"),
        ("items", "10"),
        ("bytes", "91"),
        ("checksum", "checksum + 1"),
        ("checksum", "1 << 40"),
        ("front_checksum", "front_checksum + 1"),
        ("front_checksum", "NULL"),
        ("front", "x'00'"),
        ("front", "NULL"),
        ("body", "x'00'"),
        ("body", "'the body '"),
    ];
    for (column, value) in changes {
        let (database, damage) = (database(), log());
        put(&database, &sample(1));
        put(&database, &sample(2));
        let change = format!("UPDATE chunk SET {column} = {value} WHERE id = 1");
        database.write(|transaction| transaction.execute(&change, [])).expect("changed");
        let front_only = column == "front_checksum";
        let body_only = matches!(column, "body" | "checksum");
        let shown = |found: usize, unharmed: bool| assert_eq!(found, 1 + usize::from(unharmed), "{column} = {value}");
        shown(whole(&database, &damage).len(), front_only);
        shown(fronts(&database, &damage).len(), body_only);
        let report = damage.report();
        assert_eq!(report.rows, 1, "{column} = {value}");
        assert!(report.named[0].to_string().contains("of table \"chunk\" is left out because"), "{report:?}");
    }
}

#[test]
fn a_newer_row_and_a_row_that_cannot_be_decoded_are_left_out_by_name() {
    let (database, damage) = (database(), log());
    let newer = Table { version: 9, ..TABLE };
    let head = Head { items: 3, ..newer.head(5, Owner::Number(1)) };
    database.write(|transaction| newer.put(transaction, &head, None, b"x")).expect("written");
    put(&database, &sample(6));
    let refuse = |row: lab_storage::Row<'_>| if row.head.id == 6 { Err(Unreadable::Content) } else { Ok(()) };
    let read = || database.read(|connection| TABLE.visit(connection, &damage, ("", []), refuse)).expect("reads");
    read();
    read();
    assert_eq!(damage.items(), 3 + 9, "nothing is counted twice");
    let said: Vec<String> = damage.report().named.iter().map(ToString::to_string).collect();
    assert!(said[0].contains("a newer dicelab wrote it: log chunk version 9, and this one reads up to version 3"));
    assert!(said[1].contains("its content cannot be decoded; 9 lines from 1970-01-01T00:00:00.000Z to"), "{said:?}");
}

#[test]
fn what_is_deleted_is_counted_without_what_is_known_to_be_damaged() {
    let (database, damage) = (database(), log());
    (1..=3).for_each(|id| put(&database, &sample(id)));
    damage.note("chunk", 2, Unreadable::Checksum, 9, (100, 200));
    let gone = database
        .write(|transaction| TABLE.delete(transaction, &damage, ("last < ?1", params![1000])))
        .expect("deleted");
    assert_eq!(gone.iter().map(|row| row.items).collect::<Vec<_>>(), [9, 0, 9]);
    assert!(whole(&database, &damage).is_empty());
}

#[test]
fn rows_without_an_envelope_get_one_and_their_table_goes() {
    let old = Schema(&["CREATE TABLE old (id INTEGER PRIMARY KEY, time INTEGER, data BLOB)", row_table!("chunk")]);
    let (database, damage) = (Database::open(&Location::Memory, "test", old).expect("opens"), log());
    database
        .write(|transaction| {
            for id in 1..=1000 {
                transaction.execute("INSERT INTO old VALUES (?, ?, ?)", params![id, id * 10, b"data"])?;
            }
            transaction.execute("UPDATE old SET data = 'no blob' WHERE id = 500", [])
        })
        .expect("filled");
    let convert = || {
        upgrade::convert(&database, &damage, "old", |transaction, row| {
            let (time, data): (i64, Vec<u8>) = (row.get(1)?, row.get(2)?);
            let head = TABLE.head(row.get(0)?, Owner::Number(0));
            let head = Head { version: Head::CONVERTED, first: time, last: time, items: 1, ..head };
            TABLE.put(transaction, &head, None, &data)
        })
        .expect("converts")
    };
    assert_eq!((convert(), convert()), (1000, 0), "there is nothing to do a second time");
    let rows = whole(&database, &damage);
    assert_eq!((rows.len(), rows[0].0.first, &*rows[0].2), (999, 10, &b"data"[..]));
    assert_eq!((damage.report().rows, damage.report().named[0].row), (1, 500));
}
