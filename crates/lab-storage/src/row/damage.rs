//! The report of damage: which rows are left out of answers, and what is missing because of that.

use std::collections::HashSet;
use std::fmt;

use chrono::{DateTime, SecondsFormat, Utc};
use parking_lot::Mutex;

use crate::row::unreadable::Unreadable;

/// Rows that are remembered one by one, so that each counts once however often it is read.
const REMEMBERED: usize = 10_000;
/// Rows that a report names.
const NAMED: usize = 100;

/// The unit of the times in a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeUnit {
    /// Milliseconds since the Unix epoch.
    Milliseconds,
    /// Nanoseconds since the Unix epoch.
    Nanoseconds,
}

/// One row that is left out of answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The file, or the bare name of a database in memory.
    pub database: String,
    pub table: &'static str,
    /// The row's number.
    pub row: i64,
    /// Why it is left out.
    pub reason: Unreadable,
    /// What the row holds, for example `samples`.
    pub items_name: &'static str,
    /// How many items are missing, as far as the row's head can be believed.
    pub items: u64,
    /// From when to when they are missing, in the database's unit of time.
    pub range: (i64, i64),
    pub unit: TimeUnit,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { database, table, row, reason, items_name, items, range, unit } = self;
        write!(f, "{database}: row {row} of table {table:?} is left out because {reason}")?;
        if *items > 0 {
            let (first, last) = (unit.in_words(range.0), unit.in_words(range.1));
            write!(f, "; {items} {items_name} from {first} to {last} are missing")?;
        }
        Ok(())
    }
}

impl TimeUnit {
    fn in_words(self, time: i64) -> String {
        let time = match self {
            Self::Milliseconds => DateTime::<Utc>::from_timestamp_millis(time),
            Self::Nanoseconds => Some(DateTime::<Utc>::from_timestamp_nanos(time)),
        };
        time.map_or_else(
            || "a time outside the calendar".to_owned(),
            |time| time.to_rfc3339_opts(SecondsFormat::Millis, true),
        )
    }
}

/// What a store knows about its damage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DamageReport {
    /// Rows left out since the store was opened.
    pub rows: u64,
    /// Samples, lines or spans in these rows.
    pub items: u64,
    /// The first hundred of them.
    pub named: Vec<Damage>,
}

/// Damage that was found since the store was opened.
#[derive(Debug)]
pub struct DamageLog {
    database: String,
    items_name: &'static str,
    unit: TimeUnit,
    found: Mutex<Found>,
}

#[derive(Debug, Default)]
struct Found {
    rows: HashSet<(&'static str, i64)>,
    report: DamageReport,
}

impl DamageLog {
    /// An empty log for a database whose rows hold `items_name`, for example `samples`.
    pub fn new(database: &str, items_name: &'static str, unit: TimeUnit) -> Self {
        Self { database: database.to_owned(), items_name, unit, found: Mutex::default() }
    }

    /// Takes down a row with the items that are missing because of it. A row that is known already counts no more.
    pub fn note(&self, table: &'static str, row: i64, reason: Unreadable, items: u64, range: (i64, i64)) {
        let mut found = self.found.lock();
        if found.rows.len() >= REMEMBERED || !found.rows.insert((table, row)) {
            return;
        }
        found.report.rows += 1;
        found.report.items += items;
        if found.report.named.len() < NAMED {
            let Self { items_name, unit, .. } = *self;
            let database = self.database.clone();
            found.report.named.push(Damage { database, table, row, reason, items_name, items, range, unit });
        }
    }

    /// True if this row is known to be damaged; its items are then counted as such already.
    pub fn knows(&self, table: &'static str, row: i64) -> bool {
        let found = self.found.lock();
        !found.rows.is_empty() && found.rows.contains(&(table, row))
    }

    /// The rows of a table that are known to be damaged.
    pub fn rows_of(&self, table: &str) -> Vec<i64> {
        self.found.lock().rows.iter().filter(|(name, _)| *name == table).map(|(_, row)| *row).collect()
    }

    /// Items that are missing, over all rows found so far.
    pub fn items(&self) -> u64 {
        self.found.lock().report.items
    }

    /// Counts something while no damage is found, so that nothing is both counted and damaged. Answers the count, and how
    /// many items are damaged.
    pub fn count_beside<T, E>(&self, mut count: impl FnMut() -> Result<T, E>) -> Result<(T, u64), E> {
        loop {
            let before = self.items();
            let counted = count()?;
            if self.items() == before {
                return Ok((counted, before));
            }
        }
    }

    /// Everything found so far.
    pub fn report(&self) -> DamageReport {
        self.found.lock().report.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_counts_once_and_is_said_in_a_sentence() {
        let log = DamageLog::new("/data/logs.db", "lines", TimeUnit::Nanoseconds);
        let range = (1_790_000_000_000_000_000, 1_790_000_060_000_000_000);
        log.note("chunk", 7, Unreadable::Checksum, 12, range);
        log.note("chunk", 7, Unreadable::Checksum, 12, range);
        assert!(log.knows("chunk", 7) && !log.knows("chunk", 8) && !log.knows("stream", 7));
        let report = log.report();
        assert_eq!((report.rows, report.items), (1, 12));
        assert_eq!(
            report.named[0].to_string(),
            "/data/logs.db: row 7 of table \"chunk\" is left out because its checksum does not match its content; \
             12 lines from 2026-09-21T14:13:20.000Z to 2026-09-21T14:14:20.000Z are missing"
        );
    }

    #[test]
    fn a_report_is_bounded() {
        let log = DamageLog::new("metrics", "samples", TimeUnit::Milliseconds);
        for row in 0..20_000 {
            log.note("chunk", row, Unreadable::Content, 1, (0, i64::MAX));
        }
        let report = log.report();
        assert_eq!((report.rows as usize, report.named.len()), (REMEMBERED, NAMED));
    }
}
