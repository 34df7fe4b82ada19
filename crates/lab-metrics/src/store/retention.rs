//! Samples that are too old or too many.

use std::sync::Arc;

use lab_storage::{Database, StorageError};
use rusqlite::{Transaction, params};

use crate::store::chunk::reader::ChunkReader;
use crate::store::series::{ChunkId, Series, SeriesState};

/// Chunks that go in one transaction when the database is too large.
const BATCH: i64 = 512;

/// What went by age.
#[derive(Debug, Default)]
pub(crate) struct Expired {
    /// How many samples.
    pub(crate) samples: u64,
    /// Series of which nothing is left; they are marked as removed and have no rows any more.
    pub(crate) empty: Vec<Arc<Series>>,
}

/// Removes chunks whose last sample is older than `cutoff` (ms), and series whose last sample is.
pub(crate) fn expire(database: &Database, all: &[Arc<Series>], cutoff: i64) -> Result<Expired, StorageError> {
    let aged: Vec<_> = all.iter().filter(|series| series.state().oldest.is_some_and(|at| at < cutoff)).collect();
    let mut expired = Expired::default();
    if aged.is_empty() {
        return Ok(expired);
    }
    for series in &aged {
        let mut state = series.state();
        if state.last_timestamp().is_some_and(|last| last < cutoff) {
            state.removed = true;
            expired.empty.push((*series).clone());
        }
    }
    let removed = database.write(|transaction| {
        let mut samples = 0;
        for series in &aged {
            samples += delete_chunks(transaction, series.id, cutoff)?;
            let oldest = series.state().exemplars.oldest().unwrap_or(cutoff).max(cutoff);
            transaction
                .prepare_cached("DELETE FROM exemplar WHERE series = ? AND time_ms < ?")?
                .execute([series.id, oldest])?;
        }
        for series in &expired.empty {
            delete_series(transaction, series.id)?;
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
        expired.samples += forget(&mut series.state(), cutoff);
    }
    Ok(expired)
}

/// Removes the oldest sealed chunks until the database takes at most `max_bytes`.
pub(crate) fn shrink(database: &Database, all: &[Arc<Series>], max_bytes: u64) -> Result<u64, StorageError> {
    let mut samples = 0;
    while database.used_bytes() > max_bytes {
        let (count, through) = database.write(delete_oldest)?;
        let Some(through) = through else { break };
        samples += count;
        for series in all {
            let mut state = series.state();
            while state.sealed.front().is_some_and(|chunk| chunk.stored && chunk.id <= through) {
                state.sealed.pop_front();
            }
        }
    }
    Ok(samples)
}

/// Deletes every row of a series.
pub(crate) fn delete_series(transaction: &Transaction<'_>, series: i64) -> rusqlite::Result<()> {
    for statement in [
        "DELETE FROM chunk WHERE series = ?",
        "DELETE FROM open_chunk WHERE series = ?",
        "DELETE FROM exemplar WHERE series = ?",
        "DELETE FROM series WHERE id = ?",
    ] {
        transaction.prepare_cached(statement)?.execute([series])?;
    }
    Ok(())
}

fn delete_chunks(transaction: &Transaction<'_>, series: i64, cutoff: i64) -> rusqlite::Result<u64> {
    let mut statement =
        transaction.prepare_cached("DELETE FROM chunk WHERE series = ? AND last_ms < ? RETURNING samples")?;
    let mut rows = statement.query([series, cutoff])?;
    let mut samples = 0;
    while let Some(row) = rows.next()? {
        samples += u64::from(ChunkReader::new(row.get_ref(0)?.as_blob()?).count());
    }
    Ok(samples)
}

fn delete_oldest(transaction: &Transaction<'_>) -> rusqlite::Result<(u64, Option<ChunkId>)> {
    let mut statement = transaction.prepare_cached(
        "DELETE FROM chunk WHERE id IN (SELECT id FROM chunk ORDER BY id LIMIT ?) RETURNING id, samples",
    )?;
    let mut rows = statement.query(params![BATCH])?;
    let (mut samples, mut through) = (0, None);
    while let Some(row) = rows.next()? {
        through = through.max(Some(row.get(0)?));
        samples += u64::from(ChunkReader::new(row.get_ref(1)?.as_blob()?).count());
    }
    Ok((samples, through))
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
    if state.open.as_ref().is_some_and(|open| open.last().timestamp < cutoff) {
        samples += state.open.take().map_or(0, |open| u64::from(open.count()));
    }
    state.exemplars.expire(cutoff);
    state.oldest = Some(cutoff);
    samples
}
