//! Looking at the traces that may match, newest first, within bounds.

use lab_model::Interrupt;
use lab_storage::StorageError;

use crate::span::Trace;
use crate::store::TraceStore;
use crate::traceql::plan::Plan;

/// Which traces a question is about.
#[derive(Clone, Debug)]
pub struct Selection {
    pub plan: Plan,
    /// Traces that end at this time or later, in nanoseconds since the epoch.
    pub start_ns: i64,
    /// Traces that begin at this time or earlier, in nanoseconds since the epoch.
    pub end_ns: i64,
    /// What answering may cost.
    pub bounds: Bounds,
}

/// Bounds on what one question may read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Traces that are decoded.
    pub traces: u64,
    /// Bytes of encoded spans that are decoded.
    pub bytes: u64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { traces: 200_000, bytes: 512 << 20 }
    }
}

/// What answering cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Inspected {
    /// Traces that were decoded.
    pub traces: u64,
    /// Bytes of their encoded spans.
    pub bytes: u64,
    /// True if a bound was reached, so that older traces were not looked at.
    pub partial: bool,
}

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
pub enum WalkError {
    /// The client has left, or time is up.
    #[error("the query was interrupted: it took too long, or the client has gone")]
    Interrupted,
    /// The store cannot be read.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Shows `visit` each trace that may match, with the start of its newest fragment, until it says false.
pub(crate) fn walk(
    store: &TraceStore,
    selection: &Selection,
    interrupt: &Interrupt,
    mut visit: impl FnMut(&Trace, i64) -> bool,
) -> Result<Inspected, WalkError> {
    let mut inspected = Inspected::default();
    let mut candidates = store.candidates(selection.start_ns, selection.end_ns, selection.plan.any_of.clone());
    while let Some(candidate) = candidates.next_candidate()? {
        if interrupt.is_set() {
            return Err(WalkError::Interrupted);
        }
        if inspected.traces >= selection.bounds.traces || inspected.bytes >= selection.bounds.bytes {
            inspected.partial = true;
            break;
        }
        let Some(stored) = store.trace(candidate.id)? else { continue };
        inspected.traces += 1;
        inspected.bytes += stored.bytes;
        let Some(trace) = Trace::decode(stored.id, &stored.spans) else { continue };
        if !visit(&trace, candidate.newest_start_ns) {
            break;
        }
    }
    Ok(inspected)
}
