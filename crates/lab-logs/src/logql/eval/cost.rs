//! What a query has read: the figures behind the statistics of its answer.

use std::cell::Cell;

use crate::store::select::{Part, Selection};

/// Lines, the bytes of their texts, and the bytes of their structured metadata.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amount {
    /// How many lines.
    pub lines: u64,
    /// Bytes of the lines without their metadata.
    pub text_bytes: u64,
    /// Bytes of names and values of their metadata.
    pub metadata_bytes: u64,
}

impl Amount {
    /// Bytes of lines and metadata.
    pub fn bytes(&self) -> u64 {
        self.text_bytes + self.metadata_bytes
    }

    /// Adds one line with its metadata.
    pub(crate) fn add_line(&mut self, line: &str, metadata: &[(&str, &str)]) {
        self.lines += 1;
        self.text_bytes += line.len() as u64;
        self.metadata_bytes += metadata.iter().map(|(name, value)| (name.len() + value.len()) as u64).sum::<u64>();
    }

    fn add(&mut self, other: Self) {
        self.lines += other.lines;
        self.text_bytes += other.text_bytes;
        self.metadata_bytes += other.metadata_bytes;
    }
}

/// The figures of a query.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Streams that the selectors found.
    pub streams: u64,
    /// Chunks on disk in which lines could be.
    pub chunks: u64,
    /// Chunks of which something was read.
    pub chunks_read: u64,
    /// Streams of which lines in memory were looked at.
    pub heads: u64,
    /// Lines in memory that were looked at.
    pub in_memory: Amount,
    /// Lines of chunks that were unpacked.
    pub unpacked: Amount,
    /// Bytes of these chunks as they are stored.
    pub packed_bytes: u64,
    /// Lines that were counted from what is known of their chunks. How much of their bytes is metadata is not known: all of
    /// them count as text.
    pub counted: Amount,
    /// Lines that came through all stages.
    pub passed: u64,
    /// Those of them that were in memory.
    pub passed_in_memory: u64,
}

impl Figures {
    /// All lines that the answer takes into account, read or counted.
    pub fn total(&self) -> Amount {
        let mut total = self.in_memory;
        total.add(self.unpacked);
        total.add(self.counted);
        total
    }
}

/// The figures while a query runs.
#[derive(Debug, Default)]
pub(crate) struct Cost(Cell<Figures>);

impl Cost {
    pub(crate) fn figures(&self) -> Figures {
        self.0.get()
    }

    /// Notes where lines could be.
    pub(crate) fn select(&self, selection: &Selection) {
        self.change(|figures| {
            figures.streams += selection.streams.len() as u64;
            figures.chunks += selection.parts.iter().filter(|part| part.source.chunk().is_some()).count() as u64;
        });
    }

    /// Notes a part whose lines were looked at; `packed` is how many bytes it takes on the disk.
    pub(crate) fn read(&self, part: &Part, packed: u64, looked_at: Amount, passed: u64) {
        self.change(|figures| {
            figures.passed += passed;
            if part.source.chunk().is_some() {
                figures.chunks_read += 1;
                figures.packed_bytes += packed;
                figures.unpacked.add(looked_at);
            } else {
                figures.passed_in_memory += passed;
                figures.heads += 1;
                figures.in_memory.add(looked_at);
            }
        });
    }

    /// Notes a chunk whose lines were counted; `read` says whether its front had to be.
    pub(crate) fn count(&self, part: &Part, passed: u64, read: bool) {
        self.change(|figures| {
            figures.passed += passed;
            figures.chunks_read += u64::from(read);
            figures.counted.add(Amount { lines: part.entries, text_bytes: part.bytes, metadata_bytes: 0 });
        });
    }

    fn change(&self, change: impl FnOnce(&mut Figures)) {
        let mut figures = self.0.get();
        change(&mut figures);
        self.0.set(figures);
    }
}
