//! Places in the query text: as bytes, and as lines and columns.

use crate::promql::error::{Position, PromqlError};

/// The bytes of the query that a node of the tree takes, from `start` up to but without `end`.
///
/// Two spans are always equal, so that trees compare by what they say, not by where it stands.
#[derive(Clone, Copy, Debug, Default)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte behind the last one.
    pub end: usize,
}

impl Span {
    /// From the start of this span to the end of another.
    #[must_use]
    pub fn to(self, end: Self) -> Self {
        Self { start: self.start, end: end.end }
    }
}

impl PartialEq for Span {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// What is wrong with a query, and the byte at which it is.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub(crate) at: usize,
    pub(crate) message: String,
}

impl Fault {
    /// A fault at the start of a span.
    pub(crate) fn new(at: Span, message: impl Into<String>) -> Self {
        Self { at: at.start, message: message.into() }
    }
}

/// Where the lines of a query begin.
#[derive(Debug)]
pub(crate) struct Places(Vec<usize>);

impl Places {
    pub(crate) fn new(query: &str) -> Self {
        let breaks = query.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Self([0].into_iter().chain(breaks.map(|(at, _)| at + 1)).collect())
    }

    /// Line and column of a byte.
    pub(crate) fn of(&self, at: usize) -> Position {
        let line = self.0.partition_point(|start| *start <= at);
        let start = line.checked_sub(1).and_then(|line| self.0.get(line)).copied().unwrap_or_default();
        Position { line: line as u32, column: (at - start + 1) as u32 }
    }

    /// The error that a fault of the query is.
    pub(crate) fn error(&self, fault: Fault) -> PromqlError {
        PromqlError::Parse { position: Some(self.of(fault.at)), message: fault.message }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_from_one() {
        let places = Places::new("ab\ncd\n");
        let shown = |at| places.of(at).to_string();
        assert_eq!([0, 2, 3, 4, 6].map(shown), ["1:1", "1:3", "2:1", "2:2", "3:1"]);
    }
}
