//! How many lines of a selection are within a range, so that a short range of long chunks is not taken for many lines.

use lab_model::Interrupt;

use crate::logql::error::QueryError;
use crate::logql::eval::scan::Scan;
use crate::store::LogStore;
use crate::store::select::{Part, Source};

/// Counts the lines from `start` to `last` (ns): those of a chunk that sticks out from its front, and if that does not tell,
/// by reading.
pub(crate) fn lines(
    store: &LogStore,
    mut scan: Scan<'_>,
    (start, last): (i64, i64),
    interrupt: &Interrupt,
) -> Result<u64, QueryError> {
    let (selection, mut lines) = (scan.selection, 0);
    for part in &selection.parts {
        if interrupt.is_set() {
            return Err(QueryError::Interrupted);
        }
        let is_sound = store.is_sound_chunk(part);
        if matches!(part.source, Source::Memory(_)) || (is_sound && start <= part.first && part.last <= last) {
            lines += part.entries;
            continue;
        }
        match if is_sound { of_front(store, part, (start, last))? } else { None } {
            Some(counted) => lines += counted,
            None => scan.part(
                part,
                (start, last),
                |_| true,
                |_| {
                    lines += 1;
                    Ok(())
                },
            )?,
        }
    }
    Ok(lines)
}

/// The lines of a chunk from `start` to `last` (ns) by the times in its front; none if it has no times, or is damaged.
fn of_front(store: &LogStore, part: &Part, (start, last): (i64, i64)) -> Result<Option<u64>, QueryError> {
    let Some(front) = store.front(part)? else { return Ok(None) };
    let Some(times) = front.read().ok().and_then(|front| front.times()) else { return Ok(None) };
    let mut lines = 0;
    for time in times {
        let Ok((time, _)) = time else { return Ok(None) };
        lines += u64::from((start..=last).contains(&time));
    }
    Ok(Some(lines))
}
