//! The time that a service spends on a request itself: the duration of its SERVER span without what lies below it.

use crate::stack::services::Service;
use crate::stack::span::{Kind, Span};
use crate::trace::batch::ROLL;
use crate::trace::tree::Tree;

/// Nanoseconds that services spent on a request themselves, one for each SERVER span of the trace. Where the spans of the
/// request are not all there it is left out, and so is a single roll at dice-roller, which waits for its delay without a
/// span. `children` are those of the tree.
pub fn own_times(tree: &Tree<'_>, children: &[Vec<usize>]) -> Vec<(Service, u64)> {
    let own_time = |(at, below): (usize, &Vec<usize>)| {
        let span = tree.rows[at].span;
        let service = Service::named(&span.service).filter(|_| span.kind == Kind::Server)?;
        let below: Vec<&Span> = below.iter().map(|child| tree.rows[*child].span).collect();
        is_complete(service, span, &below).then(|| (service, own_ns(span, &below)))
    };
    children.iter().enumerate().filter_map(own_time).collect()
}

fn is_complete(service: Service, span: &Span, below: &[&Span]) -> bool {
    let calls = below.iter().any(|child| child.kind == Kind::Client);
    let rolls = below.iter().filter(|child| &*child.name == ROLL).count();
    match service {
        Service::Frontend => calls,
        Service::DiceRoller => calls && rolls > 0 && span.int("async.batch_size") == i64::try_from(rolls).ok(),
        Service::DieService => true,
    }
}

/// The duration without the time in which any child was under way.
fn own_ns(span: &Span, below: &[&Span]) -> u64 {
    let mut below: Vec<(i64, i64)> = below.iter().map(|child| (child.start_ns, child.end_ns)).collect();
    below.sort_unstable();
    let (mut own, mut reached) = (0, span.start_ns);
    for (start, end) in below {
        own += start.min(span.end_ns).saturating_sub(reached).max(0);
        reached = reached.max(end);
    }
    own += span.end_ns.saturating_sub(reached).max(0);
    u64::try_from(own).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::fake::batch;

    const MS: u64 = 1_000_000;

    fn found(spans: &[Span]) -> Vec<(Service, u64)> {
        let tree = Tree::new(spans);
        own_times(&tree, &tree.children())
    }

    #[test]
    fn own_time_leaves_out_the_time_of_children() {
        let expected = [(Service::Frontend, 2 * MS), (Service::DiceRoller, 3 * MS), (Service::DieService, 4 * MS)];
        assert_eq!(found(&batch()), expected);
    }

    #[test]
    fn a_request_with_lost_spans_has_no_own_time() {
        let mut spans = batch();
        spans.pop();
        spans.remove(1);
        assert_eq!(found(&spans).iter().map(|(service, _)| *service).collect::<Vec<_>>(), [Service::DieService]);
    }
}
