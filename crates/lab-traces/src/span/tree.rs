//! Linking spans to their parents and numbering the tree depth first (a nested set): an ancestor's numbers
//! enclose its descendants', so that ancestry is two comparisons.

use std::collections::HashMap;

use crate::id::SpanId;
use crate::span::Span;

/// Fills in `parent`, `children`, `left` and `right` of every span.
pub(super) fn link(spans: &mut [Span]) {
    let by_id: HashMap<SpanId, usize> = spans.iter().enumerate().map(|(at, span)| (span.id, at)).collect();
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); spans.len()];
    let mut tops = Vec::new();
    for (at, span) in spans.iter_mut().enumerate() {
        span.parent = span.parent_id.and_then(|id| by_id.get(&id).copied()).filter(|parent| *parent != at);
        match span.parent {
            Some(parent) => children[parent].push(at),
            None => tops.push(at),
        }
    }
    for (span, children) in spans.iter_mut().zip(&children) {
        span.children = children.len();
    }
    let mut number = 0;
    // Spans in a circle of parents hang under no top and keep the number 0.
    for top in tops {
        let mut path = vec![(top, 0)];
        number += 1;
        spans[top].left = number;
        while let Some((at, visited)) = path.last_mut() {
            number += 1;
            if let Some(child) = children[*at].get(*visited).copied() {
                *visited += 1;
                spans[child].left = number;
                path.push((child, 0));
            } else {
                spans[*at].right = number;
                path.pop();
            }
        }
    }
}
