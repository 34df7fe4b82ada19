//! Rows of the first schema, from before the envelope.

use lab_storage::row::upgrade::convert;
use lab_storage::{DamageLog, Database, Head, Owner, StorageError};
use rusqlite::{Result, Row, Transaction};

use crate::store::rows::tables::{CHUNK, STREAM};

/// Gives all of them an envelope; chunks keep the layout that they have.
pub(crate) fn run(database: &Database, damage: &DamageLog) -> Result<(), StorageError> {
    convert(database, damage, "stream_1", stream)?;
    convert(database, damage, "chunk_1", chunk)?;
    Ok(())
}

fn stream(transaction: &Transaction<'_>, row: &Row<'_>) -> Result<()> {
    let (id, labels): (i64, String) = (row.get(0)?, row.get(1)?);
    STREAM.put_text(transaction, &STREAM.head(id, Owner::Number(0)), &labels)
}

fn chunk(transaction: &Transaction<'_>, row: &Row<'_>) -> Result<()> {
    let head = Head {
        version: Head::CONVERTED,
        first: row.get(2)?,
        last: row.get(3)?,
        items: row.get::<_, i64>(4)?.max(0) as u64,
        bytes: row.get::<_, i64>(5)?.max(0) as u64,
        ..CHUNK.head(row.get(0)?, Owner::Number(row.get(1)?))
    };
    let (filter, block): (Vec<u8>, Vec<u8>) = (row.get(6)?, row.get(7)?);
    CHUNK.put(transaction, &head, Some(&filter), &block)
}
