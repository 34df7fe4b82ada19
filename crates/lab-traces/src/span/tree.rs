//! The tree of a trace: who is whose parent, and depth-first numbers (a nested set) in which an ancestor's
//! numbers enclose those of its descendants, so that ancestry is two comparisons.

use std::collections::HashMap;

use crate::id::SpanId;

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
}

/// The positions of spans that are given by their own id and the id of their parent.
pub(crate) fn positions(ids: &[(SpanId, Option<SpanId>)]) -> Vec<TreePosition> {
    let by_id: HashMap<SpanId, usize> = ids.iter().enumerate().map(|(at, (id, _))| (*id, at)).collect();
    let mut positions = vec![TreePosition::default(); ids.len()];
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); ids.len()];
    let mut tops = Vec::new();
    for (at, (_, parent_id)) in ids.iter().enumerate() {
        let parent = parent_id.and_then(|id| by_id.get(&id).copied()).filter(|parent| *parent != at);
        positions[at].parent = parent;
        match parent {
            Some(parent) => children[parent].push(at),
            None => tops.push(at),
        }
    }
    for (position, children) in positions.iter_mut().zip(&children) {
        position.children = children.len();
    }
    number(&mut positions, &children, tops);
    positions
}

/// Numbers the trees under `tops` depth first, without recursion: a chain of spans may be long.
fn number(positions: &mut [TreePosition], children: &[Vec<usize>], tops: Vec<usize>) {
    let mut number = 0;
    for top in tops {
        let mut path = vec![(top, 0)];
        number += 1;
        positions[top].left = number;
        while let Some((at, visited)) = path.last_mut() {
            number += 1;
            if let Some(child) = children[*at].get(*visited).copied() {
                *visited += 1;
                positions[child].left = number;
                path.push((child, 0));
            } else {
                positions[*at].right = number;
                path.pop();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u8) -> SpanId {
        SpanId([number; 8])
    }

    #[test]
    fn ancestors_enclose_their_descendants_and_circles_hang_under_no_top() {
        let ids =
            [(id(1), None), (id(2), Some(id(1))), (id(3), Some(id(2))), (id(4), Some(id(5))), (id(5), Some(id(4)))];
        let positions = positions(&ids);
        let numbers: Vec<_> = positions.iter().map(|position| (position.left, position.right)).collect();
        assert_eq!(numbers, [(1, 6), (2, 5), (3, 4), (0, 0), (0, 0)]);
        assert_eq!(positions.iter().map(|position| position.children).collect::<Vec<_>>(), [1, 1, 0, 1, 1]);
    }

    #[test]
    fn a_span_that_names_itself_as_parent_is_a_top() {
        assert_eq!(positions(&[(id(1), Some(id(1)))]), [TreePosition { left: 1, right: 2, ..TreePosition::default() }]);
    }
}
