//! Request by request: what a signal has of each, and what it should have.

use lab_traffic::ledger::Entry;

use crate::stack::services::Service;
use crate::truth::asked::expected::Expected;
use crate::truth::found::lines::Lines;
use crate::truth::found::traces::{Tally, Traces};

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

/// The requests whose answers settle what they left behind, with their positions and trace ids.
pub fn settled(ledger: &[Entry]) -> impl Iterator<Item = (usize, &str, Expected)> {
    let all = ledger.iter().enumerate();
    all.filter_map(|(at, entry)| Some((at, entry.trace_id.as_deref()?, Expected::of(entry)?)))
}

/// Where spans are missing or too many.
pub fn spans(ledger: &[Entry], traces: &Traces) -> Vec<Difference> {
    let mut all = Vec::new();
    for (at, id, expected) in settled(ledger) {
        let tally = traces.tally(at);
        for service in Service::ALL {
            let (count, wanted) = (tally.of_service(service), expected.spans(service));
            let (missing, surplus) = (wanted.saturating_sub(count), count.saturating_sub(wanted));
            all.extend(difference(id, service, (missing, surplus)));
        }
    }
    all
}

/// Where lines are missing or too many.
pub fn lines(ledger: &[Entry], lines: &Lines) -> Vec<Difference> {
    let mut all = Vec::new();
    for (at, id, expected) in settled(ledger) {
        for service in Service::ALL {
            all.extend(difference(id, service, expected.lines(service).compare(lines.count(at, service))));
        }
    }
    all
}

/// How many lines are missing of a request whose answer settles how many it wrote.
pub fn missing_lines(at: usize, entry: &Entry, lines: &Lines) -> u64 {
    let Some(expected) = entry.trace_id.as_deref().and_then(|_| Expected::of(entry)) else { return 0 };
    let missing = |service: Service| expected.lines(service).compare(lines.count(at, service)).0;
    Service::ALL.into_iter().map(missing).sum()
}

/// How many spans are missing of a request that has a trace. Of one without an answer, which does not settle what it
/// left behind, one.
pub fn missing_spans(entry: &Entry, tally: &Tally) -> u64 {
    if entry.trace_id.is_none() {
        return 0;
    }
    match Expected::of(entry) {
        Some(expected) => {
            let missing = |service: Service| expected.spans(service).saturating_sub(tally.of_service(service));
            Service::ALL.into_iter().map(missing).sum()
        }
        None => u64::from(!tally.is_there()),
    }
}

fn difference(id: &str, service: Service, (missing, surplus): (u64, u64)) -> Option<Difference> {
    (missing + surplus > 0).then(|| Difference { trace_id: id.to_owned(), service, missing, surplus })
}

#[cfg(test)]
mod tests {
    use lab_model::strategy::Strategy;

    use super::*;
    use crate::testing::{self, batch, id};

    #[test]
    fn missing_and_surplus_spans_are_found_and_complete_requests_have_none() {
        let entry = batch(3, Strategy::All, 200);
        let ledger = [entry.clone()];
        let (mut traces, mut there) = (Traces::of(1), testing::spans(&entry));
        assert!(!traces.tally(0).is_there());
        traces.count(0, &there);
        assert_eq!((spans(&ledger, &traces), missing_spans(&entry, &traces.tally(0))), (vec![], 0));
        there.remove(6);
        traces.count(0, &there);
        let missing = Difference { trace_id: id(1), service: Service::DiceRoller, missing: 1, surplus: 0 };
        assert_eq!((spans(&ledger, &traces), missing_spans(&entry, &traces.tally(0))), (vec![missing], 1));
        let unsettled = Entry { status: None, ..entry };
        assert_eq!(missing_spans(&unsettled, &traces.tally(0)), 0);
        assert_eq!(missing_spans(&unsettled, &Tally::default()), 1);
    }

    #[test]
    fn missing_and_surplus_lines_are_found() {
        let entry = batch(3, Strategy::All, 200);
        let (ledger, written) = ([entry.clone()], testing::lines(&entry));
        let mut found = Lines::of(1);
        for line in &written {
            found.take(0, line);
        }
        assert!(lines(&ledger, &found).is_empty());
        found.take(0, &written[1]);
        let surplus = Difference { trace_id: id(1), service: Service::DieService, missing: 0, surplus: 1 };
        assert_eq!(lines(&ledger, &found), [surplus]);
        assert_eq!(missing_lines(0, &entry, &found), 0);
        assert_eq!(missing_lines(0, &entry, &Lines::of(1)), written.len() as u64);
    }
}
