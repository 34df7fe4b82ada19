//! What can be wrong with a query, in Loki's words, so that people find the same text in the same place.

use lab_algebra::AlgebraError;
use lab_model::MemoryError;
use lab_model::labels::LONGEST_VALUE;
use lab_storage::StorageError;
use lab_syntax::{Fault, Lines, Place, Position};

/// Why a query has no answer.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// The text is not LogQL.
    #[error("parse error at line {line}, col {column}: {message}")]
    Syntax {
        /// Line, from 1; 0 at a window, a duration or a size, where Loki loses count.
        line: usize,
        /// Column in characters, from 1.
        column: usize,
        /// What was found and what was expected.
        message: String,
    },
    /// The syntax is right, but the query makes no sense.
    #[error("parse error : {0}")]
    Invalid(String),
    /// The query, or what it would read or answer, is too large.
    #[error("{0}")]
    Limit(String),
    /// A metric query met a line that its pipeline could not read.
    #[error(
        "pipeline error: '{kind}' for series: '{series}'.\nUse a label filter to intentionally skip this error. \
         (e.g | __error__!=\"{kind}\").\nTo skip all potential errors you can match empty errors.(e.g __error__=\"\")\n\
         The label filter can also be specified after unwrap. (e.g | unwrap latency | __error__=\"\" )\n"
    )]
    Pipeline {
        /// The kind of error, the value of `__error__`.
        kind: String,
        /// The labels of the line.
        series: String,
    },
    /// Two sides of a binary operation do not fit, or an argument is out of its domain.
    #[error("{0}")]
    Execution(String),
    /// The query needs more memory than it may have, or than there is at the moment.
    #[error(transparent)]
    Memory(#[from] MemoryError),
    /// The client has closed its connection, or the time limit has passed.
    #[error("the query was interrupted: it took too long, or the client has gone")]
    Interrupted,
    /// The store could not be read.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl From<AlgebraError> for QueryError {
    /// Says in Loki's words what went wrong between series, and in brackets which series are meant.
    fn from(error: AlgebraError) -> Self {
        let text = match error {
            AlgebraError::Interrupted | AlgebraError::Memory(MemoryError::Interrupted) => return Self::Interrupted,
            AlgebraError::Memory(error) => return Self::Memory(error),
            AlgebraError::LongValue { name, bytes } => {
                return Self::Limit(format!(
                    "the value of label {name:?} would have {bytes} bytes, and a query may give a label at most \
                     {LONGEST_VALUE}"
                ));
            }
            AlgebraError::DuplicateSeries(found) => {
                let mut series = found.series;
                series.sort();
                format!(
                    "found duplicate series on the {} hand-side;many-to-many matching not allowed: \
                     matching labels must be unique on one side (in the match group {} are {} and {})",
                    found.side.name(),
                    found.group,
                    series[0],
                    series[1]
                )
            }
            AlgebraError::ManyToOne => {
                "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)".into()
            }
            AlgebraError::AmbiguousGroup => {
                "multiple matches for labels: grouping labels must ensure unique matches".into()
            }
            AlgebraError::SameLabels => "two series of the result have the same labels at the same step".into(),
            other => other.to_string(),
        };
        Self::Execution(text)
    }
}

impl QueryError {
    /// The error of a query that reads more raw bytes of lines than `limit`.
    pub(crate) fn too_many_bytes(limit: u64) -> Self {
        Self::Limit(format!(
            "the query would read too many bytes (limit: {}); consider adding more specific stream selectors or reduce the \
             time range of the query",
            lab_model::size::format(limit)
        ))
    }

    /// The error of a text that cannot be read; Loki counts columns in characters.
    pub(crate) fn syntax(query: &str, fault: Fault) -> Self {
        if fault.place.start == NOWHERE.start {
            return Self::Invalid(fault.message);
        }
        let Position { line, column } = Lines::new(query).position_in_characters(fault.place.start);
        let line = if loses_line(&query[fault.place.start..], &fault.message) { 0 } else { line };
        Self::Syntax { line, column, message: fault.message }
    }
}

/// Whether the mistake is a window, a duration, a size, a flag or an operator of two signs: Loki reads these in a way that makes
/// it lose count of the lines.
fn loses_line(rest: &str, message: &str) -> bool {
    let signs = ["|=", "|~", "|>", "!=", "!~", "!>", "=~", "==", ">=", "<="];
    let unexpected = message.strip_prefix("syntax error: unexpected ").unwrap_or_default();
    let unexpected = unexpected.split(',').next().unwrap_or_default();
    let kinds = ["DURATION", "BYTES", "FUNCTION_FLAG"];
    rest.starts_with('[') || signs.iter().chain(&kinds).any(|token| unexpected == *token)
}

/// The place of what is wrong with a part of the query for which Loki names no place.
const NOWHERE: Place = Place { start: usize::MAX, end: usize::MAX };

/// A mistake for which Loki names no place.
pub(crate) fn without_place(message: impl Into<String>) -> Fault {
    Fault::new(NOWHERE, message)
}
