//! A stream in memory: its labels and the entries of its open chunk, in order of time.
//!
//! The open chunk is one row, rewritten at each flush until the chunk is full, so that gentle traffic does
//! not leave thousands of tiny rows. The entries stay here meanwhile, and queries read them from here.

use std::collections::{BTreeMap, HashMap, HashSet};

use lab_model::Labels;

use crate::record::Entry;
use crate::store::buffer::sealed::{SealedChunk, SealedChunks};

/// Memory that an entry takes beside its bytes, roughly.
const ENTRY_OVERHEAD: usize = 160;
/// Entries of the same time with which a new one is compared one by one; where there are more, they are hashed.
const FEW: usize = 16;

/// Bytes of memory that an entry takes, roughly.
pub(crate) fn memory_of(entry: &Entry) -> usize {
    entry.bytes() + ENTRY_OVERHEAD
}

/// Time, then order of arrival.
type Key = (i64, u64);

/// What entries come to: the times (ns) of the oldest and the newest, their number, and their raw bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Measure {
    pub(crate) first: i64,
    pub(crate) last: i64,
    pub(crate) entries: u64,
    pub(crate) bytes: u64,
}

#[derive(Debug)]
pub(crate) struct Stream {
    pub(crate) labels: Labels,
    /// The stream has a row of its own in the database.
    pub(crate) stored: bool,
    /// The row of the open chunk, if it was ever flushed.
    pub(crate) open_row: Option<i64>,
    /// The chunks that are final.
    pub(crate) sealed: SealedChunks,
    /// A flush is writing these entries at the moment.
    pub(crate) flushing: bool,
    entries: BTreeMap<Key, Entry>,
    /// For each time that many entries share: those entries. Made when needed, forgotten when entries leave.
    crowds: HashMap<i64, HashSet<Entry>>,
    bytes: usize,
    next: u64,
    /// Entries that arrived before this number are in the open row.
    flushed: u64,
}

impl Stream {
    pub(crate) fn new(labels: Labels, stored: bool) -> Self {
        Self {
            labels,
            stored,
            open_row: None,
            sealed: SealedChunks::default(),
            flushing: false,
            entries: BTreeMap::new(),
            crowds: HashMap::new(),
            bytes: 0,
            next: 0,
            flushed: 0,
        }
    }

    /// Adds an entry; false if the same one is in memory already.
    pub(crate) fn insert(&mut self, entry: Entry) -> bool {
        if self.holds(&entry) {
            return false;
        }
        if let Some(crowd) = self.crowds.get_mut(&entry.timestamp) {
            crowd.insert(entry.clone());
        }
        self.bytes += memory_of(&entry);
        self.entries.insert((entry.timestamp, self.next), entry);
        self.next += 1;
        true
    }

    fn holds(&mut self, entry: &Entry) -> bool {
        let time = entry.timestamp;
        if let Some(crowd) = self.crowds.get(&time) {
            return crowd.contains(entry);
        }
        let same_time = || self.entries.range((time, 0)..=(time, u64::MAX)).map(|(_, other)| other);
        if same_time().nth(FEW).is_none() {
            return same_time().any(|other| other == entry);
        }
        let crowd: HashSet<Entry> = same_time().cloned().collect();
        let holds = crowd.contains(entry);
        self.crowds.insert(time, crowd);
        holds
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Bytes in memory, roughly.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Entries that no row holds yet.
    pub(crate) fn unflushed(&self) -> usize {
        if self.flushed == self.next { 0 } else { self.entries.keys().filter(|key| key.1 >= self.flushed).count() }
    }

    /// True if a row holds everything.
    pub(crate) fn is_clean(&self) -> bool {
        self.flushed == self.next
    }

    /// Nanoseconds between the oldest and the newest entry.
    pub(crate) fn span(&self) -> i64 {
        match (self.entries.first_key_value(), self.entries.last_key_value()) {
            (Some((first, _)), Some((last, _))) => last.0.saturating_sub(first.0),
            _ => 0,
        }
    }

    /// Time of the newest entry.
    pub(crate) fn newest(&self) -> Option<i64> {
        self.entries.last_key_value().map(|(key, _)| key.0)
    }

    /// The entries from `start` to `end`, both included.
    pub(crate) fn between(&self, start: i64, end: i64) -> Vec<Entry> {
        if start > end {
            return Vec::new();
        }
        self.entries.range((start, 0)..=(end, u64::MAX)).map(|(_, entry)| entry.clone()).collect()
    }

    /// What the entries from `start` to `end` come to, both included; none if there are none.
    pub(crate) fn measure(&self, start: i64, end: i64) -> Option<Measure> {
        let (first, last) = (self.entries.first_key_value()?.0.0, self.entries.last_key_value()?.0.0);
        if start <= first && last <= end {
            let bytes = self.bytes - self.entries.len() * ENTRY_OVERHEAD;
            return Some(Measure { first, last, entries: self.entries.len() as u64, bytes: bytes as u64 });
        }
        if start > end {
            return None;
        }
        let mut within = self.entries.range((start, 0)..=(end, u64::MAX));
        let (key, entry) = within.next()?;
        let begun = Measure { first: key.0, last: key.0, entries: 1, bytes: entry.bytes() as u64 };
        Some(within.fold(begun, |so_far, (key, entry)| Measure {
            last: key.0,
            entries: so_far.entries + 1,
            bytes: so_far.bytes + entry.bytes() as u64,
            ..so_far
        }))
    }

    /// True if there is an entry from `start` to `end`.
    pub(crate) fn has_between(&self, start: i64, end: i64) -> bool {
        start <= end && self.entries.range((start, 0)..=(end, u64::MAX)).next().is_some()
    }

    /// Everything for a flush: the entries, and the number that [`Stream::flushed`] wants back.
    pub(crate) fn begin_flush(&mut self) -> (Vec<Entry>, u64) {
        self.flushing = true;
        (self.entries.values().cloned().collect(), self.next)
    }

    /// A flush succeeded: of the entries that arrived before `upto` the last `keep` are the open chunk in
    /// `open_row`, the others are in chunks that are `sealed` now, and leave the memory.
    pub(crate) fn flushed(&mut self, upto: u64, keep: usize, open_row: Option<i64>, sealed: &[SealedChunk]) {
        self.flushing = false;
        self.stored = true;
        self.open_row = open_row;
        self.sealed.add(sealed.iter().copied());
        self.flushed = upto;
        let snapshot = self.entries.keys().filter(|key| key.1 < upto).count();
        let mut surplus = snapshot.saturating_sub(keep);
        if surplus > 0 {
            self.retain(|key| {
                let goes = key.1 < upto && surplus > 0;
                surplus -= usize::from(goes);
                !goes
            });
        }
    }

    /// Seals the open chunk: its row is final, and what it holds leaves the memory.
    pub(crate) fn close(&mut self) {
        if let Some(id) = self.open_row {
            let mut written = self.entries.keys().filter(|key| key.1 < self.flushed).map(|key| key.0);
            let first = written.next();
            let last = written.next_back().or(first);
            self.sealed.add(first.zip(last).map(|(first, last)| SealedChunk { id, first, last }));
        }
        self.leave();
    }

    /// Forgets chunks whose rows are gone, the open one and its entries included.
    pub(crate) fn forget_chunks(&mut self, gone: &HashSet<i64>) {
        self.sealed.forget(gone);
        if self.open_row.is_some_and(|row| gone.contains(&row)) {
            self.leave();
        }
    }

    /// What is in the open row leaves the memory.
    fn leave(&mut self) {
        let flushed = self.flushed;
        self.open_row = None;
        self.retain(|key| key.1 >= flushed);
    }

    fn retain(&mut self, mut keep: impl FnMut(&Key) -> bool) {
        let bytes = &mut self.bytes;
        self.crowds.clear();
        self.entries.retain(|key, entry| {
            let keeps = keep(key);
            if !keeps {
                *bytes -= memory_of(entry);
            }
            keeps
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::select::Part;

    fn stream(times: &[i64]) -> Stream {
        let mut stream = Stream::new(Labels::empty(), false);
        for time in times {
            stream.insert(Entry::new(*time, format!("line {time}")));
        }
        stream
    }

    fn times(stream: &Stream) -> Vec<i64> {
        stream.between(i64::MIN, i64::MAX).iter().map(|entry| entry.timestamp).collect()
    }

    #[test]
    fn entries_are_ordered_and_duplicates_are_seen() {
        let mut stream = stream(&[3, 1, 2]);
        assert_eq!(times(&stream), [1, 2, 3]);
        assert!(!stream.insert(Entry::new(2, "line 2")));
        assert!(stream.insert(Entry::new(2, "another line")));
        let other_metadata = Entry::new(2, "line 2").with_metadata(Labels::from_pairs([("trace_id", "a")]));
        assert!(stream.insert(other_metadata), "another trace is another entry");
        assert_eq!((stream.has_between(4, 9), stream.has_between(2, 2)), (false, true));
        for (start, end) in [(i64::MIN, i64::MAX), (1, 2), (2, 3), (2, 2), (4, 9), (3, 1)] {
            let counted = Part::in_memory(0, stream.between(start, end));
            let counted = counted.map(|part| (part.first, part.last, part.entries, part.bytes));
            let measured = stream.measure(start, end);
            let measured = measured.map(|measure| (measure.first, measure.last, measure.entries, measure.bytes));
            assert_eq!(measured, counted, "{start} {end}");
        }
    }

    #[test]
    fn duplicates_are_seen_however_many_entries_share_a_time() {
        let mut stream = Stream::new(Labels::empty(), false);
        let entry = |n: usize| Entry::new(7, format!("line {n}"));
        let new =
            |stream: &mut Stream, range: std::ops::Range<usize>| range.filter(|n| stream.insert(entry(*n))).count();
        assert_eq!((new(&mut stream, 0..1000), new(&mut stream, 0..1100)), (1000, 100));
        let (_, upto) = stream.begin_flush();
        stream.flushed(upto, 500, Some(1), &[]);
        assert_eq!(new(&mut stream, 600..1100), 0, "the last 500 are in memory still");
        assert_eq!(new(&mut stream, 0..600), 600);
    }

    #[test]
    fn a_flush_leaves_the_open_chunk_and_what_came_meanwhile() {
        let mut stream = stream(&[1, 2, 3, 4]);
        let (entries, upto) = stream.begin_flush();
        assert_eq!(entries.len(), 4);
        stream.insert(Entry::new(0, "late"));
        stream.flushed(upto, 1, Some(7), &[SealedChunk { id: 6, first: 1, last: 3 }]);
        assert_eq!(times(&stream), [0, 4]);
        assert_eq!((stream.unflushed(), stream.is_clean(), stream.open_row), (1, false, Some(7)));
        stream.close();
        assert_eq!((times(&stream), stream.open_row), (vec![0], None));
        let sealed: Vec<i64> = stream.sealed.overlapping(3, 4).map(|chunk| chunk.id).collect();
        assert_eq!((sealed, stream.sealed.overlapping(5, 9).next()), (vec![6, 7], None));
        stream.forget_chunks(&HashSet::from([6]));
        assert_eq!(stream.sealed.overlapping(0, 9).next(), Some(SealedChunk { id: 7, first: 4, last: 4 }));
    }
}
