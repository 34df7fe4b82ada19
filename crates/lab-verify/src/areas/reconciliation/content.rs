//! What lines and spans say about a request, held against its answer: faces, totals.

use lab_traffic::ledger::Entry;

use crate::stack::services::Service;
use crate::stack::span::{Kind, Span};
use crate::truth::line::Line;

/// A line or a span that says something else than the answer did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contradiction {
    pub trace_id: String,
    /// What contradicts, and how.
    pub what: String,
}

/// Compares the values of an answered request with its lines and spans; what is missing is no contradiction.
pub fn contradictions(entry: &Entry, id: &str, lines: &[Line], spans: &[Span]) -> Vec<Contradiction> {
    let (Some(200), Some(total)) = (entry.status, entry.total) else { return Vec::new() };
    let mut all = Vec::new();
    let mut differs = |who: &dyn std::fmt::Display, what: &str, value: i64| {
        if value != total {
            let what = format!("{who} says {what} {value}, the answer was {total}");
            all.push(Contradiction { trace_id: id.to_owned(), what });
        }
    };
    let is_batch = entry.times.is_some();
    for line in lines {
        let value = if is_batch { line.total } else { line.roll_value };
        if let Some(value) = value {
            differs(&format_args!("the line “{}”", line.message), "total", value);
        }
    }
    for span in spans.iter().filter(|span| span.kind == Kind::Server) {
        for key in ["async.total_result", "roll.value", "die.result"] {
            if let Some(value) = span.int(key) {
                differs(&format_args!("the span {} of {}", span.name, span.service), key, value);
            }
        }
    }
    if is_batch && let Some(faces) = faces(spans, entry) {
        differs(&"the sum over the async_roll spans", "die.result", faces);
    }
    for line in lines.iter().filter(|line| line.rolls.is_some() && line.rolls != entry.rolls) {
        let what = format!("the line “{}” has other rolls than the answer", line.message);
        all.push(Contradiction { trace_id: id.to_owned(), what });
    }
    all
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
    use lab_traffic::request::Strategy;

    use super::*;
    use crate::stack::span::Value;
    use crate::testing::{self, batch, id, single};

    #[test]
    fn only_contradictions_are_reported_and_quoted() {
        for entry in [single(200), batch(3, Strategy::All, 200)] {
            let (lines, mut spans) = (testing::lines(&entry), testing::spans(&entry));
            assert_eq!(contradictions(&entry, &id(1), &lines, &spans), []);
            spans[0].attributes.insert("roll.value".into(), Value::Int(99));
            let found = contradictions(&entry, &id(1), &lines, &spans);
            assert!(found.len() == 1 && found[0].what.contains("roll.value 99"), "{found:?}");
        }
    }

    #[test]
    fn the_faces_of_the_spans_add_up_to_the_total() {
        let entry = batch(3, Strategy::All, 200);
        let (lines, mut spans) = (testing::lines(&entry), testing::spans(&entry));
        let roll = spans.last_mut().expect("a roll");
        roll.attributes.insert("die.result".into(), Value::Int(5));
        let found = contradictions(&entry, &id(1), &lines, &spans);
        assert!(found.len() == 1 && found[0].what.contains("die.result 13, the answer was 12"), "{found:?}");
        spans.pop();
        assert_eq!(contradictions(&entry, &id(1), &lines, &spans), []);
    }
}
