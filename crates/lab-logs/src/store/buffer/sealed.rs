//! The sealed chunks of a stream: rows on disk that get no more entries. Their ranges of time are kept in memory, so that
//! an arriving entry is looked for on disk only if its time lies within one of them.

use std::collections::HashSet;

/// A chunk that gets no more entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SealedChunk {
    /// The number of its row.
    pub(crate) id: i64,
    /// Time (ns) of its oldest entry.
    pub(crate) first: i64,
    /// Time (ns) of its newest entry.
    pub(crate) last: i64,
}

/// All of one stream, in no order.
#[derive(Debug, Default)]
pub(crate) struct SealedChunks(Vec<SealedChunk>);

impl SealedChunks {
    pub(crate) fn add(&mut self, chunks: impl IntoIterator<Item = SealedChunk>) {
        self.0.extend(chunks);
    }

    /// Forgets chunks whose rows are gone.
    pub(crate) fn forget(&mut self, gone: &HashSet<i64>) {
        self.0.retain(|chunk| !gone.contains(&chunk.id));
    }

    pub(crate) fn has(&self, id: i64) -> bool {
        self.0.iter().any(|chunk| chunk.id == id)
    }

    /// The chunks that may hold an entry with a time from `first` to `last`.
    pub(crate) fn overlapping(&self, first: i64, last: i64) -> impl Iterator<Item = SealedChunk> {
        self.0.iter().copied().filter(move |chunk| chunk.first <= last && chunk.last >= first)
    }
}
