//! Lines and columns of a query.

use crate::promql::error::{Position, PromqlError};
use crate::promql::syntax::span::Fault;

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
