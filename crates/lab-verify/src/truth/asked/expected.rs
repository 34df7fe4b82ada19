//! What one request of the ledger must have left behind: spans, lines and rolls, service by service.

use lab_model::strategy::Strategy;
use lab_traffic::ledger::Entry;

use crate::stack::services::Service;

/// How many there must be, from the least to the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// Fewer are too few.
    pub least: u64,
    /// More are too many.
    pub most: u64,
}

/// What a request left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// Whether its die exists.
    pub found: bool,
    /// Rolls of a batch whose die exists: so many `async_roll` spans and counts.
    pub rolls: u64,
    spans: [u64; 3],
    lines: [Range; 3],
}

impl Range {
    /// Exactly so many.
    pub fn exactly(count: u64) -> Self {
        Self { least: count, most: count }
    }

    /// How many are missing of a count, and how many too many.
    pub fn compare(self, count: u64) -> (u64, u64) {
        (self.least.saturating_sub(count), count.saturating_sub(self.most))
    }
}

impl Expected {
    /// What a request must have left behind, if its answer settles it: 200, 404 and 500 do. Of a request without an
    /// answer, or one that a service was too slow for, it is unknown how far it came.
    ///
    /// ```text
    /// spans   frontend  SERVER, CLIENT   dice-roller  SERVER, CLIENT, n × async_roll   die-service  SERVER
    /// lines   frontend  2                dice-roller  die found: 4, 4 + n; else 3      die-service  2
    /// ```
    /// A batch that failed fast has lines only of the rolls that ended before it was called off.
    pub fn of(entry: &Entry) -> Option<Self> {
        let found = match entry.status? {
            200 | 500 => true,
            404 => false,
            _ => return None,
        };
        let rolls = if found { u64::from(entry.times.unwrap_or(0)) } else { 0 };
        let fast = entry.strategy.unwrap_or(Strategy::FailFast) == Strategy::FailFast;
        let of_rolls = match entry.status {
            Some(500) if fast && rolls > 0 => Range { least: 4 + 1, most: 4 + rolls },
            _ if found => Range::exactly(4 + rolls),
            _ => Range::exactly(3),
        };
        Some(Self { found, rolls, spans: [2, 2 + rolls, 1], lines: [Range::exactly(2), of_rolls, Range::exactly(2)] })
    }

    /// Spans of a service.
    pub fn spans(&self, service: Service) -> u64 {
        self.spans[service.place()]
    }

    /// Lines of a service.
    pub fn lines(&self, service: Service) -> Range {
        self.lines[service.place()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{batch, single};

    fn total(expected: &Expected) -> (u64, u64, u64) {
        let lines = Service::ALL.map(|service| expected.lines(service));
        let spans = Service::ALL.map(|service| expected.spans(service)).iter().sum();
        (spans, lines.iter().map(|range| range.least).sum(), lines.iter().map(|range| range.most).sum())
    }

    /// The figures of the contract: 5 spans and 8 lines, with a batch 5 + n and 8 + n.
    #[test]
    fn the_answer_of_a_request_tells_how_many_spans_and_lines_it_leaves() {
        let of = |entry: &Entry| Expected::of(entry).map(|expected| total(&expected));
        assert_eq!(of(&single(200)), Some((5, 8, 8)));
        assert_eq!(of(&single(500)), Some((5, 8, 8)));
        assert_eq!(of(&single(404)), Some((5, 7, 7)));
        assert_eq!(of(&batch(3, Strategy::BestEffort, 200)), Some((8, 11, 11)));
        assert_eq!(of(&batch(3, Strategy::All, 500)), Some((8, 11, 11)));
        assert_eq!(of(&batch(3, Strategy::FailFast, 500)), Some((8, 9, 11)));
        assert_eq!(of(&batch(3, Strategy::All, 404)), Some((5, 7, 7)));
        assert_eq!(of(&single(503)), None);
        assert_eq!(of(&Entry { status: None, ..single(200) }), None);
    }

    #[test]
    fn counts_are_compared_with_a_range() {
        let range = Range { least: 2, most: 4 };
        assert_eq!([1, 2, 4, 6].map(|count| range.compare(count)), [(1, 0), (0, 0), (0, 0), (0, 2)]);
    }
}
