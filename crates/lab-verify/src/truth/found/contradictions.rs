//! What lines and spans say about a request, held against its answer: faces, totals.

use std::collections::BTreeMap;
use std::fmt::Display;

use lab_traffic::ledger::Entry;

use crate::stack::services::Service;
use crate::stack::span::{Kind, Span};
use crate::truth::found::line::Line;

/// The contradictions of so many requests are kept; of more only the number.
const MOST_KEPT: usize = 10_000;

/// Lines and spans that say something else than the answers did, by the positions of the requests in the ledger.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contradictions {
    of_request: BTreeMap<usize, Said>,
    /// Those of requests beyond the number that is kept.
    beyond: usize,
}

/// What contradicts the answer of one request.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Said {
    count: usize,
    /// The one that was found first.
    first: String,
}

impl Contradictions {
    /// Adds what was found of a request.
    pub fn add(&mut self, at: usize, what: impl IntoIterator<Item = String>) {
        for what in what {
            if let Some(said) = self.of_request.get_mut(&at) {
                said.count += 1;
            } else if self.of_request.len() < MOST_KEPT {
                self.of_request.insert(at, Said { count: 1, first: what });
            } else {
                self.beyond += 1;
            }
        }
    }

    /// Forgets what was found of a request, which is read again.
    pub fn forget(&mut self, at: usize) {
        self.of_request.remove(&at);
    }

    pub fn count(&self) -> usize {
        self.of_request.values().map(|said| said.count).sum::<usize>() + self.beyond
    }

    /// The first one, and the position of its request.
    pub fn first(&self) -> Option<(usize, &str)> {
        self.of_request.first_key_value().map(|(at, said)| (*at, said.first.as_str()))
    }

    /// The positions of the requests that are contradicted.
    pub fn positions(&self) -> impl Iterator<Item = usize> + '_ {
        self.of_request.keys().copied()
    }
}

/// Compares a line with the answer of its request.
pub fn of_line(entry: &Entry, line: &Line<'_>) -> Vec<String> {
    let mut all = Vec::new();
    let (Some(200), Some(total)) = (entry.status, entry.total) else { return all };
    let value = if entry.times.is_some() { line.total } else { line.roll_value };
    let who = format_args!("the line “{}”", line.message);
    all.extend(value.and_then(|value| differs(&who, "total", value, total)));
    if line.rolls.is_some() && line.rolls != entry.rolls {
        all.push(format!("the line “{}” has other rolls than the answer", line.message));
    }
    all
}

/// Compares the spans of a request with its answer; what is missing is no contradiction.
pub fn of_spans(entry: &Entry, spans: &[Span]) -> Vec<String> {
    let mut all = Vec::new();
    let (Some(200), Some(total)) = (entry.status, entry.total) else { return all };
    for span in spans.iter().filter(|span| span.kind == Kind::Server) {
        for key in ["async.total_result", "roll.value", "die.result"] {
            let who = format_args!("the span {} of {}", span.name, span.service);
            all.extend(span.int(key).and_then(|value| differs(&who, key, value, total)));
        }
    }
    let faces = faces(spans, entry);
    all.extend(faces.and_then(|sum| differs(&"the sum over the async_roll spans", "die.result", sum, total)));
    all
}

fn differs(who: &dyn Display, what: &str, value: i64, total: i64) -> Option<String> {
    (value != total).then(|| format!("{who} says {what} {value}, the answer was {total}"))
}

/// Sum of the faces of a batch's spans, if they are all there.
fn faces(spans: &[Span], entry: &Entry) -> Option<i64> {
    let rolls = spans.iter().filter(|span| is_roll(span));
    if rolls.clone().count() != entry.times? as usize {
        return None;
    }
    Some(rolls.filter_map(|span| span.int("die.result")).sum())
}

/// Whether a span is one roll of a batch.
pub fn is_roll(span: &Span) -> bool {
    &*span.name == "async_roll" && &*span.service == Service::DiceRoller.name()
}

#[cfg(test)]
mod tests {
    use lab_model::strategy::Strategy;

    use super::*;
    use crate::stack::span::Value;
    use crate::testing::{self, batch, single};

    fn of_lines(entry: &Entry) -> Vec<String> {
        testing::lines(entry).iter().flat_map(|line| of_line(entry, line)).collect()
    }

    #[test]
    fn only_contradictions_are_reported_and_quoted() {
        for entry in [single(200), batch(3, Strategy::All, 200)] {
            let mut spans = testing::spans(&entry);
            assert_eq!((of_lines(&entry), of_spans(&entry, &spans)), (vec![], vec![]));
            spans[0].attributes.insert("roll.value".into(), Value::Int(99));
            let found = of_spans(&entry, &spans);
            assert!(found.len() == 1 && found[0].contains("roll.value 99"), "{found:?}");
        }
        let entry = batch(3, Strategy::All, 200);
        let other = Entry { total: Some(11), rolls: Some(vec![Some(4), Some(4), Some(3)]), ..entry.clone() };
        let found: Vec<String> = testing::lines(&other).iter().flat_map(|line| of_line(&entry, line)).collect();
        assert_eq!(found.len(), 4, "two lines have another total and other rolls: {found:?}");
        assert!(found[0].ends_with("says total 11, the answer was 12"), "{found:?}");
    }

    #[test]
    fn the_faces_of_the_spans_add_up_to_the_total() {
        let entry = batch(3, Strategy::All, 200);
        let mut spans = testing::spans(&entry);
        let roll = spans.last_mut().expect("a roll");
        roll.attributes.insert("die.result".into(), Value::Int(5));
        let found = of_spans(&entry, &spans);
        assert!(found.len() == 1 && found[0].contains("die.result 13, the answer was 12"), "{found:?}");
        spans.pop();
        assert_eq!(of_spans(&entry, &spans), [""; 0]);
    }

    #[test]
    fn contradictions_are_counted_and_the_one_of_the_first_request_is_quoted() {
        let mut all = Contradictions::default();
        all.add(7, ["b".to_owned(), "c".to_owned()]);
        all.add(3, ["a".to_owned()]);
        assert_eq!((all.count(), all.first()), (3, Some((3, "a"))));
        all.forget(3);
        assert_eq!((all.count(), all.first(), all.positions().collect()), (2, Some((7, "b")), vec![7]));
    }
}
