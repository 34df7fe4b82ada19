//! Entries that were sent again: those of a batch that are in sealed chunks already are taken out of it.
//!
//! Only a batch whose times lie within the range of a sealed chunk is looked at. Of such a chunk the front is read first;
//! its texts are read only if an entry has the time and the length of a line in it. A chunk is read once a batch at most,
//! and what was read is kept for the next batch, since who sends one again mostly sends the next one again, too.

use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::ops::ControlFlow;
use std::sync::Arc;

use lab_storage::{DamageLog, Database, StorageError};
use parking_lot::Mutex;

use crate::record::Entry;
use crate::store::append::Batch;
use crate::store::append::run::Run;
use crate::store::buffer::sealed::SealedChunk;
use crate::store::buffer::streams::Streams;
use crate::store::rows::layout::entry::EntryRef;
use crate::store::rows::load::{self, StoredFront};
use crate::store::select::Loaded;

/// Bytes of memory for what was read of chunks.
const REMEMBERED_BYTES: usize = 4 << 20;

/// What is known of the entries of a chunk.
#[derive(Clone, Debug)]
enum Contents {
    /// Time and length of each line, in order.
    Times(Arc<[(i64, u64)]>),
    /// A hash of each entry, in order.
    Entries(Arc<[u64]>),
}

/// Looks for entries in sealed chunks, and remembers what it read of them.
#[derive(Debug, Default)]
pub(crate) struct Finder {
    /// Keyed by chance, so that nobody can make two different entries that pass for the same.
    hasher: RandomState,
    remembered: Mutex<Remembered>,
}

/// Chunks whose contents are in memory, the one that was read first in front.
#[derive(Debug, Default)]
struct Remembered {
    contents: HashMap<i64, Contents>,
    order: VecDeque<i64>,
    bytes: usize,
}

/// The chunks that have been searched for the entries of one batch.
#[derive(Debug, Default)]
pub(crate) struct Searched(HashSet<(usize, i64)>);

/// A sealed chunk that may hold entries of a run, whose place in the batch comes first.
type Meeting = (usize, SealedChunk);

impl Searched {
    /// The chunks that may hold entries of the batch and have not been searched yet.
    pub(crate) fn left(&self, streams: &Streams, batch: &Batch) -> Vec<Meeting> {
        let mut left = Vec::new();
        for (at, run) in batch.runs.iter().enumerate() {
            let Some(stream) = streams.named(&run.labels) else { continue };
            let meeting = stream.sealed.overlapping(run.first, run.last).map(|chunk| (at, chunk));
            left.extend(meeting.filter(|(at, chunk)| !self.0.contains(&(*at, chunk.id))));
        }
        left
    }
}

impl Finder {
    /// Takes the entries that these chunks hold out of the batch, and counts them there.
    pub(crate) fn take_out(
        &self,
        (database, damage): (&Database, &DamageLog),
        batch: &mut Batch,
        meetings: Vec<Meeting>,
        searched: &mut Searched,
    ) -> Result<(), StorageError> {
        let mut sorted = HashMap::new();
        for (at, chunk) in meetings {
            searched.0.insert((at, chunk.id));
            let run = &mut batch.runs[at];
            let by_time: &mut Vec<(i64, usize)> = sorted.entry(at).or_insert_with(|| by_time(run));
            let within = by_time.partition_point(|(time, _)| *time < chunk.first)
                ..by_time.partition_point(|(time, _)| *time <= chunk.last);
            let places: Vec<usize> = by_time[within].iter().map(|(_, place)| *place).collect();
            if places.is_empty() {
                continue;
            }
            let found = self.search((database, damage), chunk.id, run, &places)?;
            if !found.is_empty() {
                batch.appended.duplicates += found.len();
                let mut place = 0..;
                run.entries.retain(|_| place.next().is_some_and(|place| !found.contains(&place)));
                sorted.remove(&at);
            }
        }
        Ok(())
    }

    /// Those of these places in the run whose entries the chunk holds.
    fn search(
        &self,
        (database, damage): (&Database, &DamageLog),
        chunk: i64,
        run: &Run,
        places: &[usize],
    ) -> Result<HashSet<usize>, StorageError> {
        let mut known = self.remembered.lock().contents.get(&chunk).cloned();
        if known.is_none() {
            let front = database.read(|connection| load::front(connection, damage, chunk))?;
            known = front.as_ref().and_then(sorted_times).map(|times| Contents::Times(times.into()));
            if let Some(times) = &known {
                self.remember(chunk, times.clone());
            }
        }
        let holds_time = |entry: &Entry| match &known {
            Some(Contents::Times(times)) => times.binary_search(&(entry.timestamp, entry.line.len() as u64)).is_ok(),
            _ => true,
        };
        let suspects: Vec<usize> = places.iter().copied().filter(|place| holds_time(&run.entries[*place])).collect();
        if suspects.is_empty() {
            return Ok(HashSet::new());
        }
        let entries = match known {
            Some(Contents::Entries(entries)) => entries,
            _ => self.read((database, damage), chunk)?,
        };
        let holds = |place: &usize| entries.binary_search(&self.hash_entry(&run.entries[*place])).is_ok();
        Ok(suspects.into_iter().filter(holds).collect())
    }

    /// The hashes of a chunk's entries; none if it is gone or damaged: then what is sent again is stored again.
    fn read(&self, (database, damage): (&Database, &DamageLog), chunk: i64) -> Result<Arc<[u64]>, StorageError> {
        let mut hashes = Vec::new();
        if let Some(loaded) = database.read(|connection| load::chunk(connection, damage, chunk))? {
            let visited = Loaded::chunk(loaded).visit(|entry| {
                hashes.push(self.hash(&entry));
                ControlFlow::Continue(())
            });
            if visited.is_err() {
                hashes.clear();
            }
        }
        hashes.sort_unstable();
        let hashes: Arc<[u64]> = hashes.into();
        self.remember(chunk, Contents::Entries(hashes.clone()));
        Ok(hashes)
    }

    /// Forgets what was read of chunks that were written anew.
    pub(crate) fn forget(&self, chunks: &HashSet<i64>) {
        let mut remembered = self.remembered.lock();
        remembered.order.retain(|chunk| !chunks.contains(chunk));
        for chunk in chunks {
            if let Some(contents) = remembered.contents.remove(chunk) {
                remembered.bytes -= contents.bytes();
            }
        }
    }

    fn remember(&self, chunk: i64, contents: Contents) {
        let mut remembered = self.remembered.lock();
        remembered.bytes += contents.bytes();
        match remembered.contents.insert(chunk, contents) {
            Some(before) => remembered.bytes -= before.bytes(),
            None => remembered.order.push_back(chunk),
        }
        while remembered.bytes > REMEMBERED_BYTES {
            let Some(oldest) = remembered.order.pop_front() else { break };
            if let Some(contents) = remembered.contents.remove(&oldest) {
                remembered.bytes -= contents.bytes();
            }
        }
    }

    fn hash_entry(&self, entry: &Entry) -> u64 {
        let metadata: Vec<(&str, &str)> = entry.metadata.iter().map(|label| (&*label.name, &*label.value)).collect();
        self.hash(&EntryRef { timestamp: entry.timestamp, line: &entry.line, metadata: &metadata })
    }

    fn hash(&self, entry: &EntryRef<'_>) -> u64 {
        self.hasher.hash_one((entry.timestamp, entry.line, entry.metadata))
    }
}

impl Contents {
    /// Bytes of memory, with what the table of them takes.
    fn bytes(&self) -> usize {
        64 + match self {
            Self::Times(times) => size_of_val(&**times),
            Self::Entries(entries) => size_of_val(&**entries),
        }
    }
}

/// The times of a run in order, each with its place in the run.
fn by_time(run: &Run) -> Vec<(i64, usize)> {
    let mut times: Vec<(i64, usize)> = run.entries.iter().map(|entry| entry.timestamp).zip(0..).collect();
    times.sort_unstable();
    times
}

/// Time and length of every line, sorted; none if the front does not have them.
fn sorted_times(front: &StoredFront) -> Option<Vec<(i64, u64)>> {
    let mut times: Vec<(i64, u64)> = front.read().ok()?.times()?.collect::<Result<_, _>>().ok()?;
    times.sort_unstable();
    Some(times)
}
