//! Samples that are too old or too many.

use std::sync::Arc;

use lab_storage::row::catalogue;
use lab_storage::{DamageLog, Database, StorageError};
use rusqlite::Transaction;

use crate::store::buffer::series::{ChunkId, Series, SeriesState};
use crate::store::rows::chunk::reader::ChunkReader;
use crate::store::rows::tables::{CHUNK, EXEMPLAR, OPEN_CHUNK, SERIES};

/// Chunks that go in one transaction when the database is too large.
const BATCH: i64 = 512;

/// What went by age.
#[derive(Debug, Default)]
pub(crate) struct Expired {
    /// How many samples.
    pub(crate) samples: u64,
    /// Series of which nothing is left; they are marked as removed and have no rows any more.
    pub(crate) empty: Vec<Arc<Series>>,
    /// Series whose row of open samples must be written anew, since some of these samples went.
    pub(crate) changed: Vec<Arc<Series>>,
}

/// Marks the series as removed whose last sample is older than `cutoff` (ms), and answers them. Nothing may come in
/// meanwhile.
pub(crate) fn mark(all: &[Arc<Series>], cutoff: i64) -> Vec<Arc<Series>> {
    let mut empty = Vec::new();
    for series in all {
        let mut state = series.state();
        if state.last_timestamp().is_some_and(|last| last < cutoff) {
            state.removed = true;
            empty.push(series.clone());
        }
    }
    empty
}

/// Removes chunks whose last sample is older than `cutoff` (ms), and the series that were marked.
pub(crate) fn by_age(
    (database, damage): (&Database, &DamageLog),
    all: &[Arc<Series>],
    (cutoff, empty): (i64, Vec<Arc<Series>>),
) -> Result<Expired, StorageError> {
    let aged: Vec<_> = all.iter().filter(|series| series.state().oldest.is_some_and(|at| at < cutoff)).collect();
    let mut expired = Expired { empty, ..Expired::default() };
    if aged.is_empty() {
        return Ok(expired);
    }
    let removed = database.write(|transaction| {
        let mut samples = 0;
        for series in &aged {
            let before = ("owner = ? AND last < ?", [series.id, cutoff]);
            samples += CHUNK.delete(transaction, damage, before)?.iter().map(|row| row.items).sum::<u64>();
            let oldest = series.state().exemplars.oldest().unwrap_or(cutoff).max(cutoff);
            EXEMPLAR.delete(transaction, damage, ("owner = ? AND last < ?", [series.id, oldest]))?;
        }
        expired.empty.iter().try_for_each(|series| delete_series(transaction, damage, series.id))?;
        for table in [CHUNK, OPEN_CHUNK, EXEMPLAR] {
            catalogue::forget_before(transaction, &table, cutoff)?;
        }
        Ok(samples)
    });
    match removed {
        Ok(samples) => expired.samples = samples,
        Err(error) => {
            expired.empty.iter().for_each(|series| series.state().removed = false);
            return Err(error);
        }
    }
    for series in aged {
        let mut state = series.state();
        let late = state.late.len();
        expired.samples += forget(&mut state, cutoff);
        if late > state.late.len() && !state.removed {
            expired.changed.push(series.clone());
        }
    }
    Ok(expired)
}

/// Removes the oldest sealed chunks until the database takes at most `max_bytes`; answers how many samples went.
pub(crate) fn by_size(
    (database, damage): (&Database, &DamageLog),
    all: &[Arc<Series>],
    max_bytes: u64,
) -> Result<u64, StorageError> {
    let mut samples = 0;
    while database.used_bytes() > max_bytes {
        let oldest = ("id IN (SELECT id FROM chunk ORDER BY id LIMIT ?)", [BATCH]);
        let gone = database.write(|transaction| {
            let gone = CHUNK.delete(transaction, damage, oldest)?;
            let through = gone.iter().map(|row| row.id).max();
            through.map_or(Ok(()), |through| catalogue::forget_through(transaction, &CHUNK, through)).map(|()| gone)
        })?;
        let Some(through) = gone.iter().map(|row| row.id).max() else { break };
        samples += gone.iter().map(|row| row.items).sum::<u64>();
        forget_stored(all, through);
    }
    Ok(samples)
}

/// Forgets the chunks in memory whose rows, up to the one with this number, are gone.
fn forget_stored(all: &[Arc<Series>], through: ChunkId) {
    for series in all {
        let mut state = series.state();
        while state.sealed.front().is_some_and(|chunk| chunk.stored && chunk.id <= through) {
            state.sealed.pop_front();
        }
    }
}

/// Deletes every row of a series.
pub(crate) fn delete_series(transaction: &Transaction<'_>, damage: &DamageLog, series: i64) -> rusqlite::Result<()> {
    for (table, condition) in
        [(CHUNK, "owner = ?"), (OPEN_CHUNK, "id = ?"), (EXEMPLAR, "owner = ?"), (SERIES, "id = ?")]
    {
        table.delete(transaction, damage, (condition, [series]))?;
    }
    Ok(())
}

/// Forgets what memory holds from before `cutoff`; answers how many samples were nowhere else.
fn forget(state: &mut SeriesState, cutoff: i64) -> u64 {
    let mut samples = state.late.partition_point(|late| late.timestamp < cutoff) as u64;
    state.late.drain(..samples as usize);
    state.sealed.retain(|chunk| {
        let keep = chunk.last >= cutoff;
        samples += if keep || chunk.stored { 0 } else { u64::from(ChunkReader::new(&chunk.bytes).count()) };
        keep
    });
    if state.open.as_ref().is_some_and(|open| open.last() < cutoff) {
        samples += state.open.take().map_or(0, |open| u64::from(open.count()));
    }
    state.exemplars.expire(cutoff);
    state.oldest = Some(cutoff);
    samples
}
