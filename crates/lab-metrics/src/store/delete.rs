//! Deleting a range of samples: the chunks that it cuts are written anew.

use lab_storage::{Database, StorageError};
use rusqlite::params;

use crate::store::chunk::MAX_SAMPLES;
use crate::store::chunk::builder::ChunkBuilder;
use crate::store::read::SampleReader;
use crate::store::retention::delete_series;
use crate::store::series::{ChunkId, Series};

/// Deletes the samples in `start..=end` (ms); answers how many went, and whether the series is empty now (it
/// is then marked as removed).
///
/// The series stays locked meanwhile: this is an administrator's rare wish.
pub(crate) fn samples(
    database: &Database,
    series: &Series,
    start: i64,
    end: i64,
    mut next_chunk: impl FnMut() -> ChunkId,
) -> Result<(u64, bool), StorageError> {
    let mut state = series.state();
    let mut reader = SampleReader::default();
    let samples = reader.read_locked(database, (series.id, &state), i64::MIN, i64::MAX)?;
    let before = samples.len();
    samples.retain(|sample| !(start..=end).contains(&sample.timestamp));
    let (deleted, newest) = ((before - samples.len()) as u64, samples.last().copied());
    if deleted == 0 {
        return Ok((0, false));
    }
    let chunks: Vec<_> = samples.chunks(usize::from(MAX_SAMPLES)).filter_map(ChunkBuilder::from_samples).collect();
    database.write(|transaction| {
        transaction.execute("DELETE FROM chunk WHERE series = ?", [series.id])?;
        transaction.execute("DELETE FROM open_chunk WHERE series = ?", [series.id])?;
        if chunks.is_empty() {
            delete_series(transaction, series.id)?;
        }
        let mut insert = transaction.prepare_cached("INSERT INTO chunk VALUES (?, ?, ?, ?, ?)")?;
        for chunk in &chunks {
            let times = (chunk.first(), chunk.last().timestamp);
            insert.execute(params![next_chunk(), series.id, times.0, times.1, chunk.bytes()])?;
        }
        Ok(())
    })?;
    state.sealed.clear();
    state.late.clear();
    state.open = None;
    state.oldest = chunks.first().map(ChunkBuilder::first);
    state.disk_until = newest.map(|sample| sample.timestamp);
    state.newest = newest;
    state.removed = chunks.is_empty();
    Ok((deleted, chunks.is_empty()))
}
