//! Reading from the tables: the streams when a store is opened, chunks when a query wants them.

use std::collections::HashSet;

use lab_model::Labels;
use lab_storage::{DamageLog, Database, StorageError, Unreadable};
use rusqlite::Connection;

use crate::store::buffer::sealed::SealedChunk;
use crate::store::rows::layout::chunk;
use crate::store::rows::layout::entry::Damaged;
use crate::store::rows::layout::front::Front;
use crate::store::rows::tables;
use crate::store::rows::tables::{CHUNK, STREAM};

/// What a database held when it was opened.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) streams: Vec<(i64, Labels)>,
    /// All chunks, each with the number of its stream.
    pub(crate) sealed: Vec<(i64, SealedChunk)>,
    pub(crate) last_stream: i64,
    pub(crate) last_chunk: i64,
}

/// Reads the streams; their chunks stay where they are.
pub(crate) fn streams(database: &Database, damage: &DamageLog) -> Result<Loaded, StorageError> {
    database.read(|connection| {
        let mut streams = Vec::new();
        STREAM.visit(connection, damage, ("ORDER BY id", []), |row| {
            let pairs: serde_json::Map<String, serde_json::Value> =
                serde_json::from_slice(row.body).map_err(|_| Unreadable::Content)?;
            let pair = |(name, value): (String, serde_json::Value)| Some((name, value.as_str()?.to_owned()));
            streams.push((row.head.id, Labels::from_pairs(pairs.into_iter().filter_map(pair))));
            Ok(())
        })?;
        note_orphans(connection, damage, &streams)?;
        let (last_stream, last_chunk) = (STREAM.last_id(connection)?, CHUNK.last_id(connection)?);
        let sealed = tables::all_chunks(connection)?;
        Ok(Loaded { streams, sealed, last_stream, last_chunk })
    })
}

/// Notes the lines of streams whose row is damaged: nobody can say where they belong.
fn note_orphans(connection: &Connection, damage: &DamageLog, streams: &[(i64, Labels)]) -> rusqlite::Result<()> {
    let known: HashSet<i64> = streams.iter().map(|(id, _)| *id).collect();
    let mut owners = connection.prepare("SELECT DISTINCT owner FROM chunk")?;
    let mut owners = owners.query([])?;
    while let Some(owner) = owners.next()? {
        let owner: rusqlite::types::Value = owner.get(0)?;
        if matches!(owner, rusqlite::types::Value::Integer(owner) if known.contains(&owner)) {
            continue;
        }
        let mut chunks = connection.prepare_cached("SELECT id, items, first, last FROM chunk WHERE owner = ?")?;
        let mut rows = chunks.query([&owner])?;
        while let Some(row) = rows.next()? {
            let number = |at| row.get::<_, i64>(at).unwrap_or_default();
            let (items, range) = (number(1).max(0) as u64, (number(2), number(3)));
            damage.note(CHUNK.name, row.get(0)?, Unreadable::OwnerMissing, items, range);
        }
    }
    Ok(())
}

/// A chunk that was read and checked.
#[derive(Debug)]
pub(crate) struct Chunk {
    pub(crate) front: StoredFront,
    /// The body, unpacked.
    pub(crate) raw: Vec<u8>,
    /// Bytes that front and body take on the disk.
    pub(crate) packed_bytes: u64,
}

/// The front of a chunk, which was checked without reading the body.
#[derive(Debug)]
pub(crate) struct StoredFront {
    /// The version of the chunk's layout.
    pub(crate) version: u8,
    bytes: Vec<u8>,
}

impl StoredFront {
    /// What it says.
    pub(crate) fn read(&self) -> Result<Front<'_>, Damaged> {
        Front::read(self.version, &self.bytes)
    }
}

/// Reads a chunk; `None` if it has been removed meanwhile or is damaged.
pub(crate) fn chunk(connection: &Connection, damage: &DamageLog, id: i64) -> rusqlite::Result<Option<Chunk>> {
    let mut found = None;
    CHUNK.visit(connection, damage, ("WHERE id = ?", [id]), |row| {
        let raw = chunk::unpack(row.body).map_err(|_| Unreadable::Content)?;
        let front = StoredFront { version: row.head.version, bytes: row.front.to_vec() };
        found = Some(Chunk { front, raw, packed_bytes: (row.front.len() + row.body.len()) as u64 });
        Ok(())
    })?;
    Ok(found)
}

/// Reads the front of a chunk; `None` if the chunk has been removed meanwhile or is damaged.
pub(crate) fn front(connection: &Connection, damage: &DamageLog, id: i64) -> rusqlite::Result<Option<StoredFront>> {
    let mut found = None;
    CHUNK.visit_fronts(connection, damage, ("WHERE id = ?", [id]), |row| {
        let front = StoredFront { version: row.head.version, bytes: row.front.to_vec() };
        front.read().map_err(|_| Unreadable::Content)?;
        found = Some(front);
        Ok(())
    })?;
    Ok(found)
}
