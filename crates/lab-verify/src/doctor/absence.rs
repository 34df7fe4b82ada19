//! Why the request that is followed shows nothing of a service which has answered it: the service's clock is wrong, it does not
//! know the trace, or what it sent was lost. What can be measured is measured; nothing here is a guess.

use std::collections::BTreeSet;

use crate::doctor::examination::Examination;
use crate::doctor::hop::Trouble;
use crate::stack::services::Service;
use crate::stack::span::{Kind, Span};
use crate::trace::clock::{Skew, skews};
use crate::truth::traced_request::TracedRequest;

/// A trace of its own that begins at most so long before or after the call is taken to be of that call.
const AROUND_NS: i64 = 1_000_000_000;
/// How far around the request lines are looked for where a clock is wrong.
const FAR_NS: i64 = 25 * 3_600_000_000_000;
/// Traces that are looked at.
const STRAYS: usize = 50;

/// What of the request is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    Spans,
    Lines,
}

/// By how much the clocks of the services differ, as the request's own trace shows.
pub(super) fn wrong_clocks(spans: &[Span]) -> Option<Trouble> {
    let skews = skews([spans]);
    if skews.is_empty() {
        return None;
    }
    let said: Vec<String> = skews.iter().map(Skew::describe).collect();
    Some(Trouble {
        found: format!("{}, by the request's own trace", said.join(", ")),
        advice: "set the clock: let all machines follow the same time server; until then logs and traces of the service stand \
                 beside those of the others, and what is too far ahead or behind is refused"
            .to_owned(),
    })
}

/// Why the request has no spans or no lines of some services that were reached; nothing if that cannot be told.
pub(super) async fn explain(
    examination: &Examination<'_>,
    event: &TracedRequest,
    missing: Missing,
    of: &[Service],
) -> Option<Trouble> {
    let stack = examination.stack;
    let first = Service::ALL.into_iter().find(|service| of.contains(service))?;
    let spans = stack.tempo.trace(&event.trace_id).await.unwrap_or_default();
    let lines = event.lines_around(stack, FAR_NS).await.ok().map(|(_, lines)| lines);
    if missing == Missing::Lines && !spans.is_empty() {
        if let Some(clocks) = wrong_clocks(&spans) {
            return Some(clocks);
        }
        let has_spans = spans.iter().any(|span| *span.service == *first.name());
        if has_spans {
            return Some(Trouble {
                found: format!(
                    "{first} has spans in the request's trace {} and no line with its id: the lines were lost between its \
                     standard output and the log store",
                    event.trace_id
                ),
                advice: format!(
                    "compare telemetry_log_lines_total of {first} with what is stored, and look at what collects its \
                     output; `dicelab verify` counts what is lost"
                ),
            });
        }
    }
    let lines = lines?;
    if lacks_the_trace(&lines, first) {
        return lost_context(examination, &spans, first).await;
    }
    (missing == Missing::Spans && lines.contains(&first)).then(|| Trouble {
        found: format!(
            "the request's trace {} has no span of {first}, whose lines have this very trace id: the trace reached it, and its \
             spans were lost between {first} and the store",
            event.trace_id
        ),
        advice: format!(
            "compare telemetry_spans_total of {first} with what is stored, and look at its --otlp-endpoint and at what stands \
             between; `dicelab verify` counts what is lost"
        ),
    })
}

/// Whether lines show that a service does not know the trace: others have lines with its id. A service that has them knows it,
/// and where nobody has any, lines tell nothing.
fn lacks_the_trace(lines: &BTreeSet<Service>, called: Service) -> bool {
    !lines.is_empty() && !lines.contains(&called)
}

/// Whether a service answered the call in a trace of its own: its caller did not hand on the trace, or somebody took it away.
async fn lost_context(examination: &Examination<'_>, spans: &[Span], called: Service) -> Option<Trouble> {
    let caller = *Service::ALL.get(called.place().checked_sub(1)?)?;
    let is_call = |span: &&Span| span.kind == Kind::Client && *span.service == *caller.name();
    let call = spans.iter().find(is_call)?;
    let within = (call.start_ns - AROUND_NS, call.end_ns + AROUND_NS);
    let query = format!("{{ resource.service.name = \"{called}\" && kind = server }}");
    let in_seconds = (within.0 / 1_000_000_000, within.1 / 1_000_000_000 + 1);
    let found = examination.stack.tempo.search(&query, in_seconds, STRAYS).await.ok()?;
    let is_stray = |root: &str, start: i64| root == called.name() && (within.0..=within.1).contains(&start);
    let stray = found.iter().find(|trace| is_stray(&trace.root_service, trace.start_ns))?;
    Some(Trouble {
        found: format!(
            "traceparent is lost between {caller} and {called}: the trace {} ends at {caller}, and {called} answered in a trace \
             of its own, {}",
            call.trace_id, stray.trace_id
        ),
        advice: format!(
            "look at what {caller} sends to {called} and at every proxy between them: the header traceparent is not sent, or it \
             is taken away"
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::fake::{MS, batch};

    #[test]
    fn whose_lines_have_the_trace_knows_it() {
        let of = |services: &[Service]| services.iter().copied().collect();
        assert!(lacks_the_trace(&of(&[Service::Frontend]), Service::DiceRoller));
        assert!(!lacks_the_trace(&of(&[Service::Frontend, Service::DiceRoller]), Service::DiceRoller));
        assert!(!lacks_the_trace(&BTreeSet::new(), Service::DiceRoller), "no line came at all");
    }

    #[test]
    fn the_clock_that_differs_is_measured_by_one_trace() {
        assert!(wrong_clocks(&batch()).is_none());
        let mut skewed = batch();
        for span in skewed.iter_mut().filter(|span| &*span.service == "die-service") {
            span.start_ns -= 2000 * MS;
            span.end_ns -= 2000 * MS;
        }
        let trouble = wrong_clocks(&skewed).expect("a wrong clock");
        assert_eq!(trouble.found, "the clock of die-service is 2.0 s behind, by the request's own trace");
    }
}
