//! The catalogue on a real table: what is missing, or what an index does not lead to, is found when a database is opened.

use lab_storage::row::{catalogue, verify};
use lab_storage::{
    Catalogued, DamageLog, Database, Head, Kind, Location, Owner, Schema, Table, TimeUnit, catalogue_table, catalogued,
    row_table,
};
use proptest::prelude::*;
use rusqlite::Connection;

const TABLE: Table = Table { name: "chunk", kind: Kind::LogChunk, version: 1, counted: true };
const SCHEMA: Schema = Schema(&[
    row_table!("chunk"),
    "CREATE INDEX chunk_of_owner ON chunk (owner, last, first, items, bytes, checksum);
     CREATE INDEX chunk_by_age ON chunk (last);",
    catalogue_table!(),
    catalogued!("chunk"),
]);
const ALL: [Catalogued; 1] =
    [Catalogued { table: TABLE, index: Some("chunk_of_owner"), others: &[("chunk_by_age", &["last"])] }];

fn log() -> DamageLog {
    DamageLog::new("test", "lines", TimeUnit::Nanoseconds)
}

fn put(connection: &Connection, id: i64) {
    let head = Head { first: id * 10, last: id * 10 + 9, items: 5, bytes: 50, ..TABLE.head(id, Owner::Number(id % 3)) };
    TABLE.put(connection, &head, Some(b"front"), format!("body {id}").as_bytes()).expect("written");
}

fn database() -> Database {
    Database::open(&Location::Memory, "test", SCHEMA).expect("opens")
}

/// A database of 2,000 rows, then changed by a statement that no trigger notices.
fn changed(sql: &str) -> Database {
    let database = database();
    database
        .write(|transaction| {
            (1..=2000).for_each(|id| put(transaction, id));
            transaction.execute_batch("DROP TRIGGER chunk_removed")?;
            transaction.execute_batch(sql)
        })
        .expect("filled");
    database
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn whatever_is_written_replaced_and_deleted_agrees(
        events in prop::collection::vec((0..3_u8, 1..3000_i64), 1..80)
    ) {
        let (database, damage) = (database(), log());
        for (event, id) in events {
            database.write(|transaction| {
                match event {
                    0 | 1 => put(transaction, id),
                    _ => drop(TABLE.delete(transaction, &damage, ("id BETWEEN ?1 AND ?1 + 20", [id]))?),
                }
                Ok(())
            }).expect("written");
        }
        prop_assert_eq!(verify::run(&database, &damage, &ALL).expect("compares"), Vec::<String>::new());
        prop_assert_eq!(damage.report().rows, 0);
    }
}

#[test]
fn a_row_that_vanished_as_a_whole_is_missed() {
    let (database, damage) = (changed("DELETE FROM chunk WHERE id = 1500"), log());
    assert!(verify::run(&database, &damage, &ALL).expect("compares").is_empty());
    let said = damage.report().named[0].to_string();
    assert!(
        said.contains("test: table \"chunk\", row 1024: the catalogue lists 977 rows from this number on, but the 976"),
        "{said}"
    );
    assert!(
        damage.since(damage.moment()).is_some_and(|said| said.contains("stored lines are damaged")),
        "no reading meets it"
    );
}

#[test]
fn a_changed_column_and_a_damaged_line_of_the_catalogue_are_noticed() {
    for change in [
        "UPDATE chunk SET last = last + 1 WHERE id = 7",
        "UPDATE chunk SET checksum = 0 WHERE id = 7",
        "UPDATE catalogue SET rows = rows + 1 WHERE block = 0",
        "DELETE FROM catalogue WHERE block = 0",
    ] {
        let (database, damage) = (changed(change), log());
        assert!(verify::run(&database, &damage, &ALL).expect("compares").is_empty());
        assert_eq!(damage.report().rows, 1, "{change}");
    }
}

#[test]
fn an_index_that_leads_nowhere_is_built_anew() {
    for index in ["chunk_of_owner", "chunk_by_age"] {
        let directory = std::env::temp_dir().join(format!("dicelab-catalogue-{index}-{}", std::process::id()));
        std::fs::create_dir_all(&directory).expect("made");
        let open = || Database::open(&Location::Directory(directory.clone()), "test", SCHEMA).expect("opens");
        let raw =
            |sql: &str| Connection::open(directory.join("test.db")).expect("opens").execute_batch(sql).expect("done");
        let write = |ids: std::ops::Range<i64>| {
            let write = open().write(|transaction| {
                ids.for_each(|id| put(transaction, id));
                Ok(())
            });
            write.expect("written");
        };
        write(1..100);
        // Rows that come while the index is not kept are in the table and not in the index.
        raw(&format!(
            "CREATE TABLE kept AS SELECT * FROM sqlite_schema WHERE name = '{index}';
             PRAGMA writable_schema = ON;
             DELETE FROM sqlite_schema WHERE name = '{index}'"
        ));
        write(100..120);
        raw("PRAGMA writable_schema = ON; INSERT INTO sqlite_schema SELECT * FROM kept");
        let (database, damage) = (open(), log());
        let mended = verify::run(&database, &damage, &ALL).expect("compares");
        assert!(mended.len() == 1 && mended[0].contains("was built anew"), "{mended:?}");
        assert!(verify::run(&database, &damage, &ALL).expect("compares").is_empty(), "once");
        assert_eq!(damage.report().rows, 0);
        let count = |connection: &Connection| {
            let sql = format!("SELECT count(*) FROM chunk INDEXED BY {index} WHERE last >= 0 AND owner >= 0");
            connection.query_row(&sql, [], |row| row.get::<_, i64>(0))
        };
        assert_eq!(database.read(count).expect("counts"), 119);
        drop(database);
        std::fs::remove_dir_all(directory).expect("removed");
    }
}

#[test]
fn blocks_that_are_too_old_are_forgotten() {
    let (database, damage) = (changed("DELETE FROM chunk WHERE id < 1100"), log());
    database.write(|transaction| catalogue::forget_before(transaction, &TABLE, 10_240)).expect("written");
    verify::run(&database, &damage, &ALL).expect("compares");
    assert_eq!(damage.report().rows, 1, "rows of the second block are missing and not too old");
}

#[test]
fn blocks_that_were_removed_to_make_room_are_forgotten_and_none_that_has_rows() {
    let (database, damage) = (changed("DELETE FROM chunk WHERE id < 1024"), log());
    database.write(|transaction| catalogue::forget_through(transaction, &TABLE, 1024)).expect("written");
    verify::run(&database, &damage, &ALL).expect("compares");
    assert_eq!(damage.report().rows, 0, "the first block is gone, and nothing is missing in the others");
    database.write(|transaction| catalogue::forget_before(transaction, &TABLE, i64::MAX)).expect("written");
    verify::run(&database, &damage, &ALL).expect("compares");
    assert_eq!(damage.report().rows, 0, "blocks with rows stay in the catalogue");
}
