//! A commit of everything that changed: what is written waits no more, and what is not written waits on.

use std::sync::Arc;

use lab_storage::{Budget, Database, Intake, StorageError};
use parking_lot::Mutex;

use crate::store::buffer::metadata::{Changed, KnownMetadata};
use crate::store::buffer::series::{SAMPLE_BYTES, Series};
use crate::store::rows::flush::{self, Pending};

/// What a commit takes from and gives back to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Commit<'a> {
    pub(crate) database: &'a Database,
    pub(crate) intake: &'a Intake,
    pub(crate) dirty: &'a Mutex<Vec<Arc<Series>>>,
    pub(crate) metadata: &'a KnownMetadata,
    pub(crate) backlog: &'a Budget,
}

impl Commit<'_> {
    /// Takes down what there is while nothing comes in, and writes it.
    pub(crate) fn all(self) -> Result<(), StorageError> {
        let (changed, record) = self.intake.between_pushes(|record| (self.take_down(), record));
        self.write(changed, record)
    }

    /// Writes what changed, with which the tables hold every record of the journal up to the number `record`.
    pub(crate) fn up_to(self, record: u64) -> Result<(), StorageError> {
        self.write(self.take_down(), Some(record))
    }

    /// Takes down what changed since the last commit.
    fn take_down(self) -> (Vec<Pending>, Vec<Changed>) {
        let dirty = std::mem::take(&mut *self.dirty.lock());
        (dirty.iter().map(Pending::take).collect(), self.metadata.take_changed())
    }

    fn write(self, (pending, metadata): (Vec<Pending>, Vec<Changed>), record: Option<u64>) -> Result<(), StorageError> {
        if pending.is_empty() && metadata.is_empty() && record.is_none() {
            return Ok(());
        }
        let result = flush::write(self.database, &pending, &metadata, record);
        if result.is_ok() {
            let stored: u64 = pending.into_iter().map(Pending::done).sum();
            self.backlog.give_back(stored * SAMPLE_BYTES);
            self.intake.committed(record);
        } else {
            self.dirty.lock().extend(pending.iter().filter_map(Pending::failed).cloned());
            self.metadata.put_back(metadata);
        }
        result
    }
}
