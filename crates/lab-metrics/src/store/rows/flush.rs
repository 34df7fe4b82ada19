//! The way of what changed to the disk: taken down under short locks, written in one transaction, then marked as stored
//! or, if that failed, put back.

use std::sync::Arc;

use lab_storage::journal::position;
use lab_storage::{Database, StorageError};

use crate::model::exemplar::Exemplar;
use crate::store::buffer::metadata::Changed;
use crate::store::buffer::open::{FrozenChunk, OpenChunk};
use crate::store::buffer::series::{SealedChunk, Series};
use crate::store::rows::chunk::builder::ChunkBuilder;
use crate::store::rows::write;

/// What of a series goes to disk with the next commit.
#[derive(Debug)]
pub(crate) struct Pending {
    series: Arc<Series>,
    /// True if the series has no row yet.
    new: bool,
    sealed: Vec<SealedChunk>,
    open: Option<FrozenChunk>,
    /// The late samples as a chunk.
    late: Option<FrozenChunk>,
    exemplars: Vec<Exemplar>,
    /// Samples that wait no more once these are on disk.
    samples: u64,
    /// Nothing of the series is wanted any more.
    removed: bool,
}

impl Pending {
    /// Takes down what changed since the last commit; the series leaves the list of changed ones.
    pub(crate) fn take(series: &Arc<Series>) -> Self {
        let mut state = series.state();
        state.dirty = false;
        Self {
            series: series.clone(),
            new: !state.stored,
            sealed: state.sealed.iter().filter(|chunk| !chunk.stored).cloned().collect(),
            open: state.open.as_ref().map(OpenChunk::freeze),
            late: ChunkBuilder::from_samples(&state.late).as_ref().map(FrozenChunk::from),
            exemplars: state.exemplars.take_pending(),
            samples: std::mem::take(&mut state.waiting),
            removed: state.removed,
        }
    }

    /// Says that everything is on disk. Answers how many samples wait no more.
    pub(crate) fn done(self) -> u64 {
        let mut state = self.series.state();
        state.stored |= !self.removed;
        if let Some(last) = self.sealed.last().map(|chunk| chunk.id) {
            for chunk in state.sealed.iter_mut().filter(|chunk| chunk.id <= last) {
                chunk.stored = true;
            }
        }
        self.samples
    }

    /// Says that nothing is on disk. Answers the series if it must be put on the list of changed ones again.
    pub(crate) fn failed(&self) -> Option<&Arc<Series>> {
        let mut state = self.series.state();
        state.exemplars.put_back(self.exemplars.len());
        state.waiting += self.samples;
        (!std::mem::replace(&mut state.dirty, true)).then_some(&self.series)
    }
}

/// Commits what changed, and up to which record of the journal that is everything; all or nothing.
pub(crate) fn write(
    database: &Database,
    pending: &[Pending],
    metadata: &[Changed],
    record: Option<u64>,
) -> Result<(), StorageError> {
    database.write(|transaction| {
        for one in pending.iter().filter(|one| !one.removed) {
            let id = one.series.id;
            if one.new {
                write::put_series(transaction, id, &one.series.labels)?;
            }
            for sealed in &one.sealed {
                write::put_chunk(transaction, (sealed.id, id), (sealed.first, sealed.last), &sealed.bytes)?;
            }
            if one.open.is_some() || one.late.is_some() {
                write::put_open_chunk(transaction, id, one.open.as_ref(), one.late.as_ref())?;
            }
            write::put_exemplars(transaction, id, &one.exemplars)?;
        }
        metadata.iter().try_for_each(|one| write::put_metadata(transaction, one.row, &one.name, &one.metadata))?;
        record.map_or(Ok(()), |record| position::put(transaction, record))
    })
}
