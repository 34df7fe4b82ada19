//! Where the request of a trace stands in a ledger.

use std::collections::HashMap;

use lab_traffic::ledger::Entry;

/// The positions of a ledger's requests by the numbers that their trace ids are.
#[derive(Debug, Clone, Default)]
pub struct Index(HashMap<u128, usize>);

impl Index {
    /// The requests of a ledger that have a trace.
    pub fn of(ledger: &[Entry]) -> Self {
        let place = |(at, entry): (usize, &Entry)| Some((number(entry.trace_id.as_deref()?)?, at));
        Self(ledger.iter().enumerate().filter_map(place).collect())
    }

    /// The position of a trace's request; nothing if the trace is not the ledger's.
    pub fn position(&self, trace: u128) -> Option<usize> {
        self.0.get(&trace).copied()
    }
}

/// The number that a trace id is, which is written in up to 32 hexadecimal digits.
pub fn number(trace_id: &str) -> Option<u128> {
    u128::from_str_radix(trace_id, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{id, single};

    #[test]
    fn requests_are_found_by_their_trace() {
        let other = Entry { trace_id: Some(id(9)), ..single(200) };
        let index = Index::of(&[single(200), Entry { trace_id: None, ..single(200) }, other]);
        let position = |text: &str| index.position(number(text).expect("a number"));
        assert_eq!((position(&id(1)), position(&id(9)), position(&id(2))), (Some(0), Some(2), None));
        assert_eq!(number("a trace"), None);
    }
}
