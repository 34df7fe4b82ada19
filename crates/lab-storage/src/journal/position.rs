//! Up to which record the tables of a database hold everything. The number is written in the transaction that brings the
//! records' items into the tables, so that no record can be in both or in neither.

use rusqlite::{Connection, Transaction};

use crate::database::Database;
use crate::error::StorageError;
use crate::row::damage::DamageLog;
use crate::row::head::{Head, Owner};
use crate::row::kind::Kind;
use crate::row::table::Table;

/// The table, which has one row. A schema makes it by `row_table!("journal")`.
const POSITION: Table = Table { name: "journal", kind: Kind::JournalPosition, version: 1, counted: false };
/// The number of its row.
const ROW: i64 = 1;

/// Says that the tables hold every record up to this number.
pub fn put(transaction: &Transaction<'_>, record: u64) -> rusqlite::Result<()> {
    let head = Head { items: record, ..POSITION.head(ROW, Owner::Number(0)) };
    POSITION.put(transaction, &head, None, &[])
}

/// The number of the last record that the tables hold; 0 if they hold none, or if the row is damaged. Then the journal's
/// records are taken in once more, because twice is better than not at all.
pub(crate) fn get(database: &Database, damage: &DamageLog) -> Result<u64, StorageError> {
    database.read(|connection: &Connection| {
        let mut position = 0;
        POSITION.visit(connection, damage, ("", []), |row| {
            position = row.head.items;
            Ok(())
        })?;
        Ok(position)
    })
}
