//! Why a text is no TraceQL query, in the words that Tempo's users know.

use std::fmt;

use lab_syntax::{Fault, Lines, Position};

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

impl QueryError {
    /// The error of a text that cannot be read.
    pub(crate) fn syntax(text: &str, fault: Fault) -> Self {
        let position = (!text.trim().is_empty()).then(|| position(text, &fault));
        Self::Syntax { position, message: fault.message }
    }

    /// The error of a text that makes no sense.
    pub(crate) fn invalid(text: &str, fault: Fault) -> Self {
        Self::Invalid { position: position(text, &fault), message: fault.message }
    }
}

impl std::error::Error for QueryError {}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax { position: Some(position), message } => {
                write!(f, "parse error at {}: {message}", named(*position))
            }
            Self::Syntax { position: None, message } => write!(f, "parse error : {message}"),
            Self::Invalid { position, message } => write!(f, "{message} (at {})", named(*position)),
            Self::TooLong { bytes, most } => write!(f, "the query has {bytes} bytes, but at most {most} are read"),
        }
    }
}

/// Tempo counts columns in characters.
fn position(text: &str, fault: &Fault) -> Position {
    Lines::new(text).position_in_characters(fault.place.start)
}

fn named(Position { line, column }: Position) -> String {
    format!("line {line}, col {column}")
}
