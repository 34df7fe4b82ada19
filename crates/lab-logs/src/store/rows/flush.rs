//! Writing what is new: full chunks are cut off and get rows of their own, the rest is the open chunk, which
//! takes the row it had before.

use std::ops::Range;

use lab_storage::journal::position;
use lab_storage::{Database, Head, Owner, StorageError};

use crate::record::Entry;
use crate::store::buffer::sealed::SealedChunk;
use crate::store::buffer::streams::Pending;
use crate::store::rows::layout::chunk;
use crate::store::rows::tables::{CHUNK, STREAM};

/// Everything a flush writes.
#[derive(Debug)]
pub(crate) struct Packed {
    /// One per [`Pending`], in the same order.
    pub(crate) streams: Vec<PackedStream>,
    /// The first row number that is free afterwards.
    pub(crate) next_chunk: i64,
}

/// The chunks of one stream.
#[derive(Debug)]
pub(crate) struct PackedStream {
    chunks: Vec<PackedChunk>,
    /// Entries of the open chunk.
    pub(crate) keep: usize,
    pub(crate) open_row: Option<i64>,
}

impl PackedStream {
    /// The chunks that get no more entries.
    pub(crate) fn sealed(&self) -> Vec<SealedChunk> {
        let heads = self.chunks.iter().map(|chunk| chunk.head).filter(|head| Some(head.id) != self.open_row);
        heads.map(|Head { id, first, last, .. }| SealedChunk { id, first, last }).collect()
    }
}

#[derive(Debug)]
struct PackedChunk {
    head: Head,
    packed: chunk::Packed,
}

/// Cuts and compresses; new rows are numbered from `next_chunk` on.
pub(crate) fn pack(pending: &[Pending], chunk_bytes: usize, mut next_chunk: i64) -> Packed {
    let streams = pending.iter().map(|one| pack_stream(one, chunk_bytes, &mut next_chunk)).collect();
    Packed { streams, next_chunk }
}

/// Writes everything in one transaction, and up to which record of the journal that is everything.
pub(crate) fn write(
    database: &Database,
    pending: &[Pending],
    packed: &Packed,
    record: Option<u64>,
) -> Result<(), StorageError> {
    database.write(|transaction| {
        for (one, packed) in pending.iter().zip(&packed.streams) {
            if let Some(labels) = &one.new_labels {
                let text = serde_json::to_string(labels).unwrap_or_default();
                STREAM.put_text(transaction, &STREAM.head(one.stream, Owner::Number(0)), &text)?;
            }
            for PackedChunk { head, packed } in &packed.chunks {
                CHUNK.put(transaction, head, Some(&packed.front), &packed.body)?;
            }
        }
        record.map_or(Ok(()), |record| position::put(transaction, record))
    })
}

fn pack_stream(pending: &Pending, chunk_bytes: usize, next_chunk: &mut i64) -> PackedStream {
    let entries = &pending.entries;
    let mut open_row = pending.open_row;
    let mut number = || {
        open_row.take().unwrap_or_else(|| {
            *next_chunk += 1;
            *next_chunk - 1
        })
    };
    let head = |row| CHUNK.head(row, Owner::Number(pending.stream));
    let sealed = |range: Range<usize>, row| pack_chunk(&entries[range], head(row), true);
    let ends = chunk::cut(entries, chunk_bytes);
    let full_end = ends.last().copied().unwrap_or(0);
    let starts = std::iter::once(0).chain(ends.iter().copied());
    let mut chunks: Vec<PackedChunk> = starts.zip(&ends).map(|(start, end)| sealed(start..*end, number())).collect();
    let keep = entries.len() - full_end;
    let open_row = (keep > 0).then(number);
    chunks.extend(open_row.map(|row| pack_chunk(&entries[full_end..], head(row), false)));
    PackedStream { chunks, keep, open_row }
}

fn pack_chunk(entries: &[Entry], head: Head, is_sealed: bool) -> PackedChunk {
    let head = Head {
        first: entries.first().map_or(0, |entry| entry.timestamp),
        last: entries.last().map_or(0, |entry| entry.timestamp),
        items: entries.len() as u64,
        bytes: entries.iter().map(|entry| entry.bytes() as u64).sum(),
        ..head
    };
    PackedChunk { head, packed: chunk::pack(entries, is_sealed) }
}
