//! What a query sees of the store: the streams it asked for and the parts of their data, fixed at one moment.

use std::ops::ControlFlow;

use lab_model::Labels;

use crate::record::Entry;
use crate::store::chunk::{self, Damaged, EntryRef};

/// Streams and the parts that hold their entries.
#[derive(Debug, Default)]
pub struct Selection {
    /// Labels of the streams that match.
    pub streams: Vec<Labels>,
    /// Where their entries are, in no order; parts may overlap in time.
    pub parts: Vec<Part>,
}

impl Selection {
    /// Raw bytes of all parts: an upper bound of what a scan reads.
    pub fn bytes(&self) -> u64 {
        self.parts.iter().map(|part| part.bytes).sum()
    }
}

/// Some entries of one stream: those in memory, or a chunk on disk.
#[derive(Debug)]
pub struct Part {
    /// Index into [`Selection::streams`].
    pub stream: usize,
    /// Time (ns) of the oldest entry.
    pub first: i64,
    /// Time (ns) of the newest entry.
    pub last: i64,
    /// How many entries there are.
    pub entries: u64,
    /// Raw bytes of the entries.
    pub bytes: u64,
    pub(super) source: Source,
}

#[derive(Debug)]
pub(super) enum Source {
    Memory(Vec<Entry>),
    Chunk(i64),
}

impl Part {
    pub(super) fn in_memory(stream: usize, entries: Vec<Entry>) -> Option<Self> {
        let (first, last) = (entries.first()?.timestamp, entries.last()?.timestamp);
        let bytes = entries.iter().map(|entry| entry.bytes() as u64).sum();
        Some(Self { stream, first, last, entries: entries.len() as u64, bytes, source: Source::Memory(entries) })
    }
}

/// A part made readable.
#[derive(Debug)]
pub enum Loaded<'a> {
    /// Entries from memory.
    Memory(&'a [Entry]),
    /// An unpacked chunk.
    Chunk(Vec<u8>),
}

impl Loaded<'_> {
    /// Shows every entry in order of time to `see`, until it breaks off.
    pub fn visit(&self, mut see: impl FnMut(EntryRef<'_>) -> ControlFlow<()>) -> Result<(), Damaged> {
        match self {
            Self::Chunk(raw) => chunk::visit(raw, &mut see),
            Self::Memory(entries) => {
                let mut metadata = Vec::new();
                for entry in *entries {
                    metadata.clear();
                    metadata.extend(entry.metadata.iter().map(|label| (&*label.name, &*label.value)));
                    let seen = EntryRef { timestamp: entry.timestamp, line: &entry.line, metadata: &metadata };
                    if see(seen).is_break() {
                        break;
                    }
                }
                Ok(())
            }
        }
    }
}
