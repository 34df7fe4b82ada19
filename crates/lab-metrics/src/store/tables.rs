//! The tables of `metrics.db`, and every statement on them but those of queries.
//!
//! A chunk row is written once. The open chunk of a series is one small row that is written anew with each
//! commit, so that recovery after a crash is nothing but reading tables.

use std::collections::HashMap;
use std::sync::Arc;

use lab_model::{Labels, Sample};
use lab_storage::{Database, Schema, StorageError};
use rusqlite::types::Type;
use rusqlite::{Connection, params};

use crate::store::chunk::builder::ChunkBuilder;
use crate::store::chunk::reader::ChunkReader;
use crate::store::exemplar::Exemplar;
use crate::store::metadata::Metadata;
use crate::store::series::{ChunkId, Pending, Series, SeriesId, SeriesState};

/// The database's shape.
pub(crate) const SCHEMA: Schema = Schema(&["
    -- Labels as a JSON object, so that people can read them.
    CREATE TABLE series (id INTEGER PRIMARY KEY, labels TEXT NOT NULL);
    -- Ids in order of sealing: the oldest rows are the first to go. Times in ms since the epoch.
    CREATE TABLE chunk (
        id INTEGER PRIMARY KEY, series INTEGER NOT NULL,
        first_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL, samples BLOB NOT NULL
    );
    CREATE INDEX chunk_of_series ON chunk (series, last_ms, first_ms);
    CREATE TABLE open_chunk (series INTEGER PRIMARY KEY, samples BLOB, late BLOB);
    CREATE TABLE exemplar (
        series INTEGER NOT NULL, time_ms INTEGER NOT NULL, value REAL, labels TEXT NOT NULL
    );
    CREATE INDEX exemplar_of_series ON exemplar (series, time_ms);
    CREATE TABLE metadata (name TEXT PRIMARY KEY, kind TEXT NOT NULL, help TEXT NOT NULL, unit TEXT NOT NULL);
"]);

/// What a database held when it was opened.
pub(crate) struct Loaded {
    pub(crate) series: Vec<Arc<Series>>,
    pub(crate) metadata: HashMap<String, Metadata>,
    pub(crate) last_series: SeriesId,
    pub(crate) last_chunk: ChunkId,
}

/// Reads everything but the samples of sealed chunks.
pub(crate) fn load(database: &Database, max_exemplars: usize) -> Result<Loaded, StorageError> {
    database.read(|connection| {
        let mut states = load_states(connection)?;
        load_exemplars(connection, &mut states, max_exemplars)?;
        let mut statement = connection.prepare("SELECT id, labels FROM series ORDER BY id")?;
        let rows = statement.query_map([], |row| Ok((row.get::<_, SeriesId>(0)?, json_labels(row, 1)?)))?;
        let mut series = Vec::new();
        for row in rows {
            let (id, labels) = row?;
            let state = states.remove(&id).unwrap_or_default();
            series.push(Series::new(id, labels, SeriesState { stored: true, ..state }));
        }
        Ok(Loaded {
            last_series: series.last().map_or(0, |series| series.id),
            series,
            metadata: load_metadata(connection)?,
            last_chunk: connection.query_row("SELECT coalesce(max(id), 0) FROM chunk", [], |row| row.get(0))?,
        })
    })
}

/// Commits what changed, all or nothing.
pub(crate) fn write(
    database: &Database,
    pending: &[Pending],
    metadata: &[(String, Metadata)],
) -> Result<(), StorageError> {
    database.write(|transaction| {
        let mut series = transaction.prepare_cached("INSERT OR REPLACE INTO series VALUES (?, ?)")?;
        let mut chunk = transaction.prepare_cached("INSERT OR REPLACE INTO chunk VALUES (?, ?, ?, ?, ?)")?;
        let mut open = transaction.prepare_cached("INSERT OR REPLACE INTO open_chunk VALUES (?, ?, ?)")?;
        let mut exemplar = transaction.prepare_cached("INSERT INTO exemplar VALUES (?, ?, ?, ?)")?;
        for one in pending {
            let id = one.series.id;
            if one.new {
                series.execute(params![id, to_json(&one.series.labels)])?;
            }
            for sealed in &one.sealed {
                chunk.execute(params![sealed.id, id, sealed.first, sealed.last, &*sealed.bytes])?;
            }
            if one.open.is_some() || one.late.is_some() {
                open.execute(params![id, one.open.as_deref(), one.late.as_deref()])?;
            }
            for found in &one.exemplars {
                exemplar.execute(params![id, found.timestamp, found.value, to_json(&found.labels)])?;
            }
        }
        let mut statement = transaction.prepare_cached("INSERT OR REPLACE INTO metadata VALUES (?, ?, ?, ?)")?;
        for (name, metadata) in metadata {
            statement.execute(params![name, metadata.kind.as_str(), metadata.help, metadata.unit])?;
        }
        Ok(())
    })
}

/// The chunks of a series that are on disk only and overlap `start..=end`, oldest first.
pub(crate) fn read_chunks(
    database: &Database,
    series: SeriesId,
    before: ChunkId,
    start: i64,
    end: i64,
) -> Result<Vec<Vec<u8>>, StorageError> {
    database.read(|connection| {
        let mut statement = connection.prepare_cached(
            "SELECT samples FROM chunk WHERE series = ? AND last_ms >= ? AND first_ms <= ? AND id < ? ORDER BY last_ms",
        )?;
        statement.query_map([series, start, end, before], |row| row.get(0))?.collect()
    })
}

fn load_states(connection: &Connection) -> rusqlite::Result<HashMap<SeriesId, SeriesState>> {
    let mut states: HashMap<SeriesId, SeriesState> = HashMap::new();
    let mut statement = connection.prepare("SELECT series, samples, late FROM open_chunk")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let read = |at: usize| -> rusqlite::Result<Vec<Sample>> {
            let mut samples = Vec::new();
            let bytes: Option<Vec<u8>> = row.get(at)?;
            ChunkReader::new(&bytes.unwrap_or_default()).read_into(i64::MIN, i64::MAX, &mut samples);
            Ok(samples)
        };
        let (open, late) = (read(1)?, read(2)?);
        let times = open.iter().chain(&late).map(|sample| sample.timestamp);
        let state = SeriesState {
            oldest: times.min(),
            newest: open.last().copied(),
            open: ChunkBuilder::from_samples(&open),
            late,
            ..SeriesState::default()
        };
        states.insert(row.get(0)?, state);
    }
    let mut statement = connection.prepare("SELECT series, min(first_ms), max(last_ms) FROM chunk GROUP BY series")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let state = states.entry(row.get(0)?).or_default();
        let oldest: i64 = row.get(1)?;
        state.oldest = Some(state.oldest.map_or(oldest, |known| known.min(oldest)));
        state.disk_until = Some(row.get(2)?);
        if state.newest.is_none() {
            state.newest = state.disk_until.map(|timestamp| Sample { timestamp, value: f64::NAN });
        }
    }
    Ok(states)
}

fn load_exemplars(
    connection: &Connection,
    states: &mut HashMap<SeriesId, SeriesState>,
    max: usize,
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare("SELECT series, time_ms, value, labels FROM exemplar ORDER BY rowid")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let state = states.entry(row.get(0)?).or_default();
        let value = row.get::<_, Option<f64>>(2)?.unwrap_or(f64::NAN);
        let exemplar = Exemplar { labels: json_labels(row, 3)?, value, timestamp: row.get(1)? };
        state.exemplars.restore(exemplar, max);
    }
    Ok(())
}

fn load_metadata(connection: &Connection) -> rusqlite::Result<HashMap<String, Metadata>> {
    let mut statement = connection.prepare("SELECT name, kind, help, unit FROM metadata")?;
    let rows = statement.query_map([], |row| {
        let kind = row.get::<_, String>(1)?.parse().unwrap_or_default();
        Ok((row.get(0)?, Metadata { kind, help: row.get(2)?, unit: row.get(3)? }))
    })?;
    rows.collect()
}

fn to_json(labels: &Labels) -> String {
    serde_json::to_string(labels).unwrap_or_default()
}

fn json_labels(row: &rusqlite::Row<'_>, at: usize) -> rusqlite::Result<Labels> {
    let pairs: HashMap<String, String> = serde_json::from_str(row.get_ref(at)?.as_str()?)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(at, Type::Text, error.into()))?;
    Ok(Labels::from_pairs(pairs))
}
