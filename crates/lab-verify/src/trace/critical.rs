//! The critical path: the spans that the duration of a trace was spent on.

use crate::trace::tree::Tree;

/// Clocks are read at nanoseconds, but not at the same instant: a child may end this much after what it held up.
const TOLERANCE_NS: i64 = 1_000;

/// For every row of the tree, whether it lies on the critical path.
///
/// Going back from the end of the root, the last child that ended before the point reached is what was waited for; then
/// the same again from that child's start, and within each child. A roll that was cancelled was not waited for.
pub fn critical_path(tree: &Tree<'_>) -> Vec<bool> {
    let children = tree.children();
    let mut on_path = vec![false; tree.rows.len()];
    let mut pending = if tree.rows.is_empty() { Vec::new() } else { vec![0] };
    while let Some(at) = pending.pop() {
        on_path[at] = true;
        let mut reached = tree.rows[at].span.end_ns;
        let mut by_end = children[at].clone();
        by_end.sort_by_key(|child| std::cmp::Reverse(tree.rows[*child].span.end_ns));
        for child in by_end {
            let span = tree.rows[child].span;
            if span.end_ns <= reached.saturating_add(TOLERANCE_NS) && !span.is("async.cancelled") {
                pending.push(child);
                reached = span.start_ns;
            }
        }
    }
    on_path
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::span::{Span, Value};
    use crate::trace::fake;

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
    fn a_cancelled_roll_is_not_on_the_critical_path() {
        let cancelled = fake::with(span("cancelled", "root", 1, 99), "async.cancelled", Value::Bool(true));
        assert_eq!(path(&[span("root", "", 0, 100), cancelled, span("failed", "root", 1, 98)]), ["root", "failed"]);
    }
}
