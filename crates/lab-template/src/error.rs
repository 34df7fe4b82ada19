//! What can be wrong with a template, and where.

use lab_syntax::{Lines, Position};

/// Why a template cannot be parsed or executed.
///
/// Lines count from 1 and columns from 0, in bytes, as in the messages of Go's `text/template`, which name no column of what
/// cannot be parsed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// The text does not follow the syntax, or names a function or variable that does not exist.
    #[error("template: {name}:{line}: {reason}")]
    Parse {
        /// The template's name.
        name: String,
        /// The line of the mistake.
        line: usize,
        /// The column of the mistake.
        column: usize,
        /// What is wrong there.
        reason: String,
    },
    /// A value, a function or a limit stopped the execution.
    #[error("template: {name}:{line}:{column}: executing {part:?} at <{context}>: {reason}")]
    Execute {
        /// The name of the template that was parsed.
        name: String,
        /// The line of the part that failed.
        line: usize,
        /// The column of the part that failed.
        column: usize,
        /// The name of the defined template that was being executed.
        part: String,
        /// The source of the part that failed.
        context: String,
        /// What went wrong there.
        reason: String,
    },
}

impl TemplateError {
    /// What is wrong, without the place.
    pub fn reason(&self) -> &str {
        match self {
            Self::Parse { reason, .. } | Self::Execute { reason, .. } => reason,
        }
    }
}

/// The line (from 1) and the column (from 0) of a byte in a text.
pub(crate) fn place(text: &str, at: usize) -> (usize, usize) {
    let Position { line, column } = Lines::new(text).position(at);
    (line, column - 1)
}
