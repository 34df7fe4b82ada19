//! Two trees beside each other: which span of the one is which of the other.

use std::collections::{HashMap, VecDeque};

use crate::trace::analysis::siblings::Operation;
use crate::trace::tree::Tree;

/// A row of both trees; one of the places is always there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Aligned {
    /// How many spans stand above it.
    pub depth: usize,
    /// Its place among the rows of the first tree.
    pub base: Option<usize>,
    /// Its place among the rows of the second tree.
    pub compare: Option<usize>,
}

/// Places of siblings in the first and in the second tree.
type Siblings = (Vec<usize>, Vec<usize>);

/// The rows of both trees in reading order. Below the same parents the first span of an operation is that of the other
/// tree, then the second one; what only the second tree has comes after its siblings.
pub fn align(base: &Tree<'_>, compare: &Tree<'_>) -> Vec<Aligned> {
    let (base_children, compare_children) = (base.children(), compare.children());
    let mut rows = Vec::new();
    // A stack of our own: depth is in the hands of who sent the traces.
    let mut pending: Vec<Aligned> = pairs(base, compare, (roots(base), roots(compare)), 0);
    pending.reverse();
    while let Some(row) = pending.pop() {
        let of = |place: Option<usize>, children: &[Vec<usize>]| {
            place.and_then(|at| children.get(at)).cloned().unwrap_or_default()
        };
        let below = (of(row.base, &base_children), of(row.compare, &compare_children));
        pending.extend(pairs(base, compare, below, row.depth + 1).into_iter().rev());
        rows.push(row);
    }
    rows
}

fn roots(tree: &Tree<'_>) -> Vec<usize> {
    (0..tree.rows.len()).filter(|at| tree.rows[*at].parent.is_none()).collect()
}

fn pairs(base: &Tree<'_>, compare: &Tree<'_>, (left, right): Siblings, depth: usize) -> Vec<Aligned> {
    let mut open: HashMap<Operation, VecDeque<usize>> = HashMap::new();
    for at in &right {
        open.entry(Operation::of(compare.rows[*at].span)).or_default().push_back(*at);
    }
    let mut rows: Vec<Aligned> = left
        .iter()
        .map(|at| {
            let same = open.get_mut(&Operation::of(base.rows[*at].span)).and_then(VecDeque::pop_front);
            Aligned { depth, base: Some(*at), compare: same }
        })
        .collect();
    let mut rest: Vec<usize> = open.into_values().flatten().collect();
    rest.sort_unstable();
    rows.extend(rest.into_iter().map(|at| Aligned { depth, base: None, compare: Some(at) }));
    rows
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::stack::span::Span;
    use crate::trace::fake::span;

    #[test]
    fn spans_of_one_operation_are_paired_in_their_order() {
        let left = [
            span("1", "", "a", "GET", 0, 9),
            span("2", "1", "a", "SELECT", 1, 2),
            span("3", "1", "a", "SELECT", 3, 4),
            span("4", "1", "b", "gone", 5, 6),
        ];
        let right = [
            span("x", "", "a", "GET", 0, 9),
            span("y", "x", "c", "new", 1, 2),
            span("z", "x", "a", "SELECT", 3, 4),
            span("w", "y", "c", "below", 3, 4),
        ];
        let (left, right) = (Tree::new(&left), Tree::new(&right));
        let id = |tree: &Tree<'_>, at: Option<usize>| {
            at.map_or_else(|| "-".to_owned(), |at| tree.rows[at].span.span_id.clone())
        };
        let rows = align(&left, &right);
        let rows: Vec<_> =
            rows.iter().map(|row| format!("{}{}{}", row.depth, id(&left, row.base), id(&right, row.compare))).collect();
        assert_eq!(rows, ["01x", "12z", "13-", "14-", "1-y", "2-w"]);
    }

    proptest! {
        #[test]
        fn every_span_of_both_stands_once(
            parents in proptest::collection::vec((0..8_u8, 0..3_u8), 0..10),
            others in proptest::collection::vec((0..8_u8, 0..3_u8), 0..10),
        ) {
            let spans = |parents: &[(u8, u8)]| -> Vec<Span> {
                let one = |(at, (parent, name)): (usize, &(u8, u8))| {
                    span(&at.to_string(), &parent.to_string(), "s", &name.to_string(), at as i64, at as i64 + 1)
                };
                parents.iter().enumerate().map(one).collect()
            };
            let (left, right) = (spans(&parents), spans(&others));
            let (left, right) = (Tree::new(&left), Tree::new(&right));
            let rows = align(&left, &right);
            let mut found: Vec<usize> = rows.iter().filter_map(|row| row.base).collect();
            found.sort_unstable();
            prop_assert_eq!(found, (0..left.rows.len()).collect::<Vec<_>>());
            let mut found: Vec<usize> = rows.iter().filter_map(|row| row.compare).collect();
            found.sort_unstable();
            prop_assert_eq!(found, (0..right.rows.len()).collect::<Vec<_>>());
        }
    }
}
