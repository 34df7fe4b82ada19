//! Deleting a range of samples: the chunks that it cuts are written anew.

use lab_storage::{DamageLog, Database, StorageError};
use rusqlite::Connection;

use crate::store::buffer::open::OpenChunk;
use crate::store::buffer::series::{ChunkId, Series};
use crate::store::retain::expire::delete_series;
use crate::store::rows::chunk::builder::ChunkBuilder;
use crate::store::rows::chunk::format::MAX_SAMPLES;
use crate::store::rows::chunk::histogram::builder::HistogramBuilder;
use crate::store::rows::tables::{CHUNK, OPEN_CHUNK};
use crate::store::rows::write::{put_chunk, put_series};
use crate::store::select::samples::SampleReader;

/// What a deletion did to one series.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Deleted {
    /// Samples in the range.
    pub(crate) samples: u64,
    /// Samples by which the store holds less now: those in the range, and any that stood there twice.
    pub(crate) fewer: u64,
    /// True if nothing is left; the series is then marked as removed.
    pub(crate) empty: bool,
    /// Samples that do not wait for the disk any more.
    pub(crate) waited: u64,
}

/// Deletes the samples in `start..=end` (ms) of a series.
///
/// The series stays locked meanwhile: this is an administrator's rare wish.
pub(crate) fn samples(
    (database, damage): (&Database, &DamageLog),
    series: &Series,
    (start, end): (i64, i64),
    mut next_chunk: impl FnMut() -> ChunkId,
) -> Result<Deleted, StorageError> {
    let mut state = series.state();
    let mut reader = SampleReader::default();
    let samples = reader.read_locked((database, damage), (series.id, &state), i64::MIN, i64::MAX)?;
    let before = samples.len();
    samples.retain(|sample| !(start..=end).contains(&sample.timestamp));
    let mut deleted = (before - samples.len()) as u64;
    let newest = samples.last().map(|sample| sample.timestamp);
    let mut kept = samples.len() as u64;
    let floats: Vec<_> = samples.chunks(usize::from(MAX_SAMPLES)).filter_map(ChunkBuilder::from_samples).collect();
    let histograms = reader.histograms();
    let before = histograms.len();
    histograms.retain(|sample| !(start..=end).contains(&sample.timestamp));
    deleted += (before - histograms.len()) as u64;
    kept += histograms.len() as u64;
    let newest = newest.max(histograms.last().map(|sample| sample.timestamp));
    let of_histograms = HistogramBuilder::from_samples(histograms).into_iter().map(Box::new);
    let chunks: Vec<OpenChunk> =
        floats.into_iter().map(OpenChunk::Floats).chain(of_histograms.map(OpenChunk::Histograms)).collect();
    if deleted == 0 {
        return Ok(Deleted::default());
    }
    let held = state.unstored_samples() + database.read(|connection| stored(connection, damage, series.id))?;
    database.write(|transaction| {
        CHUNK.delete(transaction, damage, ("owner = ?", [series.id]))?;
        OPEN_CHUNK.delete(transaction, damage, ("id = ?", [series.id]))?;
        if chunks.is_empty() {
            delete_series(transaction, damage, series.id)?;
        } else {
            // It may have been waiting for the next flush; its chunks must not be on disk without it.
            put_series(transaction, series.id, &series.labels)?;
        }
        chunks.iter().try_for_each(|chunk| {
            let times = (chunk.first(), chunk.last());
            put_chunk(transaction, (next_chunk(), series.id), times, chunk.bytes())
        })
    })?;
    state.sealed.clear();
    state.late.clear();
    state.open = None;
    state.oldest = chunks.iter().map(OpenChunk::first).min();
    state.disk_until = newest;
    state.newest = newest;
    state.removed = chunks.is_empty();
    state.stored = true;
    let waited = std::mem::take(&mut state.waiting);
    Ok(Deleted { samples: deleted, fewer: held - kept, empty: chunks.is_empty(), waited })
}

/// Samples in the sound rows of a series' full chunks.
fn stored(connection: &Connection, damage: &DamageLog, series: i64) -> rusqlite::Result<u64> {
    let mut statement = connection.prepare_cached("SELECT id, items FROM chunk WHERE owner = ?")?;
    let mut rows = statement.query([series])?;
    let mut samples = 0;
    while let Some(row) = rows.next()? {
        let damaged = damage.knows(CHUNK.name, row.get(0)?);
        samples += if damaged { 0 } else { row.get::<_, i64>(1)?.max(0) as u64 };
    }
    Ok(samples)
}
