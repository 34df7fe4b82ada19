//! How two sets of spans are combined: by set operators, or by how their spans stand in the tree of the trace.

use crate::span::Trace;
use crate::traceql::syntax::operator::{Matched, Relation, SpansetOp};

/// The spans, ascending, that an operator makes of the spans on its two sides.
pub(crate) fn combine(op: SpansetOp, left: &[usize], right: &[usize], trace: &Trace) -> Vec<usize> {
    match op {
        SpansetOp::And if left.is_empty() || right.is_empty() => Vec::new(),
        SpansetOp::And | SpansetOp::Or => sorted([left, right].concat()),
        SpansetOp::Structural { relation, result } => {
            let lefts = Lefts::new(left, relation, trace);
            let related = |span: &&usize| lefts.related_to(**span);
            match result {
                Matched::Right => right.iter().filter(related).copied().collect(),
                Matched::NotRight => right.iter().filter(|span| !related(span)).copied().collect(),
                Matched::Both => {
                    let rights: Vec<usize> = right.iter().filter(related).copied().collect();
                    let mirrored = Lefts::new(&rights, mirror(relation), trace);
                    let lefts = left.iter().filter(|span| mirrored.related_to(**span)).copied();
                    sorted(lefts.chain(rights.iter().copied()).collect())
                }
            }
        }
    }
}

/// The same relation seen from the other side.
fn mirror(relation: Relation) -> Relation {
    match relation {
        Relation::Child => Relation::Parent,
        Relation::Parent => Relation::Child,
        Relation::Descendant => Relation::Ancestor,
        Relation::Ancestor => Relation::Descendant,
        Relation::Sibling => Relation::Sibling,
    }
}

/// The left-hand spans, prepared so that each right-hand one is answered without looking at all of them.
struct Lefts<'a> {
    trace: &'a Trace,
    relation: Relation,
    /// For each span of the trace how many left-hand spans count for it: itself (child), its children
    /// (parent, sibling), or those enclosing it (descendant) or enclosed by it (ancestor).
    counts: Vec<usize>,
    /// How many left-hand spans are roots, which are siblings of each other.
    roots: usize,
    is_left: Vec<bool>,
}

impl<'a> Lefts<'a> {
    fn new(left: &[usize], relation: Relation, trace: &'a Trace) -> Self {
        let mut is_left = vec![false; trace.spans.len()];
        for span in left {
            is_left[*span] = true;
        }
        let mut counts = vec![0; trace.spans.len()];
        match relation {
            Relation::Child => {}
            Relation::Parent | Relation::Sibling => {
                for parent in left.iter().filter_map(|span| trace.spans[*span].parent) {
                    counts[parent] += 1;
                }
            }
            Relation::Descendant | Relation::Ancestor => counts = along_the_tree(&is_left, relation, trace),
        }
        let roots = left.iter().filter(|span| trace.spans[**span].parent_id.is_none()).count();
        Self { trace, relation, counts, roots, is_left }
    }

    fn related_to(&self, span: usize) -> bool {
        let parent = self.trace.spans[span].parent;
        match self.relation {
            Relation::Child => parent.is_some_and(|parent| self.is_left[parent]),
            Relation::Parent | Relation::Descendant | Relation::Ancestor => self.counts[span] > 0,
            // Not a sibling of itself.
            Relation::Sibling => {
                let is_root = self.trace.spans[span].parent_id.is_none();
                let siblings = parent.map_or(if is_root { self.roots } else { 0 }, |parent| self.counts[parent]);
                siblings > usize::from(self.is_left[span])
            }
        }
    }
}

/// How many marked spans are above (descendant) or below (ancestor) each one.
fn along_the_tree(marked: &[bool], relation: Relation, trace: &Trace) -> Vec<usize> {
    let mut order: Vec<usize> = (0..trace.spans.len()).filter(|span| trace.spans[*span].left > 0).collect();
    // Depth first, a parent before its children.
    order.sort_unstable_by_key(|span| trace.spans[*span].left);
    let mut counts = vec![0; trace.spans.len()];
    let links = |span: usize| trace.spans[span].parent.map(|parent| (span, parent));
    if relation == Relation::Descendant {
        for (span, parent) in order.into_iter().filter_map(links) {
            counts[span] = counts[parent] + usize::from(marked[parent]);
        }
    } else {
        for (span, parent) in order.into_iter().rev().filter_map(links) {
            counts[parent] += counts[span] + usize::from(marked[span]);
        }
    }
    counts
}

fn sorted(mut spans: Vec<usize>) -> Vec<usize> {
    spans.sort_unstable();
    spans.dedup();
    spans
}
