//! The tables of `logs.db`. Both are rows in the envelope of `lab_storage::row`; times are in nanoseconds.
//!
//! | Table | Owner | Front | Body |
//! |---|---|---|---|
//! | `stream` | – (the row's number is the stream's) | – | labels as a JSON object |
//! | `chunk` | stream | filters of trace ids and texts, times, sizes, columns of metadata | other metadata, and lines |
//! | `journal` | – | – | – (one row: up to which record of the journal the others hold everything) |
//!
//! A chunk of version 0 is one of the first schema, see [`first_layout`](super::layout::first_layout); what version 1 lacks, see
//! [`front`](super::layout::front).

use lab_storage::row::catalogue;
use lab_storage::{Catalogued, DamageLog, Gone, Kind, Schema, Table, catalogue_table, catalogued, row_table};
use rusqlite::{Connection, Result, Transaction};

use crate::store::buffer::sealed::SealedChunk;

pub(crate) const STREAM: Table = Table { name: "stream", kind: Kind::Stream, version: 1, counted: false };
pub(crate) const CHUNK: Table = Table { name: "chunk", kind: Kind::LogChunk, version: 3, counted: true };

/// The database's shape. The first step is that of dicelab before rows had an envelope; its tables are emptied by
/// [`upgrade`](super::upgrade). The index by owner answers what a selection asks without touching the rows.
pub(crate) const SCHEMA: Schema = Schema(&[
    "
    CREATE TABLE stream (id INTEGER PRIMARY KEY, labels TEXT NOT NULL UNIQUE) STRICT;
    CREATE TABLE chunk (
        id INTEGER PRIMARY KEY,
        stream INTEGER NOT NULL,
        first INTEGER NOT NULL,
        last INTEGER NOT NULL,
        entries INTEGER NOT NULL,
        raw_bytes INTEGER NOT NULL,
        traces BLOB NOT NULL,
        block BLOB NOT NULL
    ) STRICT;
    CREATE INDEX chunk_by_stream ON chunk (stream, last, first, entries, raw_bytes);
    CREATE INDEX chunk_by_age ON chunk (last, entries, raw_bytes);
    ",
    concat!(
        "
        DROP INDEX chunk_by_stream;
        DROP INDEX chunk_by_age;
        ALTER TABLE stream RENAME TO stream_1;
        ALTER TABLE chunk RENAME TO chunk_1;
        ",
        row_table!("stream"),
        row_table!("chunk"),
        "
        CREATE INDEX chunk_of_owner ON chunk (owner, last, first, items, bytes);
        CREATE INDEX chunk_by_age ON chunk (last);
        "
    ),
    row_table!("journal"),
    concat!(
        "
        DROP INDEX chunk_of_owner;
        CREATE INDEX chunk_of_owner ON chunk (owner, last, first, items, bytes, checksum);
        ",
        catalogue_table!(),
        catalogued!("stream"),
        catalogued!("chunk"),
    ),
]);

/// The tables that are in the catalogue.
pub(crate) const CATALOGUED: [Catalogued; 2] = [
    Catalogued { table: STREAM, index: None, others: &[] },
    Catalogued { table: CHUNK, index: Some("chunk_of_owner"), others: &[("chunk_by_age", &["last"])] },
];

/// A chunk as the index knows it. Its checksum is compared when the chunk is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ChunkEntry {
    pub(crate) id: i64,
    pub(crate) first: i64,
    pub(crate) last: i64,
    pub(crate) entries: u64,
    pub(crate) bytes: u64,
}

/// Chunks of a stream that hold times from `start` to `end`.
pub(crate) fn chunks_between(connection: &Connection, stream: i64, start: i64, end: i64) -> Result<Vec<ChunkEntry>> {
    let mut statement = connection.prepare_cached(
        "SELECT id, first, last, items, bytes FROM chunk WHERE owner = ?1 AND last >= ?2 AND first <= ?3",
    )?;
    let rows = statement.query_map([stream, start, end], |row| {
        Ok(ChunkEntry {
            id: row.get(0)?,
            first: row.get(1)?,
            last: row.get(2)?,
            entries: row.get::<_, i64>(3)?.max(0) as u64,
            bytes: row.get::<_, i64>(4)?.max(0) as u64,
        })
    })?;
    rows.collect()
}

/// Every chunk with its stream, as far as their numbers and times are numbers.
pub(crate) fn all_chunks(connection: &Connection) -> Result<Vec<(i64, SealedChunk)>> {
    let mut statement = connection.prepare("SELECT owner, id, first, last FROM chunk ORDER BY owner, last")?;
    let (mut rows, mut chunks) = (statement.query([])?, Vec::new());
    while let Some(row) = rows.next()? {
        let chunk = || Ok((row.get(0)?, SealedChunk { id: row.get(1)?, first: row.get(2)?, last: row.get(3)? }));
        let chunk: Result<(i64, SealedChunk)> = chunk();
        chunks.extend(chunk.ok());
    }
    Ok(chunks)
}

pub(crate) fn has_chunk_between(connection: &Connection, stream: i64, start: i64, end: i64) -> Result<bool> {
    connection
        .prepare_cached("SELECT 1 FROM chunk WHERE owner = ?1 AND last >= ?2 AND first <= ?3 LIMIT 1")?
        .exists([stream, start, end])
}

/// The time of the oldest chunk's newest entry.
pub(crate) fn oldest(connection: &Connection) -> Result<Option<i64>> {
    connection.query_row("SELECT min(last) FROM chunk", [], |row| row.get(0))
}

/// Removes chunks whose newest entry is before `cutoff`.
pub(crate) fn delete_before(transaction: &Transaction<'_>, damage: &DamageLog, cutoff: i64) -> Result<Vec<Gone>> {
    let gone = CHUNK.delete(transaction, damage, ("last < ?1", [cutoff]))?;
    catalogue::forget_before(transaction, &CHUNK, cutoff)?;
    Ok(gone)
}

/// Removes the `count` oldest chunks.
pub(crate) fn delete_oldest(transaction: &Transaction<'_>, damage: &DamageLog, count: i64) -> Result<Vec<Gone>> {
    CHUNK.delete(transaction, damage, ("id IN (SELECT id FROM chunk ORDER BY last LIMIT ?1)", [count]))
}

/// Removes a stream if it has no chunk; true if it is gone.
pub(crate) fn delete_stream_if_empty(transaction: &Transaction<'_>, damage: &DamageLog, stream: i64) -> Result<bool> {
    let condition = "id = ?1 AND NOT EXISTS (SELECT 1 FROM chunk WHERE owner = ?1)";
    STREAM.delete(transaction, damage, (condition, [stream])).map(|gone| !gone.is_empty())
}
