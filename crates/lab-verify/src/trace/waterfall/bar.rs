//! Bars on a common axis, to half a cell: heavy lines for the critical path, light ones for the rest.

use crate::stack::span::Span;
use crate::trace::extent::bounds;

/// The time that the bars share, in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Axis {
    /// Since the epoch.
    pub(super) start_ns: i64,
    pub(super) length_ns: u64,
}

impl Axis {
    /// From a trace's first start to its last end; nothing without spans.
    pub(super) fn of(spans: &[Span]) -> Option<Self> {
        let (start_ns, end) = bounds(spans)?;
        Some(Self { start_ns, length_ns: u64::try_from(end.saturating_sub(start_ns)).unwrap_or_default() })
    }

    /// Which half cells of `2 * width` a span covers, at least one: first and one past the last.
    fn halves(self, span: &Span, width: usize) -> (usize, usize) {
        let most = width.max(1) * 2;
        let at = |ns: i64| ns.saturating_sub(self.start_ns) as f64 / (self.length_ns.max(1)) as f64 * most as f64;
        let first = (at(span.start_ns).floor() as usize).min(most - 1);
        let end = (at(span.end_ns).round() as usize).clamp(first + 1, most);
        (first, end)
    }
}

/// A bar with the space before it, `width` cells at most.
pub(super) fn bar(axis: Axis, span: &Span, heavy: bool, width: usize) -> (String, String) {
    let (first, end) = axis.halves(span, width);
    let [full, left, right] = if heavy { ["━", "╸", "╺"] } else { ["─", "╴", "╶"] };
    let mut drawn = String::new();
    for cell in first / 2..end.div_ceil(2) {
        let covers = |half: usize| (first..end).contains(&half);
        drawn += match (covers(cell * 2), covers(cell * 2 + 1)) {
            (true, true) => full,
            (true, false) => left,
            _ => right,
        };
    }
    (" ".repeat(first / 2), drawn)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::trace::fake::{EPOCH, span};

    fn drawn(start: i64, end: i64, heavy: bool) -> String {
        let axis = Axis { start_ns: EPOCH, length_ns: 100_000_000 };
        let span = span("1", "", "s", "n", start, end);
        let (space, bar) = bar(axis, &span, heavy, 5);
        space + &bar
    }

    #[test]
    fn half_cells_show_where_a_span_begins_and_ends() {
        assert_eq!(drawn(0, 100, true), "━━━━━");
        assert_eq!(drawn(10, 70, false), "╶──╴");
        assert_eq!(drawn(40, 41, true), "  ╸");
        assert_eq!(drawn(100, 100, false), "    ╶");
    }

    proptest! {
        #[test]
        fn a_bar_stays_on_the_axis(start in 0..1000_i64, length in 0..1000_i64, width in 1..200_usize) {
            let span = span("1", "", "s", "n", start, (start + length).min(1000));
            let (space, bar) = bar(Axis { start_ns: EPOCH, length_ns: 1_000_000_000 }, &span, true, width);
            prop_assert!(!bar.is_empty());
            prop_assert!(space.chars().count() + bar.chars().count() <= width);
        }
    }
}
