//! Removing what is too old or too much: whole fragments, oldest first, counted.

use lab_storage::{Account, Evicted, Retention, StorageError};

use crate::store::index::origin::Origins;
use crate::store::rows::disk::{Disk, Remove};

/// Nanoseconds in a second.
const SECOND: u32 = 1_000_000_000;

/// Applies `retention` at `now_ns`; answers how many spans went. The caller sees to it that no flush runs meanwhile.
pub(crate) fn run(
    disk: &Disk,
    origins: &Origins,
    account: &Account,
    (now_ns, retention): (i64, &Retention),
) -> Result<u64, StorageError> {
    let mut total = 0;
    if let Some(cutoff) = retention.cutoff(now_ns, SECOND) {
        loop {
            let (fragments, spans) = disk.remove(Remove::StartedBefore(cutoff))?;
            account.evict(Evicted::Age, spans);
            total += spans;
            if fragments == 0 {
                break;
            }
        }
    }
    if let Some(bytes) = retention.bytes {
        let full = if disk.is_in_memory() { Evicted::Memory } else { Evicted::Disk };
        while disk.used_bytes() > bytes {
            let (fragments, spans) = disk.remove(Remove::Oldest)?;
            account.evict(full, spans);
            total += spans;
            if fragments == 0 {
                break;
            }
        }
    }
    let oldest_ns = disk.oldest_ns()?.unwrap_or(i64::MAX);
    disk.forget_before(oldest_ns)?;
    origins.forget(oldest_ns, |ids| disk.remove_origins(ids))?;
    Ok(total)
}
