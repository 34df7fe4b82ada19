//! The time that a service spends on a request itself: the duration of its SERVER span without what lies below it.

use std::collections::BTreeMap;

use crate::stack::services::Service;
use crate::stack::span::{Kind, Span};
use crate::trace::batch::ROLL;
use crate::trace::tree::Tree;

/// Nanoseconds that each service spent on each request itself. Requests whose spans are not all there are left out, and
/// so are single rolls at dice-roller, which wait for their delay without a span.
pub fn own_times<'a>(traces: impl IntoIterator<Item = &'a [Span]>) -> BTreeMap<Service, Vec<u64>> {
    let mut times: BTreeMap<Service, Vec<u64>> = BTreeMap::new();
    for spans in traces {
        let tree = Tree::new(spans);
        let children = tree.children();
        for (row, below) in tree.rows.iter().zip(&children) {
            let Some(service) = Service::named(&row.span.service).filter(|_| row.span.kind == Kind::Server) else {
                continue;
            };
            let below: Vec<&Span> = below.iter().map(|child| tree.rows[*child].span).collect();
            if is_complete(service, row.span, &below) {
                times.entry(service).or_default().push(own_ns(row.span, &below));
            }
        }
    }
    times
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

    #[test]
    fn own_time_leaves_out_the_time_of_children() {
        let spans = batch();
        let times = own_times([&spans[..]]);
        let expected = [(Service::Frontend, 2 * MS), (Service::DiceRoller, 3 * MS), (Service::DieService, 4 * MS)];
        assert_eq!(times, expected.map(|(service, own)| (service, vec![own])).into());
    }

    #[test]
    fn a_request_with_lost_spans_has_no_own_time() {
        let mut spans = batch();
        spans.pop();
        spans.remove(1);
        let times = own_times([&spans[..]]);
        assert_eq!(times.keys().collect::<Vec<_>>(), [&Service::DieService]);
    }
}
