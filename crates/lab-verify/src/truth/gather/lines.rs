//! The log lines of a time, by trace.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::stack::loki::{Loki, MOST_LINES};
use crate::truth::line::Line;
use crate::truth::unknown::Unknown;

/// The lines of the three services.
const OF_SERVICES: &str = r#"{container_name=~"(die-service|dice-roller|frontend)-stage4"}"#;
/// More lines than these are not read.
const MOST: usize = 5_000_000;

/// What was found in a time range.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Lines {
    /// Lines by trace id.
    pub of_trace: HashMap<String, Vec<Line>>,
    /// Lines that belong to no trace, or are not the services' own.
    pub others: u64,
}

/// Every line from `start` on and before `end` (nanoseconds since the Unix epoch).
pub(crate) async fn read(loki: &Loki, (start, end): (i64, i64)) -> Result<Lines, Unknown> {
    let mut reading = Reading::default();
    let mut from = start;
    while from < end {
        let page = loki.lines(OF_SERVICES, (from, end), MOST_LINES).await?;
        let is_last = page.len() < MOST_LINES;
        let newest = page.last().map_or(end, |line| line.time_ns);
        // Of a full page the newest nanosecond may be cut: it is read again with the next page.
        let complete = page.iter().filter(|line| is_last || line.time_ns < newest);
        let mut taken = 0;
        for line in complete {
            reading.take(&line.text, line.time_ns);
            taken += 1;
        }
        if is_last {
            break;
        }
        if taken == 0 {
            return Err(Unknown::TooManyLinesAtOnce { most: MOST_LINES, time_ns: newest });
        }
        if reading.count > MOST {
            return Err(Unknown::TooManyLines { most: MOST });
        }
        from = newest;
    }
    Ok(reading.lines)
}

#[derive(Default)]
struct Reading {
    lines: Lines,
    /// Hashes of the texts so far.
    seen: HashSet<u64>,
    count: usize,
}

impl Reading {
    fn take(&mut self, text: &str, time_ns: i64) {
        self.count += 1;
        let Some((trace_id, line)) = Line::read(text, time_ns) else {
            self.lines.others += 1;
            return;
        };
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        let is_new = self.seen.insert(hasher.finish());
        let of_trace = self.lines.of_trace.entry(trace_id).or_default();
        match of_trace.iter_mut().find(|known| !is_new && **known == Line { copies: known.copies, ..line.clone() }) {
            Some(known) => known.copies += 1,
            None => of_trace.push(line),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_comes_twice_is_one_with_two_copies() {
        let text = |ms: u32| {
            format!(
                r#"{{"timestamp":"2026-01-02T03:04:05.00{ms}Z","message":"Roll completed","service":"dice-roller","trace_id":"a","span_id":"b","roll_value":4}}"#
            )
        };
        let mut reading = Reading::default();
        for line in [text(1), text(2), text(1), "no json".to_owned()] {
            reading.take(&line, 7);
        }
        let lines = &reading.lines.of_trace["a"];
        assert_eq!(lines.iter().map(|line| line.copies).collect::<Vec<_>>(), [2, 1]);
        assert_eq!(reading.lines.others, 1);
    }
}
