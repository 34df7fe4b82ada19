//! The critical path: the spans that the duration of a trace was spent on.

use crate::trace::tree::Tree;

/// Clocks are read at nanoseconds, but not at the same instant: a child may end this much after what it held up.
const TOLERANCE_NS: i64 = 1_000;

/// A span on the critical path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// Its place among the rows of the tree.
    pub row: usize,
    /// How long the trace waited for the span itself, not for one below it, in nanoseconds. All steps together are the
    /// duration of the root.
    pub own_ns: u64,
}

/// For every row of the tree, whether it lies on the critical path.
pub fn critical_path(tree: &Tree<'_>) -> Vec<bool> {
    let mut on_path = vec![false; tree.rows.len()];
    for step in steps(tree) {
        on_path[step.row] = true;
    }
    on_path
}

/// The critical path, in reading order.
///
/// Going back from the end of the root, the last child that ended before the point reached is what was waited for; then
/// the same again from that child's start, and within each child. A roll that was cancelled was not waited for.
pub fn steps(tree: &Tree<'_>) -> Vec<Step> {
    let children = tree.children();
    let mut steps = Vec::new();
    let mut pending = if tree.rows.is_empty() { Vec::new() } else { vec![0] };
    while let Some(at) = pending.pop() {
        let mut reached = tree.rows[at].span.end_ns;
        let mut own_ns = 0;
        let mut by_end = children[at].clone();
        by_end.sort_by_key(|child| std::cmp::Reverse(tree.rows[*child].span.end_ns));
        for child in by_end {
            let span = tree.rows[child].span;
            if span.end_ns <= reached.saturating_add(TOLERANCE_NS) && !span.is("async.cancelled") {
                pending.push(child);
                own_ns += between(span.end_ns, reached);
                reached = span.start_ns;
            }
        }
        own_ns += between(tree.rows[at].span.start_ns, reached);
        steps.push(Step { row: at, own_ns });
    }
    steps.sort_by_key(|step| step.row);
    steps
}

/// Nanoseconds from one time to a later one; 0 to an earlier one.
fn between(from: i64, to: i64) -> u64 {
    u64::try_from(to.saturating_sub(from)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::span::{Span, Value};
    use crate::trace::fake;

    const MS: u64 = fake::MS as u64;

    fn span(id: &str, parent: &str, start: i64, end: i64) -> Span {
        fake::span(id, parent, "s", "n", start, end)
    }

    fn path(spans: &[Span]) -> Vec<String> {
        let tree = Tree::new(spans);
        let on_path = critical_path(&tree);
        tree.rows.iter().zip(on_path).filter(|(_, on)| *on).map(|(row, _)| row.span.span_id.clone()).collect()
    }

    #[test]
    fn the_critical_path_holds_the_longest_parallel_child_and_what_came_before() {
        let spans = [
            span("root", "", 0, 100),
            span("lookup", "root", 1, 10),
            span("short", "root", 11, 50),
            span("long", "root", 11, 99),
            span("inside", "long", 20, 90),
        ];
        assert_eq!(path(&spans), ["root", "lookup", "long", "inside"]);
        assert_eq!(path(&[]), [""; 0]);
    }

    #[test]
    fn the_steps_of_the_path_share_the_duration_of_the_root() {
        let spans = [
            span("root", "", 0, 100),
            span("lookup", "root", 1, 10),
            span("long", "root", 11, 99),
            span("inside", "long", 20, 90),
            span("beside", "root", 11, 50),
        ];
        let tree = Tree::new(&spans);
        let own: Vec<(&str, u64)> =
            steps(&tree).iter().map(|step| (tree.rows[step.row].span.span_id.as_str(), step.own_ns / MS)).collect();
        assert_eq!(own, [("root", 3), ("lookup", 9), ("long", 18), ("inside", 70)]);
    }

    #[test]
    fn a_cancelled_roll_is_not_on_the_critical_path() {
        let cancelled = fake::with(span("cancelled", "root", 1, 99), "async.cancelled", Value::Bool(true));
        assert_eq!(path(&[span("root", "", 0, 100), cancelled, span("failed", "root", 1, 98)]), ["root", "failed"]);
    }
}
