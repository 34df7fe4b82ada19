//! Calls from one of the three services to the next that lost their trace on the way: the CLIENT span has its answer,
//! but no SERVER span below it.

use crate::stack::services::Service;
use crate::stack::span::{Kind, Span};
use crate::trace::tree::Tree;

/// The calls of the system: who calls, and who is called.
const HOPS: [(Service, Service); 2] =
    [(Service::Frontend, Service::DiceRoller), (Service::DiceRoller, Service::DieService)];

/// An answered call between two services.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call<'a> {
    pub caller: Service,
    /// Who was called.
    pub called: Service,
    /// The trace of the call.
    pub trace_id: &'a str,
    /// Whether the trace goes on with a span of the called service.
    pub is_joined: bool,
}

/// The answered calls of a trace; `children` are those of the tree.
pub fn calls<'a>(tree: &Tree<'a>, children: &[Vec<usize>]) -> Vec<Call<'a>> {
    let call = |(at, below): (usize, &Vec<usize>)| {
        let span = tree.rows[at].span;
        let (caller, called) = answered_call(span)?;
        let is_joined = below.iter().any(|child| tree.rows[*child].span.kind == Kind::Server);
        Some(Call { caller, called, trace_id: &span.trace_id, is_joined })
    };
    children.iter().enumerate().filter_map(call).collect()
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

    /// Caller, called service and whether the trace goes on there.
    fn found(spans: &[Span]) -> Vec<(Service, Service, bool)> {
        let tree = Tree::new(spans);
        let calls = calls(&tree, &tree.children());
        calls.iter().map(|call| (call.caller, call.called, call.is_joined)).collect()
    }

    #[test]
    fn a_call_without_the_span_of_the_called_service_is_a_broken_hop() {
        let (whole, mut broken) = (batch(), batch());
        broken.retain(|span| &*span.service != "die-service");
        let [to_roller, to_die] = HOPS;
        assert_eq!(found(&whole), [(to_roller.0, to_roller.1, true), (to_die.0, to_die.1, true)]);
        assert_eq!(found(&broken), [(to_roller.0, to_roller.1, true), (to_die.0, to_die.1, false)]);
    }

    /// Whoever got no answer may have called somebody who was not there.
    #[test]
    fn a_call_without_an_answer_is_not_judged() {
        let mut spans = batch();
        spans.truncate(4);
        spans[3].attributes.clear();
        assert_eq!(found(&spans).len(), 1);
    }
}
