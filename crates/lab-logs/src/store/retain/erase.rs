//! Deleting lines for good: chunks that hold some of them are written anew without them, or go.

use std::collections::HashSet;
use std::ops::ControlFlow;

use lab_model::Labels;
use lab_storage::{DamageLog, Head, Owner, StorageError};
use rusqlite::Transaction;

use crate::record::Entry;
use crate::store::buffer::sealed::SealedChunk;
use crate::store::buffer::stream::Stream;
use crate::store::buffer::streams::Streams;
use crate::store::retain::places::Places;
use crate::store::rows::layout::chunk;
use crate::store::rows::load;
use crate::store::rows::tables::{self, CHUNK};
use crate::store::select::Loaded;
use crate::store::select::mask::Mask;

/// Chunks that are written anew at a time.
const STEP: usize = 16;

/// What came of the chunks that were written at a time.
#[derive(Debug, Default)]
pub(crate) struct Step {
    /// Lines that are gone.
    pub(crate) lines: u64,
    /// Chunks that are gone or were written anew.
    pub(crate) chunks: HashSet<i64>,
    /// Of these, those that are gone.
    gone: HashSet<i64>,
    /// Some chunk could not be read whole, so that nobody knows whether it holds lines to delete.
    has_unread: bool,
}

/// A chunk that may hold lines to delete.
#[derive(Debug)]
struct Suspect {
    chunk: SealedChunk,
    /// The number of its stream.
    stream: i64,
    labels: Labels,
}

/// Deletes the lines in closed chunks, and shows `committed` each step once the disk has it. Answers whether every chunk could
/// be read. The caller sees to it that no flush runs meanwhile.
pub(crate) fn run(places: Places<'_>, mask: &Mask, mut committed: impl FnMut(&Step)) -> Result<bool, StorageError> {
    let mut is_whole = true;
    for some in suspects(places, mask)?.chunks(STEP) {
        let mut forgotten = HashSet::new();
        let written = places.database.write(|transaction| {
            let mut step = Step::default();
            for suspect in some {
                one(transaction, places.damage, mask, suspect, &mut step)?;
            }
            // Before others see it: a chunk that is missed must not be taken for lost.
            places.streams.lock().forget_chunks(&step.gone);
            forgotten.clone_from(&step.gone);
            Ok(step)
        });
        match written {
            Ok(step) => {
                is_whole &= !step.has_unread;
                committed(&step);
            }
            Err(error) => {
                let mut streams = places.streams.lock();
                for suspect in some.iter().filter(|suspect| forgotten.contains(&suspect.chunk.id)) {
                    streams.add_sealed(suspect.stream, suspect.chunk);
                }
                return Err(error);
            }
        }
    }
    Ok(is_whole)
}

/// Lines in memory of the streams and times that the mask is about, each with the labels of its stream.
pub(crate) fn in_memory(streams: &Streams, mask: &Mask) -> Vec<(Labels, Entry)> {
    let (start, end) = mask.range;
    let of_stream = |(_, stream): (i64, &Stream)| {
        let labels = stream.labels.clone();
        stream.between(start, end).into_iter().map(move |entry| (labels.clone(), entry)).collect::<Vec<_>>()
    };
    streams.matching(&mask.matchers).flat_map(of_stream).collect()
}

fn suspects(places: Places<'_>, mask: &Mask) -> Result<Vec<Suspect>, StorageError> {
    let streams: Vec<(i64, Option<i64>, Labels)> = {
        let streams = places.streams.lock();
        streams.matching(&mask.matchers).map(|(id, stream)| (id, stream.open_row, stream.labels.clone())).collect()
    };
    places.database.read(|connection| {
        let mut suspects = Vec::new();
        for (stream, open_row, labels) in streams {
            let chunks = tables::chunks_between(connection, stream, mask.range.0, mask.range.1)?;
            let closed = chunks.into_iter().filter(|row| Some(row.id) != open_row);
            suspects.extend(closed.map(|row| Suspect {
                chunk: SealedChunk { id: row.id, first: row.first, last: row.last },
                stream,
                labels: labels.clone(),
            }));
        }
        Ok(suspects)
    })
}

/// Writes a chunk anew without the lines to delete. One that cannot be read whole stays as it is: what is sound in it goes on
/// being shown, and has to be hidden.
fn one(
    transaction: &Transaction<'_>,
    damage: &DamageLog,
    mask: &Mask,
    suspect: &Suspect,
    step: &mut Step,
) -> rusqlite::Result<()> {
    let id = suspect.chunk.id;
    let Some(chunk) = load::chunk(transaction, damage, id)? else {
        step.has_unread = true;
        return Ok(());
    };
    let (mut kept, mut lines) = (Vec::new(), 0);
    let visited = Loaded::chunk(chunk).visit(|entry| {
        if mask.hides(&suspect.labels, entry) {
            lines += 1;
        } else {
            let metadata = Labels::from_pairs(entry.metadata.iter().copied());
            kept.push(Entry::new(entry.timestamp, entry.line).with_metadata(metadata));
        }
        ControlFlow::Continue(())
    });
    step.has_unread |= visited.is_err();
    if visited.is_err() || lines == 0 {
        return Ok(());
    }
    step.lines += lines;
    step.chunks.insert(id);
    if kept.is_empty() {
        CHUNK.delete(transaction, damage, ("id = ?1", [id]))?;
        step.gone.insert(id);
        return Ok(());
    }
    let head = Head {
        first: kept.first().map_or(0, |entry| entry.timestamp),
        last: kept.last().map_or(0, |entry| entry.timestamp),
        items: kept.len() as u64,
        bytes: kept.iter().map(|entry| entry.bytes() as u64).sum(),
        ..CHUNK.head(id, Owner::Number(suspect.stream))
    };
    let packed = chunk::pack(&kept, true);
    CHUNK.put(transaction, &head, Some(&packed.front), &packed.body)
}
