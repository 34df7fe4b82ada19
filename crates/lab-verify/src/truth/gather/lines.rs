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
    /// Reads every line of some ranges that do not overlap, each from its start on and before its end (nanoseconds since the
    /// Unix epoch).
    pub(crate) async fn read(mut self, loki: &Loki, ranges: &[(i64, i64)]) -> Result<Lines, Unknown> {
        for range in ranges {
            self.read_range(loki, *range).await?;
        }
        Ok(self.lines)
    }

    async fn read_range(&mut self, loki: &Loki, (start, end): (i64, i64)) -> Result<(), Unknown> {
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
        Ok(())
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

/// Where the lines of a time stand: there, and shifted by each clock's difference. Ranges that touch are one, so that no line is
/// read twice.
pub(crate) fn ranges((start, end): (i64, i64), ahead_ns: impl IntoIterator<Item = i64>) -> Vec<(i64, i64)> {
    let shifted = |ahead: i64| (start.saturating_add(ahead), end.saturating_add(ahead));
    let mut all: Vec<(i64, i64)> = std::iter::once(0).chain(ahead_ns).map(shifted).collect();
    all.sort_unstable();
    let mut merged: Vec<(i64, i64)> = Vec::new();
    for range in all {
        match merged.last_mut() {
            Some(last) if range.0 <= last.1 => last.1 = last.1.max(range.1),
            _ => merged.push(range),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::services::Service;
    use crate::testing::{id, single};

    #[test]
    fn lines_of_a_wrong_clock_are_read_where_they_stand_and_none_twice() {
        assert_eq!(ranges((100, 200), []), [(100, 200)]);
        assert_eq!(ranges((100, 200), [50]), [(100, 250)]);
        assert_eq!(ranges((100, 200), [-3600, 20]), [(-3500, -3400), (100, 220)]);
    }

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
