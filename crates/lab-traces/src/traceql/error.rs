//! Why a text is no TraceQL query, in the words that Tempo's users know.

use std::fmt;

use crate::traceql::syntax::place::Place;

/// A position in a query: line and column, both from 1, the column in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

/// What is wrong with a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QueryError {
    /// The text cannot be read; `position` is `None` for an empty query.
    Syntax {
        /// Where the reader stopped.
        position: Option<Position>,
        /// What was found there.
        message: String,
    },
    /// The text can be read but makes no sense, for example because types do not fit.
    Invalid {
        /// Where the part that makes no sense begins.
        position: Position,
        /// Which part that is, and what is wrong with it.
        message: String,
    },
    /// The text is too long to be read at all.
    TooLong {
        /// Bytes that it has.
        bytes: usize,
        /// Bytes that it may have.
        most: usize,
    },
}

/// A mistake that the lexer, the parser or the check has found, before its place is turned into a position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) place: Place,
    pub(crate) message: String,
}

impl Fault {
    pub(crate) fn new(place: Place, message: impl Into<String>) -> Self {
        Self { place, message: message.into() }
    }
}

impl Position {
    /// The position of a byte of the text.
    fn of(text: &str, byte: usize) -> Self {
        let before = text.get(..byte).unwrap_or(text);
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Self { line: before.matches('\n').count() + 1, column }
    }
}

impl QueryError {
    /// The error of a text that cannot be read.
    pub(crate) fn syntax(text: &str, fault: Fault) -> Self {
        let position = (!text.trim().is_empty()).then(|| Position::of(text, fault.place.start));
        Self::Syntax { position, message: fault.message }
    }

    /// The error of a text that makes no sense.
    pub(crate) fn invalid(text: &str, fault: Fault) -> Self {
        Self::Invalid { position: Position::of(text, fault.place.start), message: fault.message }
    }
}

impl std::error::Error for QueryError {}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, col {}", self.line, self.column)
    }
}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax { position: Some(position), message } => write!(f, "parse error at {position}: {message}"),
            Self::Syntax { position: None, message } => write!(f, "parse error : {message}"),
            Self::Invalid { position, message } => write!(f, "{message} (at {position})"),
            Self::TooLong { bytes, most } => write!(f, "the query has {bytes} bytes, but at most {most} are read"),
        }
    }
}
