//! Spans under their parents, in reading order.

use std::collections::{HashMap, HashSet};

use crate::stack::span::Span;

/// A trace as a tree. Whatever the spans claim, each stands in it exactly once.
#[derive(Debug)]
pub struct Tree<'a> {
    /// Spans in reading order: parents before children, siblings by start.
    pub rows: Vec<Row<'a>>,
    /// Positions in `rows` by span id; the first of several spans with one id.
    by_id: HashMap<&'a str, usize>,
}

/// A span with its place in the tree.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Row<'a> {
    pub span: &'a Span,
    /// The position of its parent in the rows; nothing for a root.
    pub parent: Option<usize>,
    /// How many spans stand above it.
    pub depth: usize,
    /// Whether no sibling follows.
    pub is_last: bool,
    /// Whether it names a parent that the trace does not have.
    pub is_orphan: bool,
}

impl<'a> Tree<'a> {
    /// Puts the spans of a trace under their parents. Spans without their parent come as further roots, and so does the
    /// earliest span of a circle.
    pub fn new(spans: &'a [Span]) -> Self {
        let known: HashSet<&str> = spans.iter().map(|span| span.span_id.as_str()).collect();
        let mut sorted: Vec<&Span> = spans.iter().collect();
        sorted.sort_by_key(|span| span.start_ns);
        let is_root = |span: &Span| !known.contains(parent_of(span)) || parent_of(span) == span.span_id;
        let mut children: HashMap<&str, Vec<&'a Span>> = HashMap::new();
        for &span in sorted.iter().filter(|span| !is_root(span)) {
            children.entry(parent_of(span)).or_default().push(span);
        }
        let mut tree = Self { rows: Vec::with_capacity(sorted.len()), by_id: HashMap::new() };
        let mut roots: Vec<&Span> = sorted.iter().copied().filter(|span| is_root(span)).collect();
        tree.grow(&roots, &mut children);
        // What no root leads to goes round in a circle: cut it at its earliest span.
        let mut placed: HashSet<*const Span> = tree.rows.iter().map(|row| std::ptr::from_ref(row.span)).collect();
        for span in sorted {
            if placed.contains(&std::ptr::from_ref(span)) {
                continue;
            }
            roots = vec![span];
            if let Some(siblings) = children.get_mut(parent_of(span)) {
                siblings.retain(|sibling| !std::ptr::eq(*sibling, span));
            }
            let before = tree.rows.len();
            tree.grow(&roots, &mut children);
            placed.extend(tree.rows[before..].iter().map(|row| std::ptr::from_ref(row.span)));
        }
        for row in &mut tree.rows {
            let parent = parent_of(row.span);
            row.is_orphan = !parent.is_empty() && !tree.by_id.contains_key(parent);
        }
        tree
    }

    /// The row of a span id.
    pub fn row(&self, id: &str) -> Option<&Row<'a>> {
        self.rows.get(*self.by_id.get(id)?)
    }

    /// The row above a row.
    pub fn parent(&self, row: &Row<'a>) -> Option<&Row<'a>> {
        self.rows.get(row.parent?)
    }

    /// The positions of every row's children, by position; siblings by start.
    pub fn children(&self) -> Vec<Vec<usize>> {
        let mut children = vec![Vec::new(); self.rows.len()];
        for (at, row) in self.rows.iter().enumerate() {
            if let Some(parent) = row.parent {
                children[parent].push(at);
            }
        }
        children
    }

    /// Spans whose parent is missing.
    pub fn orphans(&self) -> impl Iterator<Item = &'a Span> + '_ {
        self.rows.iter().filter(|row| row.is_orphan).map(|row| row.span)
    }

    /// Appends these roots with everything below them. Taking the children away as they are placed keeps a span that
    /// claims several places from standing twice. A stack of our own: depth is in the hands of who sent the trace.
    fn grow(&mut self, roots: &[&'a Span], children: &mut HashMap<&str, Vec<&'a Span>>) {
        let mut pending: Vec<Row<'a>> = siblings(roots, None, 0).rev().collect();
        while let Some(row) = pending.pop() {
            let at = self.rows.len();
            self.rows.push(row);
            self.by_id.entry(row.span.span_id.as_str()).or_insert(at);
            let below = children.remove(row.span.span_id.as_str()).unwrap_or_default();
            pending.extend(siblings(&below, Some(at), row.depth + 1).rev());
        }
    }
}

/// The id of a span's parent; empty for a root.
fn parent_of(span: &Span) -> &str {
    span.parent_id.as_deref().unwrap_or_default()
}

fn siblings<'a, 'b>(
    spans: &'b [&'a Span],
    parent: Option<usize>,
    depth: usize,
) -> impl DoubleEndedIterator<Item = Row<'a>> + use<'a, 'b> {
    let last = spans.len().saturating_sub(1);
    let row = move |(at, span): (usize, &&'a Span)| Row { span, parent, depth, is_last: at == last, is_orphan: false };
    spans.iter().enumerate().map(row)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::trace::fake;

    fn span(id: &str, parent: &str, start: i64) -> Span {
        fake::span(id, parent, "s", "n", start, start + 1)
    }

    fn shape(trace: &[Span]) -> Vec<(String, usize, bool, bool)> {
        let tree = Tree::new(trace);
        tree.rows.iter().map(|row| (row.span.span_id.clone(), row.depth, row.is_last, row.is_orphan)).collect()
    }

    #[test]
    fn siblings_are_sorted_by_their_start() {
        let trace = vec![span("c", "a", 5), span("b", "a", 3), span("d", "b", 4), span("a", "", 1)];
        let row = |id: &str, depth, last| (id.to_owned(), depth, last, false);
        assert_eq!(shape(&trace), [row("a", 0, true), row("b", 1, false), row("d", 2, true), row("c", 1, true)]);
        let tree = Tree::new(&trace);
        assert_eq!(tree.children(), [vec![1, 3], vec![2], vec![], vec![]]);
        let parent = tree.parent(tree.row("d").expect("there")).expect("has one");
        assert_eq!(parent.span.span_id, "b");
    }

    #[test]
    fn a_missing_parent_makes_an_orphan_and_a_circle_a_root() {
        let trace = vec![span("a", "", 1), span("o", "gone", 2), span("p", "o", 3), span("s", "s", 4)];
        let rows = shape(&trace);
        assert_eq!(rows[1], ("o".to_owned(), 0, false, true));
        assert_eq!(rows[2], ("p".to_owned(), 1, true, false));
        assert_eq!(rows[3], ("s".to_owned(), 0, true, false));
        let circle = vec![span("x", "y", 1), span("y", "x", 2)];
        let ids: Vec<_> = shape(&circle).into_iter().map(|row| (row.0, row.1)).collect();
        assert_eq!(ids, [("x".to_owned(), 0), ("y".to_owned(), 1)]);
    }

    #[test]
    fn a_chain_of_a_hundred_thousand_spans_does_not_overflow_the_stack() {
        let chain = (1..=100_000_i64).map(|at| span(&at.to_string(), &(at - 1).to_string(), at));
        let trace = chain.collect::<Vec<_>>();
        assert_eq!(Tree::new(&trace).rows.last().map(|row| row.depth), Some(99_999));
    }

    proptest! {
        #[test]
        fn every_span_stands_once_and_below_its_parent(parents in proptest::collection::vec((0..12_u8, 0..12_u8), 0..12)) {
            let spans = parents.iter().enumerate().map(|(at, (id, parent))| span(&id.to_string(), &parent.to_string(), at as i64));
            let trace = spans.collect::<Vec<_>>();
            let tree = Tree::new(&trace);
            let places: HashSet<_> = tree.rows.iter().map(|row| std::ptr::from_ref(row.span)).collect();
            prop_assert_eq!(places.len(), trace.len());
            prop_assert_eq!(tree.rows.len(), trace.len());
            for row in &tree.rows {
                if let Some(parent) = tree.parent(row) {
                    prop_assert_eq!(Some(&parent.span.span_id), row.span.parent_id.as_ref());
                    prop_assert_eq!(parent.depth + 1, row.depth);
                }
            }
        }
    }
}
