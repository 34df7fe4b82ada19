//! Removing what is too old or too much: whole chunks, oldest first, counted.

pub(crate) mod erase;
pub(crate) mod places;

use std::collections::HashSet;

use lab_storage::{Gone, Retention, StorageError};

use self::places::Places;
use crate::store::limits::Limits;
use crate::store::rows::tables;

/// Nanoseconds in a second.
const SECOND: u32 = 1_000_000_000;
/// Chunks that go at a time while there are too many bytes.
const STEP: i64 = 16;
/// Below this much a limit of bytes cannot push a database: its empty tables take some pages.
const LEAST_BYTES: u64 = 64 << 10;

/// What went, and by which limit.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Removed {
    /// Entries that were too old.
    pub(crate) by_age: u64,
    /// Entries that were too many.
    pub(crate) by_size: u64,
    /// The bytes that all of them had.
    pub(crate) bytes: u64,
}

/// Applies `retention` at `now` (ns). The caller sees to it that no flush runs meanwhile.
pub(crate) fn run(
    places: Places<'_>,
    limits: &Limits,
    now: i64,
    retention: &Retention,
    mut gone: impl FnMut(Removed),
) -> Result<(), StorageError> {
    let Places { database, damage, streams } = places;
    let span = i64::try_from(limits.chunk_span.as_nanos()).unwrap_or(i64::MAX);
    let idle_since = now.saturating_sub(span);
    // A chunk that spans much time, or gets nothing more, is closed, so that it can go when its time comes.
    streams.lock().close(|stream| stream.span() >= span || stream.newest().is_some_and(|newest| newest < idle_since));
    let mut went = HashSet::new();
    if let Some(cutoff) = retention.cutoff(now, SECOND) {
        let rows = database.write(|transaction| tables::delete_before(transaction, damage, cutoff))?;
        went.extend(rows.iter().map(|row| row.id));
        let (by_age, bytes) = sums(&rows);
        gone(Removed { by_age, bytes, ..Removed::default() });
    }
    if let Some(bytes) = retention.bytes {
        while database.used_bytes() > bytes.max(LEAST_BYTES) {
            let rows = database.write(|transaction| tables::delete_oldest(transaction, damage, STEP))?;
            if rows.is_empty() {
                break;
            }
            went.extend(rows.iter().map(|row| row.id));
            let (by_size, bytes) = sums(&rows);
            gone(Removed { by_size, bytes, ..Removed::default() });
        }
    }
    if went.is_empty() { Ok(()) } else { forget_removed(places, &went) }
}

fn sums(rows: &[Gone]) -> (u64, u64) {
    rows.iter().fold((0, 0), |(items, bytes), row| (items + row.items, bytes + row.bytes))
}

/// Brings the memory in line: chunks whose rows are gone, and streams that have nothing left.
fn forget_removed(Places { database, damage, streams }: Places<'_>, gone: &HashSet<i64>) -> Result<(), StorageError> {
    streams.lock().forget_chunks(gone);
    forget_empty(Places { database, damage, streams })
}

/// Forgets streams that have nothing left.
pub(crate) fn forget_empty(Places { database, damage, streams }: Places<'_>) -> Result<(), StorageError> {
    let idle = streams.lock().idle();
    for stream in idle {
        if database.write(|transaction| tables::delete_stream_if_empty(transaction, damage, stream))? {
            streams.lock().forget(stream);
        }
    }
    Ok(())
}
