//! Showing all spans of a range to a question that looks at each by itself: those in columns by parts, the others as
//! spans.

use std::collections::HashSet;

use lab_algebra::{AlgebraError, Allowance};
use lab_model::MemoryError;
use lab_storage::StorageError;

use crate::id::TraceId;
use crate::query::columns::local::SpanTest;
use crate::query::columns::mask::{Mask, Picked};
use crate::query::columns::view::View;
use crate::query::walk::{DECODED, Inspected, Missing, SEEN, Selection, WalkError};
use crate::span::Trace;
use crate::store::buffer::StoredSpan;
use crate::store::index::summary::Summary;
use crate::store::rows::parts::Place;
use crate::store::select::sources::{PartError, Sources, StoredPart};

/// Bytes that a row takes for each column that is loaded, and columns that are counted with.
const ROW: usize = 16 * 8;

/// A question to spans, each by itself.
pub(crate) trait Question {
    /// Takes rows of a part in; false, and nothing is taken, if the columns of the part are not enough.
    fn rows(&mut self, view: &View<'_>, picked: &Picked) -> Result<bool, Unanswered>;

    /// Takes the spans in that the query selects of some spans of one trace; false if nothing more is wanted.
    fn spans(&mut self, trace: &Trace) -> Result<bool, WalkError>;
}

/// Why the columns of a part gave no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unanswered {
    /// The part cannot be read.
    #[error(transparent)]
    Part(#[from] PartError),
    /// The question has no answer.
    #[error(transparent)]
    Walk(#[from] WalkError),
}

/// The way over the sources.
struct Visit<'a, Q> {
    sources: &'a Sources<'a>,
    selection: &'a Selection,
    allowance: &'a Allowance<'a>,
    question: &'a mut Q,
    inspected: Inspected,
}

/// Shows all spans of the sources that may pass the test of the selection, newest first.
pub(crate) fn visit(
    sources: &Sources<'_>,
    (selection, test): (&Selection, &SpanTest<'_>),
    allowance: &Allowance<'_>,
    question: &mut impl Question,
) -> Result<Inspected, WalkError> {
    let mut visit = Visit { sources, selection, allowance, question, inspected: Inspected::default() };
    let range = (selection.start_ns, selection.end_ns);
    for fragment in sources.waiting.iter().filter(|fragment| fragment.overlaps(range)) {
        if !visit.goes_on()? || !visit.decoded(fragment.trace_id, &fragment.spans)? {
            return Ok(visit.inspected);
        }
    }
    let mut seen = HashSet::new();
    for place in &sources.places {
        if !visit.goes_on()? {
            break;
        }
        let more =
            if place.has_columns { visit.part(*place, test)? } else { visit.outside_of_parts(*place, &mut seen)? };
        if !more {
            break;
        }
    }
    Ok(visit.inspected)
}

impl<Q: Question> Visit<'_, Q> {
    /// False when it has taken long enough.
    fn goes_on(&mut self) -> Result<bool, WalkError> {
        self.allowance.check_interrupt()?;
        if self.selection.enough.is_set() {
            self.inspected.missing.insert(Missing::OlderTraces);
            return Ok(false);
        }
        Ok(true)
    }

    /// Spans of one trace, decoded.
    fn decoded(&mut self, id: TraceId, spans: &[StoredSpan]) -> Result<bool, WalkError> {
        let bytes: u64 = spans.iter().map(|span| span.otlp.len() as u64).sum();
        self.inspected.traces += 1;
        self.inspected.bytes += bytes;
        if let Err(error) = self.allowance.room_for_bytes((bytes as usize).saturating_mul(DECODED)) {
            if !matches!(error, AlgebraError::Memory(MemoryError::TooLarge { .. })) {
                return Err(error.into());
            }
            self.inspected.missing.insert(Missing::LargeTraces { bytes });
            return Ok(true);
        }
        let Some(trace) = Trace::decode(id, spans) else { return Ok(true) };
        self.question.spans(&trace)
    }

    fn part(&mut self, place: Place, test: &SpanTest<'_>) -> Result<bool, WalkError> {
        let every = || (place.fragments.0..=place.fragments.1).collect();
        let Some(part) = self.sources.part(place)? else { return self.fragments(every()) };
        let (layout, selection) = (&part.layout, self.selection);
        let ended = layout.starts.1.saturating_add(layout.durations.1);
        if layout.starts.0 > selection.end_ns || ended < selection.start_ns {
            return Ok(true);
        }
        self.allowance.room_for_bytes(layout.rows.saturating_mul(ROW))?;
        let answered = self.columns(&part, test);
        self.inspected.bytes += part.bytes_read();
        match answered {
            Ok(None) => {
                self.inspected.traces += place.count();
                Ok(true)
            }
            Ok(Some(fragments)) => self.fragments(fragments),
            Err(Unanswered::Part(PartError::Unreadable)) => self.fragments(every()),
            Err(Unanswered::Part(PartError::Storage(error))) => Err(error.into()),
            Err(Unanswered::Walk(error)) => Err(error),
        }
    }

    /// Asks the columns of a part. Answers the fragments that have to be asked themselves, if the columns are not enough.
    fn columns(&mut self, part: &StoredPart<'_>, test: &SpanTest<'_>) -> Result<Option<Vec<i64>>, Unanswered> {
        let view = View::new(part);
        let Mask { picked, is_exact } = test.mask(&view, &self.selection.plan)?;
        let is_answered = picked == Picked::None || is_exact && self.question.rows(&view, &picked)?;
        if is_answered {
            return Ok(None);
        }
        let mut fragments: Vec<u32> = part.rows()?.fragments().ok_or(PartError::Unreadable)?;
        let mut row = 0..;
        fragments.retain(|_| row.next().is_some_and(|row| picked.has(row)));
        fragments.sort_unstable();
        fragments.dedup();
        let numbers: Vec<i64> =
            fragments.into_iter().map(|fragment| part.place.fragments.0 + i64::from(fragment)).collect();
        self.by_summary(numbers).map(Some).map_err(|error| PartError::Storage(error).into())
    }

    /// Those of some fragments, ordered by number, whose summaries say that they may hold what the query asks for.
    fn by_summary(&self, mut numbers: Vec<i64>) -> Result<Vec<i64>, StorageError> {
        let asks_for_nothing = self.selection.plan.any_of.iter().any(Vec::is_empty);
        let (Some(first), Some(last), false) = (numbers.first(), numbers.last(), asks_for_nothing) else {
            return Ok(numbers);
        };
        let heads = self.sources.heads((*first, *last))?;
        let passing: HashSet<i64> =
            heads.iter().filter(|head| self.may_hold(&head.summary)).map(|head| head.id).collect();
        numbers.retain(|number| passing.contains(number));
        Ok(numbers)
    }

    fn may_hold(&self, summary: &Summary) -> bool {
        self.selection.plan.any_of.iter().any(|all| all.iter().all(|what| summary.may_hold(*what)))
    }

    /// Fragments by their numbers, newest first.
    fn fragments(&mut self, mut numbers: Vec<i64>) -> Result<bool, WalkError> {
        numbers.reverse();
        for number in numbers {
            let mut found = None;
            self.sources.fragments(&[number], |id, spans| found = Some((id, spans)))?;
            let Some((id, spans)) = found else { continue };
            if !self.goes_on()? || !self.decoded(id, &spans)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Fragments that are in no part. Of each trace they are put together: older versions may have stored spans twice.
    fn outside_of_parts(&mut self, place: Place, seen: &mut HashSet<TraceId>) -> Result<bool, WalkError> {
        let (start_ns, end_ns) = (self.selection.start_ns, self.selection.end_ns);
        for head in self.sources.heads(place.fragments)? {
            let overlaps = head.start_ns <= end_ns && head.end_ns >= start_ns;
            if !overlaps || seen.contains(&head.trace_id) || !self.may_hold(&head.summary) {
                continue;
            }
            self.allowance.take_bytes(SEEN)?;
            seen.insert(head.trace_id);
            let Some(stored) = self.sources.outside_of_parts(head.trace_id)? else { continue };
            if stored.partial {
                self.inspected.missing.insert(Missing::SpansOfLargeTraces);
            }
            if !self.goes_on()? || !self.decoded(stored.id, &stored.spans)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
