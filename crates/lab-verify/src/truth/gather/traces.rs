//! The traces of a ledger: many at once by search, and one by one those that a search does not show whole.

use std::collections::BTreeMap;

use futures_util::{StreamExt, stream};
use lab_traffic::ledger::Entry;

use crate::report::progress::Progress;
use crate::stack::endpoint::AskError;
use crate::stack::span::Span;
use crate::stack::tempo::Tempo;
use crate::truth::asked::index::{Index, number};
use crate::truth::found::requests;
use crate::truth::found::traces::{Tally, Traces};

/// Questions at a time.
const AT_ONCE: usize = 16;
/// Searches at a time.
const SEARCHES_AT_ONCE: usize = 2;
/// Fewer requests than these are asked for one by one.
const FEW: usize = 500;
/// A search is for about so many requests.
const OF_A_SEARCH: usize = 1_000;
/// A search is for no more seconds than these: what lies between rare requests need not be read.
const LONGEST_SEARCH_S: i64 = 60;
/// Most traces that one search is asked for.
const MOST_FOUND: usize = 4_000;
/// The spans of so many traces are kept at most until more of their spans have come.
const MOST_WAITING: usize = 10_000;
/// Attributes that matter to somebody begin with one of these.
const KEPT: [&str; 6] = ["async.", "die.", "roll.", "backend.", "http.", "error."];

/// Takes the traces of a ledger into what is found, each as soon as it is whole.
pub(crate) struct Reading<'a> {
    ledger: &'a [Entry],
    index: &'a Index,
    /// The requests whose traces have been taken.
    taken: Vec<bool>,
    /// The spans by now of traces that are not whole.
    waiting: BTreeMap<usize, Vec<Span>>,
    pub(crate) traces: Traces,
}

impl<'a> Reading<'a> {
    pub(crate) fn new(ledger: &'a [Entry], index: &'a Index) -> Self {
        let traces = Traces::of(ledger.len());
        Self { ledger, index, taken: vec![false; ledger.len()], waiting: BTreeMap::new(), traces }
    }

    /// How many spans are missing by now.
    pub(crate) fn missing(&self) -> u64 {
        let all = self.ledger.iter().enumerate();
        all.map(|(at, entry)| requests::missing_spans(entry, &self.traces.tally(at))).sum()
    }

    /// Reads many traces with each question. What a search shows is taken only if it is exactly what the ledger says, so
    /// that a store whose searches leave something out, or fail, is asked for the rest trace by trace.
    pub(crate) async fn search(&mut self, tempo: &Tempo) {
        if self.ledger.len() < FEW {
            return;
        }
        let mut progress = Progress::of("spans", self.ledger.len(), "of the requests");
        let mut read = 0;
        let windows = windows(self.ledger);
        let one = |(requests, time): (usize, (i64, i64))| async move {
            (requests, tempo.spans(time, MOST_FOUND.min(2 * requests + 100)).await)
        };
        let mut answers = stream::iter(windows.into_iter().map(one)).buffered(SEARCHES_AT_ONCE);
        while let Some((requests, found)) = answers.next().await {
            let Ok(found) = found else { return };
            for spans in found {
                self.take_if_whole(&spans);
            }
            read += requests;
            progress.say(read as f64 / self.ledger.len() as f64);
        }
    }

    fn take_if_whole(&mut self, spans: &[Span]) {
        let trace = spans.first().and_then(|span| number(&span.trace_id));
        let Some(at) = trace.and_then(|trace| self.index.position(trace)) else { return };
        let entry = &self.ledger[at];
        if !self.taken[at] && requests::is_whole(entry, &Tally::of(spans)) {
            self.taken[at] = true;
            self.traces.take(at, entry, spans);
        }
    }

    /// Asks for each trace that has not been taken.
    pub(crate) async fn ask(&mut self, tempo: &Tempo) -> Result<(), AskError> {
        let is_missing = |at: &usize| !self.taken[*at];
        let missing: Vec<usize> = (0..self.ledger.len()).filter(is_missing).collect();
        let ledger = self.ledger;
        let one = |at: usize| async move {
            let id = ledger[at].trace_id.as_deref()?;
            Some(tempo.trace(id).await.map(|spans| (at, spans)))
        };
        let mut progress = Progress::of("spans", missing.len(), "of the traces that are asked for one by one");
        let count = missing.len();
        let mut answers = stream::iter(missing.into_iter().map(one)).buffer_unordered(AT_ONCE).enumerate();
        while let Some((asked, answer)) = answers.next().await {
            let Some(answer) = answer else { continue };
            let (at, mut spans) = answer?;
            for span in &mut spans {
                span.attributes.retain(|key, _| KEPT.iter().any(|prefix| key.starts_with(prefix)));
            }
            self.take_or_wait(at, spans);
            progress.say(asked as f64 / count as f64);
        }
        Ok(())
    }

    fn take_or_wait(&mut self, at: usize, spans: Vec<Span>) {
        self.traces.count(at, &spans);
        if requests::missing_spans(&self.ledger[at], &self.traces.tally(at)) == 0 {
            self.waiting.remove(&at);
            self.finish(at, &spans);
        } else if !spans.is_empty() {
            self.waiting.insert(at, spans);
        }
        // The oldest has waited longest, and so had the most time to become whole.
        if self.waiting.len() > MOST_WAITING
            && let Some((at, spans)) = self.waiting.pop_first()
        {
            self.finish(at, &spans);
        }
    }

    fn finish(&mut self, at: usize, spans: &[Span]) {
        self.taken[at] = true;
        self.traces.take(at, &self.ledger[at], spans);
    }

    /// Everything that was found; the traces that are still not whole are taken as they are.
    pub(crate) fn end(mut self) -> Traces {
        while let Some((at, spans)) = self.waiting.pop_first() {
            self.finish(at, &spans);
        }
        self.traces
    }
}

/// The times of about so many requests each, in seconds since the Unix epoch, with the number of those that began in
/// them. The ledger is in order of time.
fn windows(ledger: &[Entry]) -> Vec<(usize, (i64, i64))> {
    let mut windows: Vec<(usize, (i64, i64))> = Vec::new();
    for entry in ledger {
        let second = entry.started.timestamp();
        match windows.last_mut() {
            Some((requests, (begin, end)))
                if second < *end || (*requests < OF_A_SEARCH && second < *begin + LONGEST_SEARCH_S) =>
            {
                *requests += 1;
                *end = second + 1;
            }
            _ => windows.push((1, (second, second + 1))),
        }
    }
    windows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{self, id, single};

    fn ledger(requests: u64) -> Vec<Entry> {
        let entry = |at: u64| {
            let started = single(200).started + chrono::Duration::milliseconds(at as i64);
            Entry { trace_id: Some(id(at + 1)), started, ..single(200) }
        };
        (0..requests).map(entry).collect()
    }

    #[test]
    fn windows_are_whole_seconds_and_hold_every_request() {
        let begin = single(200).started.timestamp();
        let found = windows(&ledger(2_500));
        assert_eq!(
            found,
            [(1_000, (begin, begin + 1)), (1_000, (begin + 1, begin + 2)), (500, (begin + 2, begin + 3))]
        );
        assert_eq!(windows(&[]), []);
    }

    #[test]
    fn a_trace_that_is_not_whole_is_counted_and_taken_at_the_end() {
        let ledger = ledger(2);
        let index = Index::of(&ledger);
        let mut reading = Reading::new(&ledger, &index);
        assert_eq!(reading.missing(), 10);
        let (whole, mut torn) = (testing::spans(&ledger[0]), testing::spans(&ledger[1]));
        torn.pop();
        reading.take_if_whole(&torn);
        assert_eq!((reading.missing(), reading.traces.survey.traces), (10, 0));
        reading.take_if_whole(&whole);
        reading.take_if_whole(&whole);
        reading.take_or_wait(1, torn);
        assert_eq!((reading.missing(), reading.traces.survey.traces), (1, 1));
        let traces = reading.end();
        assert_eq!((traces.total(), traces.survey.traces), (9, 2));
    }
}
