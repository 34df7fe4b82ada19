//! Calls from one of the three services to the next that lost their trace on the way: the CLIENT span has its answer,
//! but no SERVER span below it.

use std::collections::{BTreeMap, HashSet};

use crate::stack::services::Service;
use crate::stack::span::{Kind, Span};
use crate::trace::tree::Tree;

/// The calls of the system: who calls, and who is called.
const HOPS: [(Service, Service); 2] =
    [(Service::Frontend, Service::DiceRoller), (Service::DiceRoller, Service::DieService)];

/// Answered calls between two services.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hop {
    pub caller: Service,
    /// Who was called.
    pub called: Service,
    /// How many calls were answered.
    pub calls: usize,
    /// The traces of those that go on with a span of the called service.
    pub joined: HashSet<String>,
    /// The traces of those that do not.
    pub broken: Vec<String>,
}

/// The hops of these traces, in the order of the call chain; only those that were made.
pub fn hops<'a>(traces: impl IntoIterator<Item = &'a [Span]>) -> Vec<Hop> {
    let mut found: BTreeMap<(Service, Service), Hop> = BTreeMap::new();
    for spans in traces {
        let tree = Tree::new(spans);
        let children = tree.children();
        for (row, below) in tree.rows.iter().zip(&children) {
            let Some(hop) = answered_call(row.span) else { continue };
            let is_joined = below.iter().any(|child| tree.rows[*child].span.kind == Kind::Server);
            let (caller, called) = hop;
            let new = || Hop { caller, called, calls: 0, joined: HashSet::new(), broken: Vec::new() };
            let hop = found.entry(hop).or_insert_with(new);
            hop.calls += 1;
            let trace_id = row.span.trace_id.to_string();
            if is_joined {
                hop.joined.insert(trace_id);
            } else {
                hop.broken.push(trace_id);
            }
        }
    }
    found.into_values().collect()
}

/// The hop of a CLIENT span which got an answer.
fn answered_call(span: &Span) -> Option<(Service, Service)> {
    let hop = HOPS.into_iter().find(|(caller, _)| caller.name() == &*span.service)?;
    let is_answered = span.int("http.response.status_code").is_some();
    (span.kind == Kind::Client && is_answered).then_some(hop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::fake::batch;

    #[test]
    fn a_call_without_the_span_of_the_called_service_is_a_broken_hop() {
        let (whole, mut broken) = (batch(), batch());
        broken.retain(|span| &*span.service != "die-service");
        let found = hops([&whole[..], &broken[..]]);
        let seen: Vec<_> = found.iter().map(|hop| (hop.caller, hop.called, hop.calls, hop.broken.len())).collect();
        let [to_roller, to_die] = HOPS;
        assert_eq!(seen, [(to_roller.0, to_roller.1, 2, 0), (to_die.0, to_die.1, 2, 1)]);
    }

    /// Whoever got no answer may have called somebody who was not there.
    #[test]
    fn a_call_without_an_answer_is_not_judged() {
        let mut spans = batch();
        spans.truncate(4);
        spans[3].attributes.clear();
        assert_eq!(hops([&spans[..]]).len(), 1);
    }
}
