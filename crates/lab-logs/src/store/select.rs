//! What a query sees of the store: the streams it asked for and the parts of their data, fixed at one moment.

pub mod mask;

use std::ops::ControlFlow;
use std::sync::Arc;

use lab_model::Labels;
use lab_storage::Head;

use self::mask::Masked;
use crate::record::Entry;
use crate::store::buffer::stream::Measure;
use crate::store::rows::layout::entry::{Damaged, EntryRef};
use crate::store::rows::layout::front::Front;
use crate::store::rows::layout::{chunk, first_layout};
use crate::store::rows::load::Chunk;

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
    pub(crate) source: Source,
}

/// What is taken of the entries in memory. Those of chunks are read later, by whoever needs them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// The entries themselves.
    Entries,
    /// How many there are, and their bytes.
    Measures,
}

/// Where the entries of a part are.
#[derive(Debug)]
pub(crate) enum Source {
    Memory(Vec<Entry>),
    /// Entries in memory that were only counted.
    Counted,
    Chunk(i64),
    /// A chunk some of whose lines are hidden.
    Masked(i64, Arc<Masked>),
}

impl Source {
    /// The number of the chunk, if it is one.
    pub(crate) fn chunk(&self) -> Option<i64> {
        match self {
            Self::Memory(_) | Self::Counted => None,
            Self::Chunk(id) | Self::Masked(id, _) => Some(*id),
        }
    }
}

impl Part {
    pub(crate) fn counted(stream: usize, measure: Measure) -> Self {
        let Measure { first, last, entries, bytes } = measure;
        Self { stream, first, last, entries, bytes, source: Source::Counted }
    }

    pub(crate) fn in_memory(stream: usize, entries: Vec<Entry>) -> Option<Self> {
        let (first, last) = (entries.first()?.timestamp, entries.last()?.timestamp);
        let bytes = entries.iter().map(|entry| entry.bytes() as u64).sum();
        Some(Self { stream, first, last, entries: entries.len() as u64, bytes, source: Source::Memory(entries) })
    }
}

/// What every line that is looked for has. A part that surely has no such line is not read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted<'a> {
    /// The trace that the line belongs to.
    pub trace_id: Option<&'a str>,
    /// Of each of these lists the line contains a text.
    pub texts: &'a [Vec<String>],
}

impl Wanted<'_> {
    /// True if every part has to be read.
    pub(crate) fn is_anything(&self) -> bool {
        self.trace_id.is_none() && self.texts.is_empty()
    }

    /// False if a chunk with this front surely has no such line.
    pub(crate) fn may_be_in(&self, front: &Front<'_>) -> bool {
        self.trace_id.is_none_or(|trace_id| front.may_hold_trace(trace_id))
            && self.texts.iter().all(|texts| texts.iter().any(|text| front.may_hold_text(text)))
    }
}

/// A part made readable.
#[derive(Debug)]
pub struct Loaded<'a>(Entries<'a>);

#[derive(Debug)]
enum Entries<'a> {
    Memory(&'a [Entry]),
    Chunk(Chunk),
    Masked(Chunk, &'a Masked),
}

impl<'a> Loaded<'a> {
    pub(crate) fn memory(entries: &'a [Entry]) -> Self {
        Self(Entries::Memory(entries))
    }

    pub(crate) fn chunk(chunk: Chunk) -> Self {
        Self(Entries::Chunk(chunk))
    }

    pub(crate) fn masked(chunk: Chunk, masked: &'a Masked) -> Self {
        Self(Entries::Masked(chunk, masked))
    }

    /// Bytes that it takes on the disk; nothing for lines in memory.
    pub(crate) fn packed_bytes(&self) -> u64 {
        match &self.0 {
            Entries::Memory(_) => 0,
            Entries::Chunk(chunk) | Entries::Masked(chunk, _) => chunk.packed_bytes,
        }
    }

    /// Shows every entry in order of time to `see`, until it breaks off.
    pub fn visit(&self, mut see: impl FnMut(EntryRef<'_>) -> ControlFlow<()>) -> Result<(), Damaged> {
        match &self.0 {
            Entries::Chunk(chunk) => visit_chunk(chunk, &mut see),
            Entries::Masked(chunk, masked) => visit_chunk(chunk, &mut |entry| {
                if masked.hides(entry) { ControlFlow::Continue(()) } else { see(entry) }
            }),
            Entries::Memory(entries) => {
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

fn visit_chunk(
    Chunk { front, raw, .. }: &Chunk,
    see: &mut impl FnMut(EntryRef<'_>) -> ControlFlow<()>,
) -> Result<(), Damaged> {
    match front.version {
        Head::CONVERTED => first_layout::visit(raw, see),
        _ => chunk::visit(&front.read()?, raw, see),
    }
}
