//! Writing what is new: full chunks are cut off and get rows of their own, the rest is the open chunk, which
//! takes the row it had before.

use std::ops::Range;

use lab_storage::{Database, StorageError};

use crate::record::Entry;
use crate::store::memory::Pending;
use crate::store::tables::{self, ChunkRow};
use crate::store::{chunk, trace_filter};

/// Everything a flush writes.
#[derive(Debug)]
pub(super) struct Packed {
    /// One per [`Pending`], in the same order.
    pub(super) streams: Vec<PackedStream>,
    /// The first row number that is free afterwards.
    pub(super) next_chunk: i64,
}

/// The chunks of one stream.
#[derive(Debug)]
pub(super) struct PackedStream {
    chunks: Vec<PackedChunk>,
    /// Entries of the open chunk.
    pub(super) keep: usize,
    /// Its row.
    pub(super) open_row: Option<i64>,
}

#[derive(Debug)]
struct PackedChunk {
    row: ChunkRow,
    traces: Vec<u8>,
    block: Vec<u8>,
}

/// Cuts and compresses; new rows are numbered from `next_chunk` on.
pub(super) fn pack(pending: &[Pending], chunk_bytes: usize, mut next_chunk: i64) -> Packed {
    let streams = pending.iter().map(|one| pack_stream(one, chunk_bytes, &mut next_chunk)).collect();
    Packed { streams, next_chunk }
}

/// Writes everything in one transaction.
pub(super) fn write(database: &Database, pending: &[Pending], packed: &Packed) -> Result<(), StorageError> {
    database.write(|transaction| {
        for (one, packed) in pending.iter().zip(&packed.streams) {
            if let Some(labels) = &one.new_labels {
                tables::insert_stream(transaction, one.stream, labels)?;
            }
            for PackedChunk { row, traces, block } in &packed.chunks {
                tables::put_chunk(transaction, one.stream, *row, traces, block)?;
            }
        }
        Ok(())
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
    let ends = chunk::cut(entries, chunk_bytes);
    let full_end = ends.last().copied().unwrap_or(0);
    let starts = std::iter::once(0).chain(ends.iter().copied());
    let mut chunks: Vec<PackedChunk> =
        starts.zip(&ends).map(|(start, end)| pack_chunk(entries, start..*end, number())).collect();
    let keep = entries.len() - full_end;
    let open_row = (keep > 0).then(number);
    chunks.extend(open_row.map(|row| pack_chunk(entries, full_end..entries.len(), row)));
    PackedStream { chunks, keep, open_row }
}

fn pack_chunk(entries: &[Entry], range: Range<usize>, id: i64) -> PackedChunk {
    let entries = &entries[range];
    let row = ChunkRow {
        id,
        first: entries.first().map_or(0, |entry| entry.timestamp),
        last: entries.last().map_or(0, |entry| entry.timestamp),
        entries: entries.len() as u64,
        raw_bytes: entries.iter().map(|entry| entry.bytes() as u64).sum(),
    };
    PackedChunk { row, traces: trace_filter::build(entries), block: chunk::pack(entries) }
}
