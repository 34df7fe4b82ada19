//! Rows from before the envelope: they get one when a database is opened for the first time by a program that knows it.
//!
//! A row keeps its bytes as they are, with version [`Head::CONVERTED`](crate::row::head::Head::CONVERTED): nothing is
//! decoded, so converting costs as much as copying. Rows are moved a portion at a time, each portion in a transaction
//! of its own that deletes what it has moved. So the file grows by one portion at most, memory is bounded, and a
//! process that is killed in between goes on where it stopped.

use rusqlite::{OptionalExtension, Transaction};

use crate::database::Database;
use crate::error::StorageError;
use crate::row::damage::DamageLog;
use crate::row::unreadable::Unreadable;

/// Rows that are moved in one transaction.
const PORTION: i64 = 200;

/// Moves all rows of the table `old` by means of `convert`, oldest first, and removes the table. Nothing is done if
/// there is no such table. A row with a value of the wrong type is noted as damage and left behind. Answers how many
/// rows the table had.
pub fn convert(
    database: &Database,
    damage: &DamageLog,
    old: &'static str,
    mut convert: impl FnMut(&Transaction<'_>, &rusqlite::Row<'_>) -> rusqlite::Result<()>,
) -> Result<u64, StorageError> {
    let exists = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?";
    if database.read(|connection| connection.query_row(exists, [old], |_| Ok(())).optional())?.is_none() {
        return Ok(0);
    }
    let mut moved = 0;
    loop {
        let portion = database.write(|transaction| {
            let mut statement =
                transaction.prepare_cached(&format!("SELECT *, rowid FROM {old} ORDER BY rowid LIMIT {PORTION}"))?;
            let at = statement.column_count() - 1;
            let (mut rows, mut count, mut last) = (statement.query([])?, 0_u64, 0_i64);
            while let Some(row) = rows.next()? {
                last = row.get(at)?;
                match convert(transaction, row) {
                    Err(rusqlite::Error::InvalidColumnType(..) | rusqlite::Error::FromSqlConversionFailure(..)) => {
                        damage.note(old, last, Unreadable::Content, 0, (0, 0));
                    }
                    result => result?,
                }
                count += 1;
            }
            transaction.execute(&format!("DELETE FROM {old} WHERE rowid <= ?"), [last])?;
            Ok(count)
        })?;
        moved += portion;
        if portion < PORTION as u64 {
            break;
        }
    }
    database.write(|transaction| transaction.execute_batch(&format!("DROP TABLE {old}")))?;
    Ok(moved)
}
