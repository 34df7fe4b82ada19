//! The log lines of a time, read page by page and counted.

use std::ops::RangeInclusive;

use lab_traffic::ledger::Entry;

use crate::report::progress::Progress;
use crate::stack::loki::{Loki, MOST_LINES};
use crate::truth::asked::index::Index;
use crate::truth::found::contradictions;
use crate::truth::found::line::Line;
use crate::truth::found::lines::{Lines, MOST_STRANGERS, TooManyStrangers};
use crate::truth::unknown::Unknown;

/// The lines of the three services, of whose labels none is needed.
const OF_SERVICES: &str = r#"{container_name=~"(die-service|dice-roller|frontend)-stage4"} | keep container_name"#;

/// Counts lines for the requests of a ledger.
pub(crate) struct Reading<'a> {
    pub(crate) ledger: &'a [Entry],
    /// Where the requests of the ledger stand in it.
    pub(crate) index: &'a Index,
    /// When requests of others would have been counted along with those of the ledger, nanoseconds since the Unix epoch.
    pub(crate) counted: Option<RangeInclusive<i64>>,
    /// The requests that are counted, by position; of those that are complete already no line is counted again.
    pub(crate) wanted: &'a [bool],
    pub(crate) lines: Lines,
}

impl Reading<'_> {
    /// Reads every line from `start` on and before `end` (nanoseconds since the Unix epoch).
    pub(crate) async fn read(mut self, loki: &Loki, (start, end): (i64, i64)) -> Result<Lines, Unknown> {
        let mut progress = Progress::of("lines", self.ledger.len(), "of the ledger's time");
        let mut from = start;
        while from < end {
            let page = loki.texts(OF_SERVICES, (from, end), MOST_LINES).await?;
            let page = page.read()?;
            let is_last = page.len() < MOST_LINES;
            let newest = page.iter().map(|(time_ns, _)| *time_ns).max().unwrap_or(end);
            // Of a full page the newest nanosecond may be cut: it is read again with the next page.
            let complete = page.iter().filter(|(time_ns, _)| is_last || *time_ns < newest);
            let mut taken = 0;
            for (time_ns, text) in complete {
                self.take(text, *time_ns)?;
                taken += 1;
            }
            if is_last {
                break;
            }
            if taken == 0 {
                return Err(Unknown::TooManyLinesAtOnce { most: MOST_LINES, time_ns: newest });
            }
            from = newest;
            progress.say((from - start) as f64 / (end - start) as f64);
        }
        Ok(self.lines)
    }

    fn take(&mut self, text: &str, time_ns: i64) -> Result<(), Unknown> {
        let Some(line) = Line::read(text, time_ns) else { return Ok(()) };
        match self.index.position(line.trace) {
            Some(at) if self.wanted[at] => {
                self.lines.take(at, &line);
                self.lines.contradictions.add(at, contradictions::of_line(&self.ledger[at], &line));
            }
            Some(_) => {}
            None => {
                let taken = self.lines.take_stranger(&line, self.counted.as_ref());
                taken.map_err(|TooManyStrangers| Unknown::TooManyStrangers { most: MOST_STRANGERS })?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::services::Service;
    use crate::testing::{id, single};

    #[test]
    fn lines_are_counted_for_the_requests_that_are_wanted_and_a_line_that_comes_twice_twice() {
        let ledger = [single(200), Entry { trace_id: Some(id(2)), ..single(200) }];
        let index = Index::of(&ledger);
        let lines = Lines::of(2);
        let mut reading = Reading { ledger: &ledger, index: &index, counted: None, wanted: &[true, false], lines };
        let text = |trace: u64, value: i64| {
            format!(
                r#"{{"message":"Roll completed","service":"dice-roller","trace_id":"{}","roll_value":{value}}}"#,
                id(trace)
            )
        };
        for line in [text(1, 4), text(1, 4), text(2, 4), text(3, 4), text(1, 5), "no json".to_owned()] {
            reading.take(&line, 7).expect("few strangers");
        }
        let of_roller = |at| reading.lines.count(at, Service::DiceRoller);
        assert_eq!((of_roller(0), of_roller(1)), (3, 0));
        assert_eq!(reading.lines.strays(Service::DiceRoller), 1);
        let said = reading.lines.contradictions.first().expect("a 5 is not a 4");
        assert_eq!(said, (0, "the line “Roll completed” says total 5, the answer was 4"));
    }
}
