//! The concurrency of one trace: which spans ran at the same time, and what its duration was spent on.

use serde::Serialize;

use crate::stack::span::Span;
use crate::trace::analysis::siblings::{Group, Operation, groups};
use crate::trace::critical::steps;
use crate::trace::extent::bounds;
use crate::trace::tree::Tree;

/// What one trace proves.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Concurrency {
    pub trace_id: String,
    pub spans: usize,
    /// From the first start to the last end, in nanoseconds.
    pub duration_ns: u64,
    /// Spans of one operation below one parent.
    pub groups: Vec<Group>,
    /// The spans that the duration was spent on, in the order in which the waterfall shows them.
    pub critical_path: Vec<PathSpan>,
}

/// A span on the critical path.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PathSpan {
    pub span_id: String,
    #[serde(flatten)]
    pub operation: Operation,
    /// How long the trace waited for the span itself, not for one below it, in nanoseconds.
    pub own_ns: u64,
    /// The same as a part of what all spans on the path took, from 0 to 1.
    pub share: f64,
}

impl Concurrency {
    /// Analyses the spans of a trace.
    pub fn of(trace_id: &str, spans: &[Span]) -> Self {
        let tree = Tree::new(spans);
        let (start, end) = bounds(spans).unwrap_or_default();
        let steps = steps(&tree);
        let total = steps.iter().map(|step| step.own_ns).fold(0, u64::saturating_add);
        let path = steps.iter().map(|step| {
            let span = tree.rows[step.row].span;
            let share = if total == 0 { 0.0 } else { step.own_ns as f64 / total as f64 };
            PathSpan { span_id: span.span_id.clone(), operation: Operation::of(span), own_ns: step.own_ns, share }
        });
        Self {
            trace_id: trace_id.to_owned(),
            spans: spans.len(),
            duration_ns: u64::try_from(end.saturating_sub(start)).unwrap_or_default(),
            groups: groups(&tree),
            critical_path: path.collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::fake::{MS, batch};

    #[test]
    fn a_trace_says_what_ran_together_and_what_was_waited_for() {
        let found = Concurrency::of("9e17", &batch());
        assert_eq!((found.spans, found.duration_ns), (7, 1000 * MS as u64));
        assert_eq!(found.groups.len(), 1);
        let longest = found.critical_path.iter().max_by_key(|it| it.own_ns).expect("a path");
        assert_eq!((&*longest.operation.name, longest.own_ns), ("async_roll", 987 * MS as u64));
        let all: f64 = found.critical_path.iter().map(|it| it.share).sum();
        assert!((all - 1.0).abs() < 1e-9);
        assert_eq!(Concurrency::of("1", &[]).critical_path, []);
    }
}
