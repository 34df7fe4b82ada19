//! Rows of the first schema, from before the envelope.

use lab_storage::row::upgrade::convert;
use lab_storage::{DamageLog, Database, Owner, StorageError};
use rusqlite::types::Type;
use rusqlite::{Error, Result, Row, Transaction};

use crate::model::exemplar::Exemplar;
use crate::model::metadata::Metadata;
use crate::store::buffer::open::FrozenChunk;
use crate::store::rows::chunk::format::HEADER;
use crate::store::rows::tables::{METADATA, SERIES};
use crate::store::rows::texts::{self, Interned};
use crate::store::rows::write::{put_chunk, put_exemplars, put_metadata, put_open_chunk};

/// Gives all of them an envelope.
pub(crate) fn run(database: &Database, damage: &DamageLog) -> Result<(), StorageError> {
    convert(database, damage, "series_1", series)?;
    convert(database, damage, "chunk_1", chunk)?;
    convert(database, damage, "open_chunk_1", open_chunk)?;
    convert(database, damage, "exemplar_1", exemplar)?;
    convert(database, damage, "metadata_1", metadata)?;
    Ok(())
}

fn series(transaction: &Transaction<'_>, row: &Row<'_>) -> Result<()> {
    let (id, labels): (i64, String) = (row.get(0)?, row.get(1)?);
    SERIES.put_text(transaction, &SERIES.head(id, Owner::Number(0)), &labels)
}

fn chunk(transaction: &Transaction<'_>, row: &Row<'_>) -> Result<()> {
    let bytes: Vec<u8> = row.get(4)?;
    if bytes.len() < HEADER {
        return Err(Error::FromSqlConversionFailure(4, Type::Blob, "the chunk is shorter than its header".into()));
    }
    put_chunk(transaction, (row.get(0)?, row.get(1)?), (row.get(2)?, row.get(3)?), &bytes)
}

fn open_chunk(transaction: &Transaction<'_>, row: &Row<'_>) -> Result<()> {
    let chunk = |at| row.get::<_, Option<Vec<u8>>>(at).map(|bytes| bytes.and_then(|bytes| FrozenChunk::read(&bytes)));
    put_open_chunk(transaction, row.get(0)?, chunk(1)?.as_ref(), chunk(2)?.as_ref())
}

fn exemplar(transaction: &Transaction<'_>, row: &Row<'_>) -> Result<()> {
    let labels: String = row.get(3)?;
    let labels = texts::labels_from_text(labels.as_bytes(), &mut Interned::default())
        .map_err(|reason| Error::FromSqlConversionFailure(3, Type::Text, reason.into()))?;
    let value = row.get::<_, Option<f64>>(2)?.unwrap_or(f64::NAN);
    put_exemplars(transaction, row.get(0)?, &[Exemplar { labels, value, timestamp: row.get(1)? }])
}

fn metadata(transaction: &Transaction<'_>, row: &Row<'_>) -> Result<()> {
    let kind = row.get::<_, String>(1)?.parse().unwrap_or_default();
    let metadata = Metadata { kind, help: row.get(2)?, unit: row.get(3)? };
    let id = METADATA.last_id(transaction)? + 1;
    put_metadata(transaction, id, &row.get::<_, String>(0)?, &metadata)
}
