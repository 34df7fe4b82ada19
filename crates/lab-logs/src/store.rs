//! The log store: entries go to memory at once, where queries see them, and to SQLite once a second.
//!
//! * [`LogStore::append`] checks and keeps entries; [`LogStore::flush`] writes what is new.
//! * [`LogStore::select`] fixes what a query sees, [`LogStore::load`] makes a part of it readable.
//! * [`LogStore::retain`] removes what is too old or too much; [`LogStore::stats`] counts everything.
//!
//! Consistency between memory and disk: a selection is taken under the lock. It holds the entries in memory,
//! leaves out the rows of open chunks (memory has them) and every row numbered from `visible_below` on (a flush
//! is writing them, so memory still has those too).

pub mod chunk;
pub mod limits;
pub mod select;
pub mod stats;

mod flush;
mod memory;
mod retention;
mod stream;
mod tables;
pub(crate) mod trace_filter;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use lab_model::{Labels, Matcher};
use lab_storage::{Database, Location, StorageError};

use crate::record::Entry;
use crate::store::limits::{Limits, Policy, Retention};
use crate::store::memory::Memory;
use crate::store::select::{Loaded, Part, Selection, Source};
use crate::store::stats::{Appended, Stats};

/// Streams and their entries, in memory and on disk.
#[derive(Debug)]
pub struct LogStore {
    database: Database,
    limits: Limits,
    memory: Mutex<Memory>,
    /// Held by the one flush or retention that runs; the number of the next chunk row.
    next_chunk: Mutex<i64>,
}

impl LogStore {
    /// Opens (or makes) the database `logs` at this place.
    pub fn open(location: &Location, limits: Limits) -> Result<Self, StorageError> {
        let database = Database::open(location, "logs", tables::SCHEMA)?;
        let (streams, (stream, chunk)) = database.read(|c| Ok((tables::streams(c)?, tables::largest_ids(c)?)))?;
        let memory = Mutex::new(Memory::new(streams, stream, chunk));
        Ok(Self { database, limits, memory, next_chunk: Mutex::new(chunk + 1) })
    }

    /// Keeps entries, each with the labels of its stream; queries see them from now on.
    pub fn append(&self, entries: impl IntoIterator<Item = (Labels, Entry)>, policy: &Policy) -> Appended {
        lock(&self.memory).append(entries, policy, &self.limits)
    }

    /// Writes what has arrived since the last flush. If that fails, it stays in memory for the next one.
    pub fn flush(&self) -> Result<(), StorageError> {
        let mut next_chunk = lock(&self.next_chunk);
        let pending = lock(&self.memory).begin_flush();
        let packed = flush::pack(&pending, self.limits.chunk_bytes, *next_chunk);
        let written = if pending.is_empty() { Ok(()) } else { flush::write(&self.database, &pending, &packed) };
        let mut memory = lock(&self.memory);
        match written {
            Ok(()) => {
                for (one, packed) in pending.iter().zip(&packed.streams) {
                    memory.end_flush(one, packed.keep, packed.open_row);
                }
                *next_chunk = packed.next_chunk;
                memory.visible_below = packed.next_chunk;
                memory.stats.last_error = None;
                Ok(())
            }
            Err(error) => {
                memory.abandon_flush(&pending, self.limits.memory_bytes);
                memory.stats.flush_failures += 1;
                memory.stats.last_error = Some(error.to_string());
                Err(error)
            }
        }
    }

    /// Removes what is older, or more, than `retention` allows at `now` (ns), oldest first.
    pub fn retain(&self, now: i64, retention: &Retention) -> Result<(), StorageError> {
        let _one_at_a_time = lock(&self.next_chunk);
        let result = retention::run(&self.database, &self.memory, &self.limits, now, retention);
        if let Err(error) = &result {
            lock(&self.memory).stats.last_error = Some(error.to_string());
        }
        result
    }

    /// The bounds of the store.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Counters since the store was opened, and gauges.
    pub fn stats(&self) -> Stats {
        let stats = lock(&self.memory).stats();
        let oldest = self.database.read(tables::oldest).ok().flatten();
        Stats { disk_bytes: self.database.used_bytes(), oldest, ..stats }
    }

    /// What there is from `start` to `end` (ns, both included) in the streams that meet every matcher.
    pub fn select(&self, matchers: &[Matcher], start: i64, end: i64) -> Result<Selection, StorageError> {
        let mut selection = Selection::default();
        let mut rows = Vec::new();
        let visible_below = {
            let memory = lock(&self.memory);
            for (id, stream) in memory.matching(matchers) {
                let at = selection.streams.len();
                selection.streams.push(stream.labels.clone());
                selection.parts.extend(Part::in_memory(at, stream.between(start, end)));
                rows.push((at, id, stream.open_row));
            }
            memory.visible_below
        };
        self.database.read(|connection| {
            for (at, id, open_row) in rows {
                let chunks = tables::chunks_between(connection, id, start, end)?;
                let visible = chunks.into_iter().filter(|row| row.id < visible_below && Some(row.id) != open_row);
                selection.parts.extend(visible.map(|row| Part {
                    stream: at,
                    first: row.first,
                    last: row.last,
                    entries: row.entries,
                    bytes: row.raw_bytes,
                    source: Source::Chunk(row.id),
                }));
            }
            Ok(())
        })?;
        Ok(selection)
    }

    /// Makes a part readable; nothing if it has been removed meanwhile, is damaged (which is counted), or
    /// surely has no line of the trace that is looked for.
    pub fn load<'a>(&self, part: &'a Part, trace_id: Option<&str>) -> Result<Option<Loaded<'a>>, StorageError> {
        let id = match &part.source {
            Source::Memory(entries) => return Ok(Some(Loaded::Memory(entries))),
            Source::Chunk(id) => *id,
        };
        if let Some(trace_id) = trace_id {
            let filter = self.database.read(|connection| tables::traces(connection, id))?;
            if !filter.is_some_and(|filter| trace_filter::may_hold(&filter, trace_id)) {
                return Ok(None);
            }
        }
        let Some(block) = self.database.read(|connection| tables::block(connection, id))? else { return Ok(None) };
        let Ok(raw) = chunk::unpack(&block) else {
            self.count_damage();
            return Ok(None);
        };
        Ok(Some(Loaded::Chunk(raw)))
    }

    /// Counts a chunk that turned out to be damaged while it was read.
    pub fn count_damage(&self) {
        lock(&self.memory).stats.damaged_chunks += 1;
    }

    /// Labels of the streams that meet every matcher and have entries from `start` to `end` (ns), sorted.
    pub fn series(&self, matchers: &[Matcher], start: i64, end: i64) -> Result<Vec<Labels>, StorageError> {
        let (mut found, mut others) = (Vec::new(), Vec::new());
        for (id, stream) in lock(&self.memory).matching(matchers) {
            if stream.has_between(start, end) {
                found.push(stream.labels.clone());
            } else {
                others.push((id, stream.labels.clone()));
            }
        }
        self.database.read(|connection| {
            for (id, labels) in others {
                if tables::has_chunk_between(connection, id, start, end)? {
                    found.push(labels);
                }
            }
            Ok(())
        })?;
        found.sort();
        Ok(found)
    }

    /// The label names of [`LogStore::series`] and the values of each, both sorted.
    pub fn labels(
        &self,
        matchers: &[Matcher],
        start: i64,
        end: i64,
    ) -> Result<BTreeMap<String, BTreeSet<String>>, StorageError> {
        let mut names: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for label in self.series(matchers, start, end)?.iter().flatten() {
            names.entry(label.name.to_string()).or_default().insert(label.value.to_string());
        }
        Ok(names)
    }
}

/// A panic elsewhere leaves the maps whole: every change is one call that does not panic half-way.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
