//! Entries of one stream, side by side in a push.

use lab_model::Labels;

use crate::record::Entry;

/// Entries of one stream that came one after the other.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) labels: Labels,
    pub(crate) entries: Vec<Entry>,
    /// The time (ns) of the oldest of them.
    pub(crate) first: i64,
    /// The time (ns) of the newest of them.
    pub(crate) last: i64,
}

impl Run {
    /// A run that has no entry yet.
    pub(crate) fn new(labels: Labels) -> Self {
        Self { labels, entries: Vec::new(), first: i64::MAX, last: i64::MIN }
    }

    /// Adds an entry behind the others.
    pub(crate) fn add(&mut self, entry: Entry) {
        self.first = self.first.min(entry.timestamp);
        self.last = self.last.max(entry.timestamp);
        self.entries.push(entry);
    }
}
