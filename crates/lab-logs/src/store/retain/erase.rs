//! Deleting lines for good: chunks that hold some of them are written anew without them, or go.

use std::collections::HashSet;
use std::ops::ControlFlow;

use lab_model::Labels;
use lab_storage::{DamageLog, Head, Owner, StorageError};
use rusqlite::Transaction;

use crate::record::Entry;
use crate::store::retain::places::Places;
use crate::store::rows::layout::chunk;
use crate::store::rows::load;
use crate::store::rows::tables::{self, CHUNK};
use crate::store::select::Loaded;
use crate::store::select::mask::Mask;

/// Chunks that are written anew at a time.
const STEP: usize = 16;

/// What came of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Erased {
    /// Lines that are gone.
    pub(crate) lines: u64,
    /// Chunks that are gone or were written anew.
    pub(crate) chunks: HashSet<i64>,
    /// Of these, those that are gone.
    pub(crate) gone: HashSet<i64>,
}

/// A chunk that may hold lines to delete, of a stream with these labels.
type Suspect = (i64, i64, Labels);

/// Deletes the lines in closed chunks. The caller sees to it that no flush runs meanwhile.
pub(crate) fn run(places: Places<'_>, mask: &Mask) -> Result<Erased, StorageError> {
    let streams: Vec<(i64, Option<i64>, Labels)> = {
        let streams = places.streams.lock();
        streams.matching(&mask.matchers).map(|(id, stream)| (id, stream.open_row, stream.labels.clone())).collect()
    };
    let suspects = places.database.read(|connection| {
        let mut suspects: Vec<Suspect> = Vec::new();
        for (stream, open_row, labels) in streams {
            let chunks = tables::chunks_between(connection, stream, mask.range.0, mask.range.1)?;
            let closed = chunks.into_iter().filter(|row| Some(row.id) != open_row);
            suspects.extend(closed.map(|row| (row.id, stream, labels.clone())));
        }
        Ok(suspects)
    })?;
    let mut erased = Erased::default();
    for some in suspects.chunks(STEP) {
        let done = places.database.write(|transaction| {
            let mut done = Erased::default();
            for suspect in some {
                one(transaction, places.damage, mask, suspect, &mut done)?;
            }
            // Before others see it: a chunk that is missed must not be taken for lost.
            places.streams.lock().forget_chunks(&done.gone);
            Ok(done)
        })?;
        erased.lines += done.lines;
        erased.chunks.extend(done.chunks);
        erased.gone.extend(done.gone);
    }
    Ok(erased)
}

/// A chunk that cannot be read is left to the report of damage.
fn one(
    transaction: &Transaction<'_>,
    damage: &DamageLog,
    mask: &Mask,
    (id, stream, labels): &Suspect,
    erased: &mut Erased,
) -> rusqlite::Result<()> {
    let Some(chunk) = load::chunk(transaction, damage, *id)? else { return Ok(()) };
    let (mut kept, mut lines) = (Vec::new(), 0);
    let visited = Loaded::chunk(chunk).visit(|entry| {
        if mask.hides(labels, entry) {
            lines += 1;
        } else {
            let metadata = Labels::from_pairs(entry.metadata.iter().copied());
            kept.push(Entry::new(entry.timestamp, entry.line).with_metadata(metadata));
        }
        ControlFlow::Continue(())
    });
    if visited.is_err() || lines == 0 {
        return Ok(());
    }
    erased.lines += lines;
    erased.chunks.insert(*id);
    if kept.is_empty() {
        CHUNK.delete(transaction, damage, ("id = ?1", [*id]))?;
        erased.gone.insert(*id);
        return Ok(());
    }
    let head = Head {
        first: kept.first().map_or(0, |entry| entry.timestamp),
        last: kept.last().map_or(0, |entry| entry.timestamp),
        items: kept.len() as u64,
        bytes: kept.iter().map(|entry| entry.bytes() as u64).sum(),
        ..CHUNK.head(*id, Owner::Number(*stream))
    };
    let packed = chunk::pack(&kept, true);
    CHUNK.put(transaction, &head, Some(&packed.front), &packed.body)
}
