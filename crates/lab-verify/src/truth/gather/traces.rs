//! The traces of a ledger, asked for by id, many at a time. A search would show many with one answer, but a store spends
//! more on it, and it leaves something out without saying so: the last 30 s, or what is beyond its limit.

use std::collections::BTreeMap;

use futures_util::{StreamExt, stream};
use lab_traffic::ledger::Entry;

use crate::report::progress::Progress;
use crate::stack::endpoint::AskError;
use crate::stack::span::Span;
use crate::stack::tempo::Tempo;
use crate::truth::found::requests;
use crate::truth::found::traces::Traces;

/// Questions at a time.
const AT_ONCE: usize = 16;
/// The spans of so many traces are kept at most until more of their spans have come.
const MOST_WAITING: usize = 10_000;
/// Attributes that matter to somebody begin with one of these.
const KEPT: [&str; 6] = ["async.", "die.", "roll.", "backend.", "http.", "error."];

/// Takes the traces of a ledger into what is found, each as soon as it is whole.
pub(crate) struct Reading<'a> {
    ledger: &'a [Entry],
    /// The requests whose traces have been taken.
    taken: Vec<bool>,
    /// The spans by now of traces that are not whole.
    waiting: BTreeMap<usize, Vec<Span>>,
    pub(crate) traces: Traces,
}

impl<'a> Reading<'a> {
    pub(crate) fn new(ledger: &'a [Entry]) -> Self {
        let traces = Traces::of(ledger.len());
        Self { ledger, taken: vec![false; ledger.len()], waiting: BTreeMap::new(), traces }
    }

    /// How many spans are missing by now.
    pub(crate) fn missing(&self) -> u64 {
        let all = self.ledger.iter().enumerate();
        all.map(|(at, entry)| requests::missing_spans(entry, &self.traces.tally(at))).sum()
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
        let mut progress = Progress::of("spans", missing.len(), "of the traces");
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
    fn a_trace_that_is_not_whole_is_counted_and_taken_at_the_end() {
        let ledger = ledger(2);
        let mut reading = Reading::new(&ledger);
        assert_eq!(reading.missing(), 10);
        let (whole, mut torn) = (testing::spans(&ledger[0]), testing::spans(&ledger[1]));
        torn.pop();
        reading.take_or_wait(0, whole);
        reading.take_or_wait(1, torn);
        assert_eq!((reading.missing(), reading.traces.survey.traces), (1, 1));
        let traces = reading.end();
        assert_eq!((traces.total(), traces.survey.traces), (9, 2));
    }
}
