//! The two tables: streams, and chunks of their entries. What a statement means stands beside it.

use lab_model::Labels;
use lab_storage::Schema;
use rusqlite::{Connection, OptionalExtension, Result, Transaction, params};

/// `labels` is a JSON object. `traces` is a filter of trace ids; it and the small columns come before the
/// block, so that looking at them does not read it. The index answers a query without touching the rows.
pub(super) const SCHEMA: Schema = Schema(&["
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
"]);

/// A chunk without its block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ChunkRow {
    pub(super) id: i64,
    pub(super) first: i64,
    pub(super) last: i64,
    pub(super) entries: u64,
    pub(super) raw_bytes: u64,
}

/// What retention removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Evicted {
    pub(super) entries: u64,
    pub(super) raw_bytes: u64,
}

pub(super) fn streams(connection: &Connection) -> Result<Vec<(i64, Labels)>> {
    let mut statement = connection.prepare("SELECT id, labels FROM stream")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, labels_from_json(&row.get::<_, String>(1)?))))?;
    rows.collect()
}

/// The largest ids of a stream and of a chunk, 0 where there is none.
pub(super) fn largest_ids(connection: &Connection) -> Result<(i64, i64)> {
    connection.query_row(
        "SELECT (SELECT coalesce(max(id), 0) FROM stream), (SELECT coalesce(max(id), 0) FROM chunk)",
        [],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

pub(super) fn insert_stream(transaction: &Transaction<'_>, id: i64, labels: &Labels) -> Result<()> {
    let json = serde_json::to_string(labels).unwrap_or_default();
    transaction
        .prepare_cached("INSERT OR REPLACE INTO stream (id, labels) VALUES (?1, ?2)")?
        .execute(params![id, json])?;
    Ok(())
}

pub(super) fn put_chunk(
    transaction: &Transaction<'_>,
    stream: i64,
    row: ChunkRow,
    traces: &[u8],
    block: &[u8],
) -> Result<()> {
    let mut statement = transaction.prepare_cached(
        "INSERT OR REPLACE INTO chunk (id, stream, first, last, entries, raw_bytes, traces, block)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    let (entries, raw_bytes) = (row.entries as i64, row.raw_bytes as i64);
    statement.execute(params![row.id, stream, row.first, row.last, entries, raw_bytes, traces, block])?;
    Ok(())
}

/// Chunks of a stream that hold times from `start` to `end`.
pub(super) fn chunks_between(connection: &Connection, stream: i64, start: i64, end: i64) -> Result<Vec<ChunkRow>> {
    let mut statement = connection.prepare_cached(
        "SELECT id, first, last, entries, raw_bytes FROM chunk WHERE stream = ?1 AND last >= ?2 AND first <= ?3",
    )?;
    let rows = statement.query_map([stream, start, end], |row| {
        Ok(ChunkRow {
            id: row.get(0)?,
            first: row.get(1)?,
            last: row.get(2)?,
            entries: row.get::<_, i64>(3)? as u64,
            raw_bytes: row.get::<_, i64>(4)? as u64,
        })
    })?;
    rows.collect()
}

pub(super) fn has_chunk_between(connection: &Connection, stream: i64, start: i64, end: i64) -> Result<bool> {
    connection
        .prepare_cached("SELECT 1 FROM chunk WHERE stream = ?1 AND last >= ?2 AND first <= ?3 LIMIT 1")?
        .exists([stream, start, end])
}

pub(super) fn traces(connection: &Connection, chunk: i64) -> Result<Option<Vec<u8>>> {
    connection.prepare_cached("SELECT traces FROM chunk WHERE id = ?1")?.query_row([chunk], |row| row.get(0)).optional()
}

pub(super) fn block(connection: &Connection, chunk: i64) -> Result<Option<Vec<u8>>> {
    connection.prepare_cached("SELECT block FROM chunk WHERE id = ?1")?.query_row([chunk], |row| row.get(0)).optional()
}

/// The time of the oldest chunk's newest entry.
pub(super) fn oldest(connection: &Connection) -> Result<Option<i64>> {
    connection.query_row("SELECT min(last) FROM chunk", [], |row| row.get(0))
}

/// Removes chunks whose newest entry is before `cutoff`.
pub(super) fn delete_before(transaction: &Transaction<'_>, cutoff: i64) -> Result<Evicted> {
    let gone = transaction.query_row(
        "SELECT coalesce(sum(entries), 0), coalesce(sum(raw_bytes), 0) FROM chunk WHERE last < ?1",
        [cutoff],
        evicted,
    )?;
    transaction.execute("DELETE FROM chunk WHERE last < ?1", [cutoff])?;
    Ok(gone)
}

/// Removes the `count` oldest chunks.
pub(super) fn delete_oldest(transaction: &Transaction<'_>, count: i64) -> Result<Evicted> {
    const OLDEST: &str = "SELECT id FROM chunk ORDER BY last LIMIT ?1";
    let sums =
        format!("SELECT coalesce(sum(entries), 0), coalesce(sum(raw_bytes), 0) FROM chunk WHERE id IN ({OLDEST})");
    let gone = transaction.query_row(&sums, [count], evicted)?;
    transaction.execute(&format!("DELETE FROM chunk WHERE id IN ({OLDEST})"), [count])?;
    Ok(gone)
}

/// Removes a stream if it has no chunk; true if it is gone.
pub(super) fn delete_stream_if_empty(transaction: &Transaction<'_>, stream: i64) -> Result<bool> {
    let gone = transaction
        .prepare_cached("DELETE FROM stream WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM chunk WHERE stream = ?1)")?
        .execute([stream])?;
    Ok(gone > 0)
}

pub(super) fn chunk_exists(connection: &Connection, chunk: i64) -> Result<bool> {
    connection.prepare_cached("SELECT 1 FROM chunk WHERE id = ?1")?.exists([chunk])
}

fn evicted(row: &rusqlite::Row<'_>) -> Result<Evicted> {
    Ok(Evicted { entries: row.get::<_, i64>(0)? as u64, raw_bytes: row.get::<_, i64>(1)? as u64 })
}

fn labels_from_json(json: &str) -> Labels {
    let pairs: Vec<(String, String)> = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(json)
        .map(|map| map.into_iter().filter_map(|(name, value)| Some((name, value.as_str()?.to_owned()))).collect())
        .unwrap_or_default();
    Labels::from_pairs(pairs)
}
