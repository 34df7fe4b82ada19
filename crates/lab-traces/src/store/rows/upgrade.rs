//! Rows of the first schema, from before the envelope.

use lab_storage::row::upgrade::convert;
use lab_storage::{DamageLog, Database, Head, Owner, StorageError};
use rusqlite::{Result, Row, Transaction};

use crate::store::rows::tables::{FRAGMENT, ORIGIN};

/// Gives all of them an envelope; what is in it stays as it was.
pub(crate) fn run(database: &Database, damage: &DamageLog) -> Result<(), StorageError> {
    convert(database, damage, "origins", origin)?;
    convert(database, damage, "fragments", fragment)?;
    Ok(())
}

fn origin(transaction: &Transaction<'_>, row: &Row<'_>) -> Result<()> {
    let (last, otlp): (i64, Vec<u8>) = (row.get(1)?, row.get(2)?);
    let head = Head { last, bytes: otlp.len() as u64, ..ORIGIN.head(row.get(0)?, Owner::Number(0)) };
    ORIGIN.put(transaction, &head, None, &otlp)
}

fn fragment(transaction: &Transaction<'_>, row: &Row<'_>) -> Result<()> {
    let (summary, data): (Vec<u8>, Vec<u8>) = (row.get(5)?, row.get(6)?);
    let head = Head {
        first: row.get(2)?,
        last: row.get(3)?,
        items: row.get::<_, i64>(4)?.max(0) as u64,
        bytes: data.len() as u64,
        ..FRAGMENT.head(row.get(0)?, Owner::Id(row.get(1)?))
    };
    FRAGMENT.put(transaction, &head, Some(&summary), &data)
}
