//! Every stream with the entries of its open chunk, and what of it goes to the disk or has to make room.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use lab_model::{Labels, Matcher};
use lab_storage::Budget;

use crate::record::Entry;
use crate::store::buffer::sealed::SealedChunk;
use crate::store::buffer::stream::Stream;
use crate::store::rows::load::Loaded;
use crate::store::stats::Counters;

/// Streams by id, and by labels.
#[derive(Debug)]
pub(crate) struct Streams {
    ids: HashMap<Labels, i64>,
    by_id: HashMap<i64, Stream>,
    next_stream: i64,
    bytes: usize,
    /// Told of every change of these bytes.
    budget: Arc<Budget>,
    /// Chunk rows from here on are being written; memory still has what they hold.
    pub(crate) visible_below: i64,
    pub(crate) counters: Counters,
}

/// What a flush has to write of one stream.
#[derive(Debug)]
pub(crate) struct Pending {
    pub(crate) stream: i64,
    /// Set if the stream itself has no row yet.
    pub(crate) new_labels: Option<Labels>,
    pub(crate) open_row: Option<i64>,
    pub(crate) entries: Vec<Entry>,
    /// Entries that arrived before this number are the ones above.
    pub(crate) upto: u64,
}

impl Streams {
    pub(crate) fn new(loaded: Loaded, budget: Arc<Budget>) -> Self {
        let Loaded { streams, sealed, last_stream, last_chunk } = loaded;
        let ids = streams.iter().map(|(id, labels)| (labels.clone(), *id)).collect();
        let mut by_id: HashMap<i64, Stream> =
            streams.into_iter().map(|(id, labels)| (id, Stream::new(labels, true))).collect();
        for (stream, chunk) in sealed {
            if let Some(stream) = by_id.get_mut(&stream) {
                stream.sealed.add([chunk]);
            }
        }
        Self {
            ids,
            by_id,
            next_stream: last_stream + 1,
            bytes: 0,
            budget,
            visible_below: last_chunk + 1,
            counters: Counters::default(),
        }
    }

    /// The number of the stream with these labels.
    pub(crate) fn id(&self, labels: &Labels) -> Option<i64> {
        self.ids.get(labels).copied()
    }

    /// The stream with these labels.
    pub(crate) fn named(&self, labels: &Labels) -> Option<&Stream> {
        self.by_id.get(self.ids.get(labels)?)
    }

    /// Adds a stream that is not there yet; answers its number.
    pub(crate) fn add(&mut self, labels: &Labels) -> i64 {
        let id = self.next_stream;
        self.next_stream += 1;
        self.ids.insert(labels.clone(), id);
        self.by_id.insert(id, Stream::new(labels.clone(), false));
        id
    }

    /// How many streams there are.
    pub(crate) fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Bytes in memory, roughly.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Adds an entry to a stream; false if the same one is there already.
    pub(crate) fn insert(&mut self, id: i64, entry: Entry) -> bool {
        let mut new = false;
        self.change(id, |stream| new = stream.insert(entry));
        new
    }

    /// Takes a copy of every stream that has something new.
    pub(crate) fn begin_flush(&mut self) -> Vec<Pending> {
        let dirty = self.by_id.iter_mut().filter(|(_, stream)| !stream.is_clean());
        dirty
            .map(|(id, stream)| {
                let (entries, upto) = stream.begin_flush();
                let new_labels = (!stream.stored).then(|| stream.labels.clone());
                Pending { stream: *id, new_labels, open_row: stream.open_row, entries, upto }
            })
            .collect()
    }

    /// The flush of a stream succeeded; its last `keep` entries are in `open_row`, the others in `sealed` chunks.
    pub(crate) fn end_flush(
        &mut self,
        pending: &Pending,
        (keep, open_row): (usize, Option<i64>),
        sealed: &[SealedChunk],
    ) {
        self.change(pending.stream, |stream| stream.flushed(pending.upto, keep, open_row, sealed));
    }

    /// The flush failed: everything stays as it was.
    pub(crate) fn abandon_flush(&mut self, pending: &[Pending]) {
        for one in pending {
            self.change(one.stream, |stream| stream.flushing = false);
        }
    }

    /// Closes open chunks that `which` picks among those that are wholly on disk.
    pub(crate) fn close(&mut self, which: impl Fn(&Stream) -> bool) {
        let ids: Vec<i64> = self
            .by_id
            .iter()
            .filter(|(_, stream)| !stream.flushing && !stream.is_empty() && stream.is_clean() && which(stream))
            .map(|(id, _)| *id)
            .collect();
        for id in ids {
            self.change(id, Stream::close);
        }
    }

    /// Streams with nothing in memory: candidates for removal once no chunk is left either.
    pub(crate) fn idle(&self) -> Vec<i64> {
        self.by_id.iter().filter(|(_, stream)| stream.is_empty() && stream.stored).map(|(id, _)| *id).collect()
    }

    /// Forgets a stream, unless an entry has arrived meanwhile; true if it is forgotten.
    pub(crate) fn forget(&mut self, id: i64) -> bool {
        let Some(stream) = self.by_id.get_mut(&id) else { return true };
        if !stream.is_empty() {
            stream.stored = false;
            return false;
        }
        if let Some(stream) = self.by_id.remove(&id) {
            self.ids.remove(&stream.labels);
        }
        true
    }

    /// Streams whose labels meet every matcher.
    pub(crate) fn matching<'a>(&'a self, matchers: &'a [Matcher]) -> impl Iterator<Item = (i64, &'a Stream)> {
        let meets = |stream: &Stream| matchers.iter().all(|matcher| matcher.matches_labels(&stream.labels));
        self.by_id.iter().filter(move |(_, stream)| meets(stream)).map(|(id, stream)| (*id, stream))
    }

    /// True if this is the row of a sealed chunk that nobody has removed.
    pub(crate) fn has_sealed(&self, chunk: i64) -> bool {
        self.by_id.values().any(|stream| stream.sealed.has(chunk))
    }

    /// Forgets chunks whose rows are gone; what an open one of them held leaves the memory.
    pub(crate) fn forget_chunks(&mut self, gone: &HashSet<i64>) {
        let ids: Vec<i64> = self.by_id.keys().copied().collect();
        for id in ids {
            self.change(id, |stream| stream.forget_chunks(gone));
        }
    }

    /// Knows a sealed chunk of a stream again, whose row turned out to be there still.
    pub(crate) fn add_sealed(&mut self, id: i64, chunk: SealedChunk) {
        self.change(id, |stream| stream.sealed.add([chunk]));
    }

    /// Entries in memory.
    pub(crate) fn entries(&self) -> u64 {
        self.by_id.values().map(|stream| stream.len() as u64).sum()
    }

    /// Entries that no row holds yet.
    pub(crate) fn unflushed(&self) -> u64 {
        self.by_id.values().map(|stream| stream.unflushed() as u64).sum()
    }

    fn change(&mut self, id: i64, change: impl FnOnce(&mut Stream)) {
        if let Some(stream) = self.by_id.get_mut(&id) {
            let before = stream.bytes();
            change(stream);
            let after = stream.bytes();
            self.bytes = self.bytes + after - before;
            match after.checked_sub(before) {
                Some(more) => self.budget.add(more as u64),
                None => self.budget.give_back((before - after) as u64),
            }
        }
    }
}
