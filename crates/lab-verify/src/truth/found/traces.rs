//! The spans of each request, counted, and what the traces show together.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use lab_traffic::ledger::Entry;

use crate::stack::endpoint::AskError;
use crate::stack::services::Service;
use crate::stack::span::{Kind, Span};
use crate::truth::found::batches::Batches;
use crate::truth::found::contradictions::{self, Contradictions};
use crate::truth::found::survey::Survey;

/// So many of the newest whole traces are named, to be followed into the other signals.
const NEWEST: usize = 4;

/// The spans that the trace store has of a ledger's requests.
#[derive(Debug, Default)]
pub struct Traces {
    /// By the positions of the requests in the ledger.
    of_request: Vec<Tally>,
    /// Why not all traces could be asked for.
    pub problem: Option<AskError>,
    /// The services that have spans.
    pub services: BTreeSet<Service>,
    /// Whether the spans of each trace hang together.
    pub survey: Survey,
    /// How the rolls of batches overlapped.
    pub batches: Batches,
    /// Spans that say something else than the answers.
    pub contradictions: Contradictions,
    /// Calls that got no answer.
    pub unanswered: Unanswered,
    /// Start and trace id of the newest traces in which all three services have spans, the newest first.
    newest: BTreeSet<(Reverse<i64>, String)>,
}

/// The spans of one request.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Tally {
    of_service: [u32; Service::ALL.len()],
    /// Those that are one roll of a batch.
    of_rolls: u32,
    /// Whether there is any span, of whatever service.
    is_there: bool,
}

/// Calls between services that got no answer, by caller.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unanswered {
    /// The called service did not answer in time.
    pub late: BTreeMap<Service, u64>,
    /// The called service could not be reached.
    pub unreached: BTreeMap<Service, u64>,
}

impl Traces {
    /// No spans of so many requests.
    pub fn of(requests: usize) -> Self {
        Self { of_request: vec![Tally::default(); requests], ..Self::default() }
    }

    /// Counts the spans that a request has by now; more of them may still come.
    pub fn count(&mut self, at: usize, spans: &[Span]) {
        self.of_request[at] = Tally::of(spans);
    }

    /// Counts the spans of a request, in order of their start, and takes them into every sum. Of each request once.
    pub fn take(&mut self, at: usize, entry: &Entry, spans: &[Span]) {
        self.count(at, spans);
        let Some(first) = spans.first() else { return };
        let tally = self.of_request[at];
        self.services.extend(Service::ALL.into_iter().filter(|service| tally.of_service(*service) > 0));
        self.contradictions.add(at, contradictions::of_spans(entry, spans));
        self.unanswered.take(spans);
        let batches = crate::trace::batch::batches(spans);
        self.survey.take(spans, &batches);
        for batch in &batches {
            self.batches.take(batch);
        }
        if Service::ALL.into_iter().all(|service| tally.of_service(service) > 0) {
            self.newest.insert((Reverse(first.start_ns), first.trace_id.to_string()));
            if self.newest.len() > NEWEST {
                self.newest.pop_last();
            }
        }
    }

    /// What was counted of a request.
    pub fn tally(&self, at: usize) -> Tally {
        self.of_request.get(at).copied().unwrap_or_default()
    }

    /// Spans of the three services.
    pub fn total(&self) -> u64 {
        self.of_request.iter().flat_map(|tally| tally.of_service).map(u64::from).sum()
    }

    /// Spans that are one roll of a batch.
    pub fn rolls(&self) -> u64 {
        self.of_request.iter().map(|tally| u64::from(tally.of_rolls)).sum()
    }

    /// The ids of the newest traces in which all three services have spans, the newest first.
    pub fn newest(&self) -> impl Iterator<Item = &str> {
        self.newest.iter().map(|(_, id)| id.as_str())
    }
}

impl Tally {
    /// Counts the spans of a trace.
    pub fn of(spans: &[Span]) -> Self {
        let mut tally = Self { is_there: !spans.is_empty(), ..Self::default() };
        for span in spans {
            if let Some(service) = Service::named(&span.service) {
                tally.of_service[service.place()] += 1;
                tally.of_rolls += u32::from(contradictions::is_roll(span));
            }
        }
        tally
    }

    /// How many spans a service has.
    pub fn of_service(&self, service: Service) -> u64 {
        self.of_service[service.place()].into()
    }

    /// Whether the trace has any span.
    pub fn is_there(&self) -> bool {
        self.is_there
    }
}

impl Unanswered {
    fn take(&mut self, spans: &[Span]) {
        for span in spans.iter().filter(|span| span.kind == Kind::Client) {
            let failed = match span.text("error.type") {
                Some("timeout") => &mut self.late,
                Some("connection_error") => &mut self.unreached,
                _ => continue,
            };
            if let Some(caller) = Service::named(&span.service) {
                *failed.entry(caller).or_default() += 1;
            }
        }
    }

    /// The calls of these spans that got no answer.
    pub fn of(spans: &[Span]) -> Self {
        let mut all = Self::default();
        all.take(spans);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{self, id, single};

    #[test]
    fn only_the_newest_whole_traces_are_named() {
        let mut traces = Traces::of(7);
        for at in 0..7_u64 {
            let started = single(200).started + chrono::Duration::seconds(if at == 2 { 60 } else { at as i64 });
            let entry = Entry { trace_id: Some(id(at)), started, ..single(200) };
            let mut spans = testing::spans(&entry);
            if at == 6 {
                spans.retain(|span| &*span.service != "die-service");
            }
            traces.take(at as usize, &entry, &spans);
        }
        assert_eq!(traces.newest().collect::<Vec<_>>(), [id(2), id(5), id(4), id(3)]);
        assert_eq!((traces.total(), traces.services.len()), (34, 3));
    }
}
