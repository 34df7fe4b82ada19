//! Looking at the traces that may match, newest first, until all were seen or it has taken long enough.

use lab_algebra::{AlgebraError, Allowance};
use lab_model::MemoryError;

use crate::query::candidates::Found;
use crate::query::walk::{DECODED, Inspected, Missing, SEEN, Selection, WalkError};
use crate::span::Trace;
use crate::store::TraceStore;

/// Shows `visit` each trace that may match, with the start of its newest fragment that counts, until it says false.
pub(crate) fn walk(
    store: &TraceStore,
    selection: &Selection,
    allowance: &Allowance<'_>,
    mut visit: impl FnMut(&Trace, i64) -> Result<bool, WalkError>,
) -> Result<Inspected, WalkError> {
    let mut inspected = Inspected::default();
    let mut candidates = Found::new(store, selection)?;
    while let Some(candidate) = candidates.next(allowance)? {
        allowance.check_interrupt()?;
        if selection.enough.is_set() {
            inspected.missing.insert(Missing::OlderTraces);
            break;
        }
        allowance.take_bytes(SEEN)?;
        let Some(stored) = store.trace(candidate.id)? else { continue };
        inspected.traces += 1;
        inspected.bytes += stored.bytes;
        if stored.partial {
            inspected.missing.insert(Missing::SpansOfLargeTraces);
        }
        if let Err(error) = allowance.room_for_bytes((stored.bytes as usize).saturating_mul(DECODED)) {
            if !matches!(error, AlgebraError::Memory(MemoryError::TooLarge { .. })) {
                return Err(error.into());
            }
            inspected.missing.insert(Missing::LargeTraces { bytes: stored.bytes });
            continue;
        }
        let Some(trace) = Trace::decode(stored.id, &stored.spans) else { continue };
        if !visit(&trace, candidate.newest_start_ns)? {
            break;
        }
    }
    if candidates.is_cut_short() {
        inspected.missing.insert(Missing::OlderTraces);
    }
    Ok(inspected)
}
