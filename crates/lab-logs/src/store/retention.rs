//! Removing what is too old or too much: whole chunks, oldest first, counted.

use std::sync::{Mutex, MutexGuard, PoisonError};

use lab_storage::{Database, StorageError};

use crate::store::limits::{Limits, Retention};
use crate::store::memory::Memory;
use crate::store::tables::{self, Evicted};

/// Chunks that go at a time while there are too many bytes.
const STEP: i64 = 16;
/// Below this much a limit of bytes cannot push a database: its empty tables take some pages.
const LEAST_BYTES: u64 = 64 << 10;

/// Applies `retention` at `now` (ns). The caller sees to it that no flush runs meanwhile.
pub(super) fn run(
    database: &Database,
    memory: &Mutex<Memory>,
    limits: &Limits,
    now: i64,
    retention: &Retention,
) -> Result<(), StorageError> {
    let nanoseconds = |duration: std::time::Duration| i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX);
    let span = nanoseconds(limits.chunk_span);
    let idle_since = now.saturating_sub(span);
    // A chunk that spans much time, or gets nothing more, is closed, so that it can go when its time comes.
    lock(memory).close(|stream| stream.span() >= span || stream.newest().is_some_and(|newest| newest < idle_since));
    let mut removed = false;
    if let Some(age) = retention.age {
        let cutoff = now.saturating_sub(nanoseconds(age));
        let gone = database.write(|transaction| tables::delete_before(transaction, cutoff))?;
        removed |= count(memory, gone);
    }
    if let Some(bytes) = retention.bytes {
        while database.used_bytes() > bytes.max(LEAST_BYTES) {
            let gone = database.write(|transaction| tables::delete_oldest(transaction, STEP))?;
            if !count(memory, gone) {
                break;
            }
            removed = true;
        }
    }
    if removed { forget_removed(database, memory) } else { Ok(()) }
}

fn count(memory: &Mutex<Memory>, gone: Evicted) -> bool {
    let mut memory = lock(memory);
    memory.stats.evicted += gone.entries;
    memory.stats.evicted_bytes += gone.raw_bytes;
    gone.entries > 0
}

/// Brings the memory in line: open chunks whose row is gone, and streams that have nothing left.
fn forget_removed(database: &Database, memory: &Mutex<Memory>) -> Result<(), StorageError> {
    let open_rows = lock(memory).open_rows();
    for (stream, row) in open_rows {
        if !database.read(|connection| tables::chunk_exists(connection, row))? {
            lock(memory).close_one(stream);
        }
    }
    let idle = lock(memory).idle();
    for stream in idle {
        if database.write(|transaction| tables::delete_stream_if_empty(transaction, stream))? {
            lock(memory).forget(stream);
        }
    }
    Ok(())
}

/// A panic elsewhere leaves the memory whole, see the store.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
