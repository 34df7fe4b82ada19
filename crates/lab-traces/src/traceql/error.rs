//! Why a text is no TraceQL query, in the words that Tempo's users know.

use std::fmt;

/// A place in a query: line and column, both from 1, the column in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

/// What is wrong with a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QueryError {
    /// It cannot be read; `position` is `None` for an empty query.
    Syntax {
        /// Where.
        position: Option<Position>,
        /// What is wrong there.
        message: String,
    },
    /// It can be read but makes no sense, for example because types do not fit.
    Invalid(String),
}

impl QueryError {
    pub(crate) fn at(position: Position, message: impl Into<String>) -> Self {
        Self::Syntax { position: Some(position), message: message.into() }
    }
}

impl std::error::Error for QueryError {}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax { position: Some(at), message } => {
                write!(f, "parse error at line {}, col {}: {message}", at.line, at.column)
            }
            Self::Syntax { position: None, message } => write!(f, "parse error : {message}"),
            Self::Invalid(message) => f.write_str(message),
        }
    }
}
