//! How many lines and bytes the parts of a selection have, without those that somebody asked to delete. Only chunks that hold
//! such lines are read, within the bounds of a query.

use std::ops::ControlFlow;

use lab_model::{Interrupt, Matcher};

use crate::logql::error::QueryError;
use crate::logql::limits::QueryLimits;
use crate::store::LogStore;
use crate::store::select::{Part, Selection, Source, Wanted};

/// What there is from `start` to `end` (ns, both included) in the streams that meet every matcher; each part says how much it
/// has that is not hidden.
pub fn selection(
    store: &LogStore,
    matchers: &[Matcher],
    (start, end): (i64, i64),
    limits: &QueryLimits,
    interrupt: &Interrupt,
) -> Result<Selection, QueryError> {
    let mut selection = store.measure(matchers, start, end)?;
    let mut bytes = 0_u64;
    for part in selection.parts.iter_mut().filter(|part| matches!(part.source, Source::Masked(..))) {
        bytes = bytes.saturating_add(part.bytes);
        if bytes > limits.bytes {
            return Err(QueryError::too_many_bytes(limits.bytes));
        }
        (part.entries, part.bytes) = measure(store, part, interrupt)?;
    }
    selection.parts.retain(|part| part.entries > 0);
    Ok(selection)
}

/// The lines of a part that are not hidden, and their bytes.
fn measure(store: &LogStore, part: &Part, interrupt: &Interrupt) -> Result<(u64, u64), QueryError> {
    if interrupt.is_set() {
        return Err(QueryError::Interrupted);
    }
    let (mut entries, mut bytes) = (0, 0);
    if let Some(loaded) = store.load(part, Wanted::default())? {
        // What is damaged is left out here, and reported by whoever reads the lines.
        let _ = loaded.visit(|entry| {
            entries += 1;
            bytes += entry.bytes() as u64;
            if interrupt.is_set() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
    }
    if interrupt.is_set() { Err(QueryError::Interrupted) } else { Ok((entries, bytes)) }
}
