//! Request by request: what a signal has of each, and what it should have.

use std::collections::{HashMap, HashSet};

use lab_traffic::ledger::Entry;

use crate::stack::services::Service;
use crate::stack::span::Span;
use crate::truth::expected::Expected;
use crate::truth::gather::lines::Lines;
use crate::truth::line::Line;

/// The spans of each trace, by its id.
type Traces = HashMap<String, Vec<Span>>;

/// One service's share of one request, where it is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub trace_id: String,
    /// Whose spans or lines.
    pub service: Service,
    /// How many are missing.
    pub missing: u64,
    /// How many there are beyond what there should be.
    pub surplus: u64,
}

/// The requests whose answers settle what they left behind, by trace id.
pub fn settled(ledger: &[Entry]) -> impl Iterator<Item = (&Entry, &str, Expected)> {
    ledger.iter().filter_map(|entry| Some((entry, entry.trace_id.as_deref()?, Expected::of(entry)?)))
}

/// Where spans are missing or too many.
pub fn spans(ledger: &[Entry], traces: &Traces) -> Vec<Difference> {
    let mut all = Vec::new();
    for (_, id, expected) in settled(ledger) {
        let spans = traces.get(id).map(Vec::as_slice).unwrap_or_default();
        for service in Service::ALL {
            let count = spans.iter().filter(|span| &*span.service == service.name()).count() as u64;
            let wanted = expected.spans(service);
            let (missing, surplus) = (wanted.saturating_sub(count), count.saturating_sub(wanted));
            all.extend(difference(id, service, (missing, surplus)));
        }
    }
    all
}

/// Where lines are missing or too many.
pub fn lines(ledger: &[Entry], lines: &Lines) -> Vec<Difference> {
    let mut all = Vec::new();
    for (_, id, expected) in settled(ledger) {
        let lines = of(lines, id);
        for service in Service::ALL {
            let count = lines.iter().filter(|line| line.service == service).map(|line| line.copies).sum();
            all.extend(difference(id, service, expected.lines(service).compare(count)));
        }
    }
    all
}

/// The lines of a trace.
pub fn of<'a>(lines: &'a Lines, trace_id: &str) -> &'a [Line] {
    lines.of_trace.get(trace_id).map(Vec::as_slice).unwrap_or_default()
}

/// How many lines are missing.
pub fn missing_lines(ledger: &[Entry], found: &Lines) -> u64 {
    lines(ledger, found).iter().map(|one| one.missing).sum()
}

/// How many spans are missing. Of a request without an answer, which does not settle what it left behind, one.
pub fn missing_spans(ledger: &[Entry], traces: &Traces) -> u64 {
    let missing: u64 = spans(ledger, traces).iter().map(|one| one.missing).sum();
    missing + unseen(ledger, traces).count() as u64
}

/// The traces that lack a span, each once.
pub fn incomplete(ledger: &[Entry], traces: &Traces) -> Vec<String> {
    let mut ids: Vec<String> =
        spans(ledger, traces).into_iter().filter(|one| one.missing > 0).map(|one| one.trace_id).collect();
    ids.dedup();
    ids.extend(unseen(ledger, traces));
    ids
}

/// The traces of requests without an answer of which nothing was found yet.
fn unseen(ledger: &[Entry], traces: &Traces) -> impl Iterator<Item = String> {
    let unsettled =
        ledger.iter().filter(|entry| Expected::of(entry).is_none()).filter_map(|entry| entry.trace_id.clone());
    unsettled.filter(|id| !traces.contains_key(id))
}

/// Requests that the frontend says it received within a time, and that are not in the ledger.
pub fn of_others(ledger: &[Entry], lines: &Lines, (start, end): (i64, i64)) -> usize {
    let ours: HashSet<&str> = ledger.iter().filter_map(|entry| entry.trace_id.as_deref()).collect();
    let is_theirs = |line: &Line| {
        line.service == Service::Frontend
            && line.message.ends_with("request received")
            && (start..=end).contains(&line.time_ns)
    };
    let others = lines.of_trace.iter().filter(|(id, lines)| !ours.contains(id.as_str()) && lines.iter().any(is_theirs));
    others.count()
}

fn difference(id: &str, service: Service, (missing, surplus): (u64, u64)) -> Option<Difference> {
    (missing + surplus > 0).then(|| Difference { trace_id: id.to_owned(), service, missing, surplus })
}

#[cfg(test)]
mod tests {
    use lab_traffic::request::Strategy;

    use super::*;
    use crate::testing::{self, batch, id, single};

    #[test]
    fn missing_and_surplus_spans_and_lines_are_found_and_complete_requests_have_none() {
        let entry = batch(3, Strategy::All, 200);
        let ledger = [entry.clone()];
        let mut traces = HashMap::from([(id(1), testing::spans(&entry))]);
        assert_eq!((spans(&ledger, &traces), incomplete(&ledger, &traces)), (vec![], vec![]));
        traces.get_mut(&id(1)).expect("there").remove(6);
        let missing = Difference { trace_id: id(1), service: Service::DiceRoller, missing: 1, surplus: 0 };
        assert_eq!((spans(&ledger, &traces), incomplete(&ledger, &traces)), (vec![missing], vec![id(1)]));
        assert_eq!(missing_spans(&ledger, &traces), 1);

        let mut found = Lines { of_trace: HashMap::from([(id(1), testing::lines(&entry))]), others: 0 };
        assert!(lines(&ledger, &found).is_empty());
        found.of_trace.get_mut(&id(1)).expect("there")[1].copies = 2;
        let surplus = Difference { trace_id: id(1), service: Service::DieService, missing: 0, surplus: 1 };
        assert_eq!(lines(&ledger, &found), [surplus]);
        assert_eq!(missing_lines(&ledger, &found), 0);
        assert_eq!(missing_lines(&ledger, &Lines::default()), testing::lines(&entry).len() as u64);
    }

    #[test]
    fn requests_of_others_are_those_that_the_ledger_does_not_know() {
        let (ours, theirs) = (single(200), testing::lines(&single(200)));
        let lines = Lines { of_trace: HashMap::from([(id(1), theirs.clone()), (id(2), theirs)]), others: 0 };
        assert_eq!(of_others(std::slice::from_ref(&ours), &lines, (0, 1)), 1);
        assert_eq!(of_others(&[ours], &lines, (1, 2)), 0);
    }
}
