//! Spans of one name below one parent: what a request did several times, and whether at the same time.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use crate::stack::span::Span;
use crate::trace::batch::{Overlap, ROLL, Verdict};
use crate::trace::tree::Tree;

/// A kind of span: which service, doing what.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct Operation {
    pub service: Arc<str>,
    /// The name of the span.
    pub name: Arc<str>,
}

/// Spans of one operation below one parent.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Group {
    /// The span that they are children of.
    pub parent_id: String,
    /// What the parent does.
    pub below: Operation,
    #[serde(flatten)]
    pub operation: Operation,
    /// How they lie in time.
    #[serde(flatten)]
    pub overlap: Overlap,
    /// How many of them were under way at a time on average.
    pub parallelism: f64,
    /// How many of them were cancelled, which cuts them short.
    pub cancelled: usize,
    /// Whether they ran at the same time; nothing if that cannot be told.
    pub verdict: Option<Verdict>,
}

impl Operation {
    /// What a span does.
    pub fn of(span: &Span) -> Self {
        Self { service: span.service.clone(), name: span.name.clone() }
    }

    /// That of nobody.
    pub(super) fn unknown() -> Self {
        Self { service: "".into(), name: "".into() }
    }
}

/// The groups of at least two spans, in the order of the tree.
pub fn groups(tree: &Tree<'_>) -> Vec<Group> {
    let mut groups = Vec::new();
    for (at, children) in tree.children().iter().enumerate().filter(|(_, children)| children.len() > 1) {
        let mut by_operation: BTreeMap<(usize, Operation), Vec<&Span>> = BTreeMap::new();
        let mut first: BTreeMap<Operation, usize> = BTreeMap::new();
        for child in children {
            let span = tree.rows[*child].span;
            let operation = Operation::of(span);
            let place = *first.entry(operation.clone()).or_insert(*child);
            by_operation.entry((place, operation)).or_default().push(span);
        }
        let several = by_operation.into_iter().filter(|(_, spans)| spans.len() > 1);
        groups.extend(several.map(|((_, operation), spans)| group(tree.rows[at].span, operation, &spans)));
    }
    groups
}

fn group(parent: &Span, operation: Operation, spans: &[&Span]) -> Group {
    let overlap = Overlap::of(spans.iter().map(|span| (span.start_ns, span.end_ns)));
    // Rolls are known to last up to a second; of other spans every time counts.
    let verdict = if &*operation.name == ROLL { overlap.verdict() } else { overlap.verdict_beyond(0) };
    Group {
        parent_id: parent.span_id.clone(),
        below: Operation::of(parent),
        operation,
        overlap,
        parallelism: overlap.parallelism(),
        cancelled: spans.iter().filter(|span| span.is("async.cancelled")).count(),
        verdict,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::fake::span;

    #[test]
    fn queries_one_after_another_are_told_from_calls_at_once() {
        let spans = [
            span("1", "", "shop", "GET /cart", 0, 100),
            span("2", "1", "shop", "SELECT", 1, 4),
            span("3", "1", "shop", "SELECT", 5, 8),
            span("4", "1", "shop", "SELECT", 9, 11),
            span("5", "1", "shop", "GET", 20, 90),
            span("6", "1", "shop", "GET", 21, 80),
            span("7", "1", "mail", "GET", 22, 23),
        ];
        let found = groups(&Tree::new(&spans));
        let facts: Vec<_> = found.iter().map(|it| (&*it.operation.name, it.overlap.count, it.verdict)).collect();
        assert_eq!(facts, [("SELECT", 3, Some(Verdict::Serial)), ("GET", 2, Some(Verdict::Concurrent))]);
        assert_eq!(found[0].overlap.greatest, 1);
        assert!((found[1].parallelism - 129.0 / 70.0).abs() < 1e-9);
    }
}
