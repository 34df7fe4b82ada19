//! Reading what a database held when it was opened: everything but the samples of full chunks.

use std::collections::HashMap;
use std::sync::Arc;

use lab_model::Sample;
use lab_storage::{DamageLog, Database, StorageError, Unreadable};
use rusqlite::Connection;

use crate::model::metadata::Metadata;
use crate::store::buffer::open::{FrozenChunk, OpenChunk};
use crate::store::buffer::series::{ChunkId, Series, SeriesId, SeriesState};
use crate::store::rows::chunk::reader::ChunkReader;
use crate::store::rows::tables::{CHUNK, EXEMPLAR, METADATA, OPEN_CHUNK, SERIES};
use crate::store::rows::texts::{self, Interned};

/// What a database held.
pub(crate) struct Loaded {
    pub(crate) series: Vec<Arc<Series>>,
    /// Row and metadata of each family.
    pub(crate) metadata: HashMap<String, (i64, Metadata)>,
    pub(crate) last_series: SeriesId,
    pub(crate) last_chunk: ChunkId,
    pub(crate) last_metadata: i64,
}

/// Series for which room is made before they are counted; a table that grows is moved again and again.
const MOST_ROOM: usize = 1 << 17;

type States = hashbrown::HashMap<SeriesId, SeriesState>;

pub(crate) fn load(database: &Database, damage: &DamageLog, max_exemplars: usize) -> Result<Loaded, StorageError> {
    database.read(|connection| {
        let last_series = SERIES.last_id(connection)?;
        // Numbers are not given twice, so there may be far fewer series than that.
        let room = usize::try_from(last_series).unwrap_or_default().min(MOST_ROOM);
        let mut states = States::with_capacity(room);
        open_chunks(connection, damage, &mut states)?;
        full_chunks(connection, &mut states)?;
        exemplars(connection, damage, &mut states, max_exemplars)?;
        let series = series(connection, damage, &mut states)?;
        note_orphans(connection, damage, &states)?;
        Ok(Loaded {
            last_series,
            series,
            metadata: metadata(connection, damage)?,
            last_chunk: CHUNK.last_id(connection)?,
            last_metadata: METADATA.last_id(connection)?,
        })
    })
}

fn series(connection: &Connection, damage: &DamageLog, states: &mut States) -> rusqlite::Result<Vec<Arc<Series>>> {
    let (mut series, mut known) = (Vec::new(), Interned::default());
    SERIES.visit(connection, damage, ("ORDER BY id", []), |row| {
        let labels = texts::labels_from_text(row.body, &mut known)?;
        let state = states.remove(&row.head.id).unwrap_or_default();
        series.push(Series::new(row.head.id, labels, SeriesState { stored: true, ..state }));
        Ok(())
    })?;
    Ok(series)
}

fn open_chunks(connection: &Connection, damage: &DamageLog, states: &mut States) -> rusqlite::Result<()> {
    OPEN_CHUNK.visit(connection, damage, ("", []), |row| {
        let mut late: Vec<Sample> = Vec::new();
        ChunkReader::new(row.front).read_into(i64::MIN, i64::MAX, &mut late);
        // An open chunk stays one: what it took it takes again. It is decoded when the next sample comes.
        let chunk = ChunkReader::new(row.body);
        if u64::from(chunk.count()) + late.len() as u64 != row.head.items {
            return Err(Unreadable::Content);
        }
        let (first, last, count) = (chunk.first(), row.head.last, chunk.count());
        let open = (count > 0).then(|| FrozenChunk { bytes: row.body.into(), first, last, count });
        let state = SeriesState {
            oldest: (row.head.items > 0).then_some(row.head.first),
            newest: open.as_ref().map(|open| open.last),
            open: open.map(OpenChunk::Frozen),
            late,
            ..SeriesState::default()
        };
        states.insert(row.head.id, state);
        Ok(())
    })
}

/// Takes down from when to when the full chunks of each series reach.
fn full_chunks(connection: &Connection, states: &mut States) -> rusqlite::Result<()> {
    // The index answers this without a look at the rows, whose checksums are compared when they are read.
    let mut statement = connection.prepare("SELECT owner, min(first), max(last) FROM chunk GROUP BY owner")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        // What stands there otherwise is no row that was written, which the catalogue has told.
        let (Ok(series), Ok(first), Ok(last)) = (row.get(0), row.get::<_, i64>(1), row.get::<_, i64>(2)) else {
            continue;
        };
        let state = states.entry(series).or_default();
        state.oldest = Some(state.oldest.map_or(first, |known| known.min(first)));
        state.disk_until = Some(last);
        if state.newest.is_none() {
            state.newest = Some(last);
        }
    }
    Ok(())
}

/// Notes the samples of series whose row is damaged: nobody can say what they are samples of.
fn note_orphans(connection: &Connection, damage: &DamageLog, orphans: &States) -> rusqlite::Result<()> {
    for (series, state) in orphans {
        let mut chunks = connection.prepare_cached("SELECT id, items, first, last FROM chunk WHERE owner = ?")?;
        let mut rows = chunks.query([series])?;
        while let Some(row) = rows.next()? {
            let number = |at| row.get::<_, i64>(at).unwrap_or_default();
            let (items, range) = (number(1).max(0) as u64, (number(2), number(3)));
            damage.note(CHUNK.name, row.get(0)?, Unreadable::OwnerMissing, items, range);
        }
        let samples = state.unstored_samples();
        if samples > 0 {
            let range = (state.oldest.unwrap_or_default(), state.last_timestamp().unwrap_or_default());
            damage.note(OPEN_CHUNK.name, *series, Unreadable::OwnerMissing, samples, range);
        }
    }
    Ok(())
}

fn exemplars(connection: &Connection, damage: &DamageLog, states: &mut States, max: usize) -> rusqlite::Result<()> {
    EXEMPLAR.visit(connection, damage, ("ORDER BY id", []), |row| {
        let lab_storage::Owner::Number(series) = row.head.owner else { return Err(Unreadable::Column("owner")) };
        let state = states.entry(series).or_default();
        for exemplar in texts::exemplars_from_text(row.body)? {
            state.exemplars.restore(exemplar, max);
        }
        Ok(())
    })
}

fn metadata(connection: &Connection, damage: &DamageLog) -> rusqlite::Result<HashMap<String, (i64, Metadata)>> {
    let mut known = HashMap::new();
    METADATA.visit(connection, damage, ("", []), |row| {
        let (name, metadata) = texts::metadata_from_text(row.body)?;
        known.insert(name, (row.head.id, metadata));
        Ok(())
    })?;
    Ok(known)
}
