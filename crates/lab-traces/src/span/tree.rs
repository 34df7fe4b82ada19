//! The tree of a trace: who is whose parent, and depth-first numbers (a nested set) in which an ancestor's
//! numbers enclose those of its descendants, so that ancestry is two comparisons.

use std::collections::HashMap;

use crate::id::SpanId;
use crate::span::kind::Kind;

/// What tells the place of a span: its own id, the id of its parent, and its kind.
pub(crate) type Family = (SpanId, Option<SpanId>, Kind);

/// Where one span stands in the tree of its trace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct TreePosition {
    /// Index of the parent.
    pub(crate) parent: Option<usize>,
    /// How many spans name this one as their parent.
    pub(crate) children: usize,
    /// Depth-first number on the way in; 0 for spans in a circle of parents, which hang under no top.
    pub(crate) left: i64,
    /// Depth-first number on the way out.
    pub(crate) right: i64,
    /// True if it hangs under a span that names no parent.
    pub(crate) is_rooted: bool,
}

/// The positions of spans. Tops are those that name no parent, and after them those whose parent is missing.
pub(crate) fn positions(spans: &[Family]) -> Vec<TreePosition> {
    let mut by_id: HashMap<SpanId, Vec<usize>> = HashMap::new();
    for (at, (id, ..)) in spans.iter().enumerate() {
        by_id.entry(*id).or_default().push(at);
    }
    let mut positions = vec![TreePosition::default(); spans.len()];
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); spans.len()];
    let (mut roots, mut orphans) = (Vec::new(), Vec::new());
    for (at, (_, parent_id, kind)) in spans.iter().enumerate() {
        let parent = parent_id.and_then(|id| parent_among(by_id.get(&id)?, spans, (at, *kind)));
        positions[at].parent = parent;
        match parent {
            Some(parent) => children[parent].push(at),
            None if parent_id.is_none() => roots.push(at),
            None => orphans.push(at),
        }
    }
    for (position, children) in positions.iter_mut().zip(&children) {
        position.children = children.len();
    }
    let number = number(&mut positions, &children, (roots, true), 0);
    self::number(&mut positions, &children, (orphans, false), number);
    positions
}

/// The parent of a span among those with the id that it names. Where the two sides of a call share an id, a server
/// hangs under the client, and everything else under the server.
fn parent_among(named: &[usize], spans: &[Family], (child, kind): (usize, Kind)) -> Option<usize> {
    let wanted = if kind == Kind::Server { Kind::Client } else { Kind::Server };
    let others = || named.iter().copied().filter(|at| *at != child);
    match named {
        [_] => others().next(),
        _ => others().find(|at| spans[*at].2 == wanted).or_else(|| others().next()),
    }
}

/// Numbers the trees under `tops` depth first, without recursion: a chain of spans may be long. Answers the last number.
fn number(
    positions: &mut [TreePosition],
    children: &[Vec<usize>],
    (tops, is_rooted): (Vec<usize>, bool),
    last: i64,
) -> i64 {
    let mut number = last;
    for top in tops {
        let mut path = vec![(top, 0)];
        number += 1;
        (positions[top].left, positions[top].is_rooted) = (number, is_rooted);
        while let Some((at, visited)) = path.last_mut() {
            number += 1;
            if let Some(child) = children[*at].get(*visited).copied() {
                *visited += 1;
                (positions[child].left, positions[child].is_rooted) = (number, is_rooted);
                path.push((child, 0));
            } else {
                positions[*at].right = number;
                path.pop();
            }
        }
    }
    number
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u8) -> SpanId {
        SpanId([number; 8])
    }

    /// Spans inside a process, by their own number and that of their parent.
    fn family(ids: &[(u8, Option<u8>)]) -> Vec<Family> {
        ids.iter().map(|(own, parent)| (id(*own), parent.map(id), Kind::Internal)).collect()
    }

    fn numbers(spans: &[Family]) -> Vec<(i64, i64)> {
        positions(spans).iter().map(|position| (position.left, position.right)).collect()
    }

    #[test]
    fn ancestors_enclose_their_descendants_and_circles_hang_under_no_top() {
        let spans = family(&[(1, None), (2, Some(1)), (3, Some(2)), (4, Some(5)), (5, Some(4))]);
        assert_eq!(numbers(&spans), [(1, 6), (2, 5), (3, 4), (0, 0), (0, 0)]);
        assert_eq!(positions(&spans).iter().map(|position| position.children).collect::<Vec<_>>(), [1, 1, 0, 1, 1]);
    }

    #[test]
    fn what_hangs_under_a_missing_span_or_under_itself_is_not_rooted() {
        let spans = family(&[(2, Some(9)), (3, Some(2)), (1, None), (4, Some(4))]);
        assert_eq!(numbers(&spans), [(3, 6), (4, 5), (1, 2), (7, 8)]);
        let rooted: Vec<bool> = positions(&spans).iter().map(|position| position.is_rooted).collect();
        assert_eq!(rooted, [false, false, true, false]);
    }

    #[test]
    fn two_sides_of_a_call_with_one_id_hang_under_each_other_by_their_kind() {
        let spans = [
            (id(1), None, Kind::Internal),
            (id(2), Some(id(1)), Kind::Client),
            (id(2), Some(id(1)), Kind::Server),
            (id(3), Some(id(2)), Kind::Internal),
            (id(4), Some(id(2)), Kind::Server),
        ];
        let parents: Vec<_> = positions(&spans).iter().map(|position| position.parent).collect();
        assert_eq!(parents, [None, Some(0), Some(0), Some(2), Some(1)]);
    }
}
