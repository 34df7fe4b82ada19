//! What a question is about, what answering it cost, and what the answer lacks.

use std::collections::BTreeSet;
use std::fmt;

use lab_algebra::AlgebraError;
use lab_model::{Interrupt, MemoryError, size};
use lab_storage::StorageError;

use crate::traceql::plan::Plan;

/// Bytes that a decoded span takes for each byte of its encoding, at most.
pub(crate) const DECODED: usize = 3;
/// Bytes that are kept of each trace so that it is looked at once only.
pub(crate) const SEEN: usize = 40;

/// Which traces a question is about.
#[derive(Clone, Debug)]
pub struct Selection {
    pub plan: Plan,
    /// Traces that end at this time or later, in nanoseconds since the epoch.
    pub start_ns: i64,
    /// Traces that begin at this time or earlier, in nanoseconds since the epoch.
    pub end_ns: i64,
    /// Set when the answer has taken long enough: then what was found so far is answered, and said to be partial.
    pub enough: Interrupt,
}

/// What answering cost, and what is missing in the answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inspected {
    /// Traces that were decoded.
    pub traces: u64,
    /// Bytes of their encoded spans.
    pub bytes: u64,
    /// Why the answer is not complete; empty if it is.
    pub missing: BTreeSet<Missing>,
}

impl Inspected {
    /// What is missing, in words; none if nothing is.
    pub fn message(&self) -> Option<String> {
        let reasons: Vec<String> = self.missing.iter().map(ToString::to_string).collect();
        (!reasons.is_empty()).then(|| reasons.join("; "))
    }
}

/// Something that an answer lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Missing {
    /// The traces that were not looked at when time was up.
    OlderTraces,
    /// Spans of a trace that is larger than what is loaded.
    SpansOfLargeTraces,
    /// Traces that would take more memory than there is for one query.
    LargeTraces {
        /// Bytes of encoded spans of the smallest of them.
        bytes: u64,
    },
    /// Series beyond so many.
    Series(usize),
    /// Names of attributes beyond so many in a scope.
    Names(usize),
    /// Values beyond so many.
    Values(usize),
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OlderTraces => f.write_str(
                "the time for this answer was up before all traces were looked at, so older ones are missing: ask for a \
                 shorter time range or a narrower query",
            ),
            Self::SpansOfLargeTraces => {
                f.write_str("at least one trace is too large to be loaded as a whole, so some of its spans are missing")
            }
            Self::LargeTraces { bytes } => write!(
                f,
                "at least one trace is too large for the memory of one query ({} of spans), so it was left out: give the \
                 lab more with --max-memory",
                size::format(*bytes)
            ),
            Self::Series(most) => write!(
                f,
                "the query makes more than {most} series, and only the first {most} that were found are here: group by \
                 fewer attributes, or by ones with fewer values"
            ),
            Self::Names(most) => write!(
                f,
                "a scope has more than {most} names of attributes, so some are missing: ask for a shorter time range"
            ),
            Self::Values(most) => write!(
                f,
                "the attribute has more than {most} values, so some are missing: ask for a shorter time range or a \
                 narrower query"
            ),
        }
    }
}

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
pub enum WalkError {
    /// The client has left, or time is up.
    #[error("the query was interrupted: it took too long, or the client has gone")]
    Interrupted,
    /// The question needs more memory than it may have, or than there is at the moment.
    #[error(transparent)]
    Memory(#[from] MemoryError),
    /// The store cannot be read.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl From<AlgebraError> for WalkError {
    fn from(error: AlgebraError) -> Self {
        match error {
            AlgebraError::Memory(error) => Self::Memory(error),
            // Of an allowance nothing else comes than that the query was interrupted.
            _ => Self::Interrupted,
        }
    }
}
