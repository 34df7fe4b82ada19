//! What goes: by age, by size, or because somebody deletes it.

mod delete;
mod expire;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use lab_storage::{DamageLog, Database, Evicted, Retention, StorageError};

use crate::store::append::way::Way;
use crate::store::buffer::series::{SAMPLE_BYTES, Series};
use crate::store::stats::add;

/// Takes samples out of a store. One such work may go on at a time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Removal<'a> {
    pub(crate) disk: (&'a Database, &'a DamageLog),
    pub(crate) way: Way<'a>,
}

impl Removal<'_> {
    /// Enforces age and size, oldest first; answers how many samples went. `now` is in ms since the epoch.
    pub(crate) fn retain(self, now: i64, retention: &Retention) -> Result<u64, StorageError> {
        let way = self.way;
        let all: Vec<_> = way.index.read().all().cloned().collect();
        let (mut by_age, mut by_size) = (0, 0);
        if let Some(cutoff) = retention.cutoff(now, 1000) {
            let empty = way.intake.between_pushes(|_| expire::mark(&all, cutoff));
            let expired = expire::by_age(self.disk, &all, (cutoff, empty))?;
            by_age = expired.samples;
            way.account.evict(Evicted::Age, by_age);
            self.remove(&expired.empty);
            expired.changed.iter().for_each(|series| way.mark_dirty(series, &mut series.state()));
        }
        if let Some(bytes) = retention.bytes {
            by_size = expire::by_size(self.disk, &all, bytes)?;
            way.account.evict(self.full(), by_size);
        }
        self.recount_resident();
        Ok(by_age + by_size)
    }

    /// Deletes the samples in `start..=end` (ms) of these series; those that are empty then go too. Answers how many
    /// samples went. Nothing may come in meanwhile.
    pub(crate) fn delete(self, found: Vec<Arc<Series>>, (start, end): (i64, i64)) -> Result<u64, StorageError> {
        let way = self.way;
        let (mut deleted, mut empty) = (0, Vec::new());
        for series in found {
            let next_chunk = || way.next_chunk.fetch_add(1, Ordering::Relaxed);
            let of_one = delete::samples(self.disk, &series, (start, end), next_chunk)?;
            deleted += of_one.samples;
            way.account.delete(of_one.fewer);
            way.budget.give_back(of_one.waited * SAMPLE_BYTES);
            if of_one.empty {
                empty.push(series);
            }
        }
        self.remove(&empty);
        self.recount_resident();
        Ok(deleted)
    }

    fn remove(self, empty: &[Arc<Series>]) {
        let mut index = self.way.index.write();
        for series in empty {
            index.remove(series);
        }
        add(&self.way.counters.series_removed, empty.len() as u64);
    }

    /// Takes stock of the sealed chunks in memory after some of them went.
    fn recount_resident(self) {
        let all: Vec<_> = self.way.index.read().all().cloned().collect();
        self.way.resident.recount(&all);
    }

    /// What a full database means here: a full disk, or a full memory.
    fn full(self) -> Evicted {
        if self.disk.0.path().is_some() { Evicted::Disk } else { Evicted::Memory }
    }
}
