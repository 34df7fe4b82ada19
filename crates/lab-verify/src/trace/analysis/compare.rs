//! Two traces side by side: how long each span took in the one and in the other, what came, what went, and what both
//! waited for.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::stack::span::{Span, Value};
use crate::trace::analysis::align::{Aligned, align};
use crate::trace::analysis::one::Concurrency;
use crate::trace::analysis::siblings::Operation;
use crate::trace::critical::critical_path;
use crate::trace::tree::Tree;
use crate::trace::waterfall::json::attribute;

/// Two traces, compared.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    pub base: Whole,
    pub compare: Whole,
    /// The spans of both in reading order.
    pub rows: Vec<Row>,
    /// What the traces waited for, the largest difference first.
    pub critical_path: Vec<Waited>,
}

/// One of the two traces as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Whole {
    pub trace_id: String,
    pub spans: usize,
    pub failed: usize,
    pub duration_ns: u64,
}

/// A span in the one trace, in the other, or in both.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    pub depth: usize,
    #[serde(flatten)]
    pub operation: Operation,
    pub base: Option<Side>,
    pub compare: Option<Side>,
    /// Attributes of spans that both traces have, where they differ.
    pub attributes: Vec<Changed>,
}

/// What a span was in one of the traces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Side {
    pub span_id: String,
    /// From the start of its trace, in nanoseconds.
    pub start_ns: i64,
    pub duration_ns: u64,
    pub failed: bool,
    /// Whether it is on the critical path.
    pub critical: bool,
}

/// An attribute that differs; without it on one side, nothing stands there.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Changed {
    pub name: String,
    pub base: Option<serde_json::Value>,
    pub compare: Option<serde_json::Value>,
}

/// What the traces waited for of one operation, in nanoseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Waited {
    #[serde(flatten)]
    pub operation: Operation,
    pub base_ns: u64,
    pub compare_ns: u64,
}

impl Comparison {
    /// Compares the spans of two traces, each with its id.
    pub fn of((base_id, base): (&str, &[Span]), (compare_id, compare): (&str, &[Span])) -> Self {
        let (one, other) = (Tree::new(base), Tree::new(compare));
        let (on_base, on_compare) = (critical_path(&one), critical_path(&other));
        let (base_began, compare_began) = (began(base), began(compare));
        let rows = align(&one, &other).into_iter().map(|row: Aligned| {
            let left = row.base.map(|at| one.rows[at].span);
            let right = row.compare.map(|at| other.rows[at].span);
            Row {
                depth: row.depth,
                // One of them is there.
                operation: left.or(right).map(Operation::of).unwrap_or_else(Operation::unknown),
                base: left.zip(row.base).map(|(span, at)| Side::of(span, base_began, on_base[at])),
                compare: right.zip(row.compare).map(|(span, at)| Side::of(span, compare_began, on_compare[at])),
                attributes: left.zip(right).map(|(left, right)| changed(left, right)).unwrap_or_default(),
            }
        });
        let rows = rows.collect();
        let (base_of, compare_of) = (Concurrency::of(base_id, base), Concurrency::of(compare_id, compare));
        let critical_path = waited(&base_of, &compare_of);
        Self { base: Whole::of(&base_of, base), compare: Whole::of(&compare_of, compare), rows, critical_path }
    }
}

impl Whole {
    fn of(analysed: &Concurrency, spans: &[Span]) -> Self {
        Self {
            trace_id: analysed.trace_id.clone(),
            spans: spans.len(),
            failed: spans.iter().filter(|span| span.failed).count(),
            duration_ns: analysed.duration_ns,
        }
    }
}

impl Side {
    fn of(span: &Span, began: i64, critical: bool) -> Self {
        Self {
            span_id: span.span_id.clone(),
            start_ns: span.start_ns.saturating_sub(began),
            duration_ns: span.duration_ns(),
            failed: span.failed,
            critical,
        }
    }
}

/// When the first span of a trace starts.
fn began(trace: &[Span]) -> i64 {
    trace.iter().map(|span| span.start_ns).min().unwrap_or_default()
}

fn changed(left: &Span, right: &Span) -> Vec<Changed> {
    let names: BTreeSet<_> = left.attributes.keys().chain(right.attributes.keys()).collect();
    let differs = |name: &&std::sync::Arc<str>| left.attributes.get(*name) != right.attributes.get(*name);
    let value = |value: Option<&Value>| value.map(attribute);
    let one = |name: &std::sync::Arc<str>| Changed {
        name: name.to_string(),
        base: value(left.attributes.get(name)),
        compare: value(right.attributes.get(name)),
    };
    names.into_iter().filter(differs).map(one).collect()
}

fn waited(base: &Concurrency, compare: &Concurrency) -> Vec<Waited> {
    let mut found: BTreeMap<&Operation, (u64, u64)> = BTreeMap::new();
    for span in &base.critical_path {
        let of = found.entry(&span.operation).or_default();
        of.0 = of.0.saturating_add(span.own_ns);
    }
    for span in &compare.critical_path {
        let of = found.entry(&span.operation).or_default();
        of.1 = of.1.saturating_add(span.own_ns);
    }
    let one = |(operation, (base_ns, compare_ns)): (&Operation, (u64, u64))| Waited {
        operation: operation.clone(),
        base_ns,
        compare_ns,
    };
    let mut waited: Vec<Waited> = found.into_iter().map(one).collect();
    waited.sort_by_key(|it| std::cmp::Reverse(it.base_ns.abs_diff(it.compare_ns)));
    waited
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::fake::{MS, batch, span, with};

    #[test]
    fn a_slower_roll_is_the_first_difference() {
        let mut slower = batch();
        slower[5] = with(span("6", "3", "dice-roller", "async_roll", 10, 1997), "async.roll_index", Value::Int(9));
        slower.push(span("8", "3", "dice-roller", "retry", 12, 13));
        for at in [0, 1, 2] {
            slower[at].end_ns += 1000 * MS;
        }
        let found = Comparison::of(("a", &batch()), ("b", &slower));
        assert_eq!((found.base.spans, found.compare.spans, found.rows.len()), (7, 8, 8));
        let first = &found.critical_path[0];
        assert_eq!((&*first.operation.name, first.compare_ns - first.base_ns), ("async_roll", 1000 * MS as u64));
        let new = found.rows.iter().find(|row| row.base.is_none()).expect("a new span");
        assert_eq!((&*new.operation.name, new.depth), ("retry", 3));
        let changed: Vec<_> = found.rows.iter().flat_map(|row| &row.attributes).collect();
        assert_eq!((changed.len(), &changed[0].compare), (1, &Some(serde_json::json!(9))));
    }

    /// Whatever is done for each span must not walk over all spans again: this would then take hours.
    #[test]
    fn a_comparison_of_traces_with_hundreds_of_thousands_of_spans_ends() {
        const SPANS: i64 = 200_000;
        let root = span("0", "", "shop", "import", 0, SPANS + 1);
        let child = |at: i64| span(&at.to_string(), "0", "shop", "row", at, at + 1);
        let trace: Vec<Span> = std::iter::once(root).chain((1..=SPANS).map(child)).collect();
        let found = Comparison::of(("a", &trace), ("b", &trace));
        assert_eq!(found.rows.len(), trace.len());
        let last = found.rows.last().and_then(|row| row.base.as_ref()).expect("a span");
        assert_eq!((last.start_ns, last.duration_ns), (SPANS * MS, MS as u64));
    }

    #[test]
    fn a_trace_equals_itself() {
        let found = Comparison::of(("a", &batch()), ("a", &batch()));
        assert!(found.rows.iter().all(|row| row.base == row.compare && row.attributes.is_empty()));
        assert!(found.critical_path.iter().all(|it| it.base_ns == it.compare_ns));
        assert_eq!(Comparison::of(("a", &[]), ("b", &[])).rows, []);
    }
}
