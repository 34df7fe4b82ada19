//! The memory of the store: every stream with the entries of its open chunk, and the rules at the door.

use std::collections::HashMap;
use std::sync::Arc;

use lab_model::{Labels, Matcher};

use crate::record::Entry;
use crate::store::limits::{Limits, Policy};
use crate::store::stats::{Appended, Reason, Rejection, Stats};
use crate::store::stream::Stream;

/// Rejections that are reported one by one; the others are only counted.
const REPORTED_REJECTIONS: usize = 10;

/// Streams by id, and by labels.
#[derive(Debug)]
pub(super) struct Memory {
    ids: HashMap<Labels, i64>,
    streams: HashMap<i64, Stream>,
    next_stream: i64,
    bytes: usize,
    /// Chunk rows from here on are being written; memory still has what they hold.
    pub(super) visible_below: i64,
    pub(super) stats: Stats,
}

/// What a flush has to write of one stream.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) stream: i64,
    /// Set if the stream itself has no row yet.
    pub(super) new_labels: Option<Labels>,
    pub(super) open_row: Option<i64>,
    pub(super) entries: Vec<Entry>,
    /// Entries that arrived before this number are the ones above.
    pub(super) upto: u64,
}

impl Memory {
    pub(super) fn new(streams: Vec<(i64, Labels)>, largest_stream: i64, largest_chunk: i64) -> Self {
        Self {
            ids: streams.iter().map(|(id, labels)| (labels.clone(), *id)).collect(),
            streams: streams.into_iter().map(|(id, labels)| (id, Stream::new(labels, true))).collect(),
            next_stream: largest_stream + 1,
            bytes: 0,
            visible_below: largest_chunk + 1,
            stats: Stats::default(),
        }
    }

    pub(super) fn append(
        &mut self,
        entries: impl IntoIterator<Item = (Labels, Entry)>,
        policy: &Policy,
        limits: &Limits,
    ) -> Appended {
        let mut appended = Appended::default();
        let mut last: Option<(Labels, i64)> = None;
        for (labels, mut entry) in entries {
            self.stats.received += 1;
            self.stats.received_bytes += entry.bytes() as u64;
            if policy.truncate && entry.line.len() > limits.line_bytes {
                entry.line = truncated(&entry.line, limits.line_bytes);
                appended.truncated += 1;
                self.stats.truncated += 1;
            }
            let known = last.as_ref().filter(|(known, _)| *known == labels).map(|(_, id)| *id);
            let id = check_entry(&entry, policy, limits)
                .and_then(|()| known.map_or_else(|| self.stream_id(&labels, limits), Ok));
            let id = match id {
                Ok(id) => id,
                Err(reason) => {
                    self.reject(&mut appended, reason, labels, &entry);
                    continue;
                }
            };
            if let Some(stream) = self.streams.get_mut(&id) {
                let before = stream.bytes();
                if stream.insert(entry) {
                    appended.accepted += 1;
                    self.bytes += stream.bytes() - before;
                } else {
                    appended.duplicates += 1;
                    self.stats.duplicates += 1;
                }
            }
            last = Some((labels, id));
        }
        self.keep_within(limits.memory_bytes);
        appended
    }

    /// Takes a copy of every stream that has something new.
    pub(super) fn begin_flush(&mut self) -> Vec<Pending> {
        let dirty = self.streams.iter_mut().filter(|(_, stream)| !stream.is_clean());
        dirty
            .map(|(id, stream)| {
                let (entries, upto) = stream.begin_flush();
                let new_labels = (!stream.stored).then(|| stream.labels.clone());
                Pending { stream: *id, new_labels, open_row: stream.open_row, entries, upto }
            })
            .collect()
    }

    /// The flush of a stream succeeded; its last `keep` entries are in `open_row`.
    pub(super) fn end_flush(&mut self, pending: &Pending, keep: usize, open_row: Option<i64>) {
        self.change(pending.stream, |stream| stream.flushed(pending.upto, keep, open_row));
    }

    /// The flush failed: everything stays, within the bound.
    pub(super) fn abandon_flush(&mut self, pending: &[Pending], memory_bytes: usize) {
        for one in pending {
            self.change(one.stream, |stream| stream.flushing = false);
        }
        self.keep_within(memory_bytes);
    }

    /// Closes open chunks that `which` picks among those that are wholly on disk.
    pub(super) fn close(&mut self, which: impl Fn(&Stream) -> bool) {
        let ids: Vec<i64> = self
            .streams
            .iter()
            .filter(|(_, stream)| !stream.flushing && !stream.is_empty() && stream.is_clean() && which(stream))
            .map(|(id, _)| *id)
            .collect();
        for id in ids {
            self.change(id, |stream| {
                stream.close();
            });
        }
    }

    /// Streams with nothing in memory: candidates for removal once no chunk is left either.
    pub(super) fn idle(&self) -> Vec<i64> {
        self.streams.iter().filter(|(_, stream)| stream.is_empty() && stream.stored).map(|(id, _)| *id).collect()
    }

    /// Forgets a stream, unless an entry has arrived meanwhile; true if it is forgotten.
    pub(super) fn forget(&mut self, id: i64) -> bool {
        let Some(stream) = self.streams.get_mut(&id) else { return true };
        if !stream.is_empty() {
            stream.stored = false;
            return false;
        }
        if let Some(stream) = self.streams.remove(&id) {
            self.ids.remove(&stream.labels);
        }
        true
    }

    /// Streams whose labels meet every matcher.
    pub(super) fn matching<'a>(&'a self, matchers: &'a [Matcher]) -> impl Iterator<Item = (i64, &'a Stream)> {
        let meets = |stream: &Stream| matchers.iter().all(|matcher| matcher.matches_labels(&stream.labels));
        self.streams.iter().filter(move |(_, stream)| meets(stream)).map(|(id, stream)| (*id, stream))
    }

    /// Streams with an open chunk in a row.
    pub(super) fn open_rows(&self) -> Vec<(i64, i64)> {
        self.streams.iter().filter_map(|(id, stream)| Some((*id, stream.open_row?))).collect()
    }

    /// The row of this stream's open chunk is gone: so is what it held.
    pub(super) fn close_one(&mut self, id: i64) {
        self.change(id, |stream| {
            stream.close();
        });
    }

    /// The counters, with the gauges of the moment.
    pub(super) fn stats(&self) -> Stats {
        Stats {
            streams: self.streams.len() as u64,
            memory_entries: self.streams.values().map(|stream| stream.len() as u64).sum(),
            memory_bytes: self.bytes as u64,
            unflushed: self.streams.values().map(|stream| stream.unflushed() as u64).sum(),
            ..self.stats.clone()
        }
    }

    fn stream_id(&mut self, labels: &Labels, limits: &Limits) -> Result<i64, Reason> {
        if let Some(id) = self.ids.get(labels) {
            return Ok(*id);
        }
        check_labels(labels, limits)?;
        if self.streams.len() >= limits.streams {
            return Err(Reason::StreamLimit);
        }
        let id = self.next_stream;
        self.next_stream += 1;
        self.ids.insert(labels.clone(), id);
        self.streams.insert(id, Stream::new(labels.clone(), false));
        Ok(id)
    }

    fn reject(&mut self, appended: &mut Appended, reason: Reason, stream: Labels, entry: &Entry) {
        self.stats.reject(reason);
        appended.rejected += 1;
        if appended.rejections.len() < REPORTED_REJECTIONS {
            let (timestamp, line_bytes) = (entry.timestamp, entry.line.len());
            appended.rejections.push(Rejection { reason, stream, timestamp, line_bytes });
        }
    }

    /// Frees memory beyond the bound: first what is on disk anyway, then, counted, the oldest of the largest.
    fn keep_within(&mut self, memory_bytes: usize) {
        if self.bytes <= memory_bytes {
            return;
        }
        self.close(|_| true);
        while self.bytes > memory_bytes {
            let largest = self.streams.iter().filter(|(_, stream)| !stream.flushing);
            let Some(id) = largest.max_by_key(|(_, stream)| stream.bytes()).map(|(id, _)| *id) else { return };
            let mut dropped = 0;
            self.change(id, |stream| {
                // What the open row holds is safe there; only what waits for the disk is lost.
                if stream.close() == 0 {
                    dropped = stream.drop_older_half();
                }
            });
            self.stats.dropped += dropped as u64;
            if dropped == 0 && self.streams.get(&id).is_none_or(Stream::is_empty) {
                return;
            }
        }
    }

    fn change(&mut self, id: i64, change: impl FnOnce(&mut Stream)) {
        if let Some(stream) = self.streams.get_mut(&id) {
            let before = stream.bytes();
            change(stream);
            self.bytes = self.bytes + stream.bytes() - before;
        }
    }
}

fn check_entry(entry: &Entry, policy: &Policy, limits: &Limits) -> Result<(), Reason> {
    if policy.oldest.is_some_and(|oldest| entry.timestamp < oldest) {
        Err(Reason::TooOld)
    } else if policy.newest.is_some_and(|newest| entry.timestamp > newest) {
        Err(Reason::TooNew)
    } else if entry.line.len() > limits.line_bytes {
        Err(Reason::LineTooLong)
    } else if entry.metadata.text_bytes() > limits.metadata_bytes {
        Err(Reason::MetadataTooLarge)
    } else {
        Ok(())
    }
}

fn check_labels(labels: &Labels, limits: &Limits) -> Result<(), Reason> {
    let fits = labels.len() <= limits.labels_per_stream
        && labels.iter().all(|l| l.name.len() <= limits.label_name_bytes && l.value.len() <= limits.label_value_bytes);
    if fits { Ok(()) } else { Err(Reason::InvalidLabels) }
}

fn truncated(line: &str, bytes: usize) -> Arc<str> {
    let end = (0..=bytes).rev().find(|end| line.is_char_boundary(*end)).unwrap_or(0);
    line[..end].into()
}
