//! The report of damage: which rows are left out of answers, and what is missing because of that.

use std::collections::HashSet;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

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
        let span = |what: &str| {
            let (first, last) = (unit.in_words(range.0), unit.in_words(range.1));
            format!("{what} from {first} to {last}")
        };
        match reason {
            Unreadable::LogCut(_) | Unreadable::Structure | Unreadable::File => {
                return write!(f, "{database}: {reason}");
            }
            Unreadable::Missing { .. } | Unreadable::Uncatalogued => {
                return write!(
                    f,
                    "{database}: table {table:?}, row {row}: {reason}; {} may be missing",
                    span(items_name)
                );
            }
            _ => {}
        }
        write!(f, "{database}: row {row} of table {table:?} is left out because {reason}")?;
        if *items > 0 {
            write!(f, "; {items} {} are missing", span(items_name))?;
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
    /// What was found wrong when the store was opened and could be mended, in sentences.
    pub mended: Vec<String>,
}

/// Damage that was found since the store was opened.
#[derive(Debug)]
pub struct DamageLog {
    database: String,
    items_name: &'static str,
    unit: TimeUnit,
    /// Set when the store has been opened; what was damaged before is not read again.
    opened: AtomicBool,
    found: Mutex<Found>,
}

#[derive(Debug, Default)]
struct Found {
    rows: HashSet<(&'static str, i64)>,
    report: DamageReport,
    /// How often a damaged row was met, known or not.
    met: u64,
    /// The last one that was met.
    last: Option<Damage>,
    /// Damage that no reading meets: rows that are missing as a whole.
    unmet: Vec<Damage>,
}

/// A moment, from which on damage that readings meet is said; see [`DamageLog::since`].
#[derive(Clone, Copy, Debug)]
pub struct Moment(u64);

impl DamageLog {
    /// An empty log for a database whose rows hold `items_name`, for example `samples`.
    pub fn new(database: &str, items_name: &'static str, unit: TimeUnit) -> Self {
        Self {
            database: database.to_owned(),
            items_name,
            unit,
            opened: AtomicBool::new(false),
            found: Mutex::default(),
        }
    }

    /// Takes down a row with the items that are missing because of it. A row that is known already counts no more.
    pub fn note(&self, table: &'static str, row: i64, reason: Unreadable, items: u64, range: (i64, i64)) {
        let never_read = !self.opened.load(Ordering::Relaxed) || matches!(reason, Unreadable::OwnerMissing);
        self.take_down((table, row), self.damage(table, row, reason, items, range), never_read);
    }

    /// Says that the store has been opened: from now on, readings meet damage where it is.
    pub fn opened(&self) {
        self.opened.store(true, Ordering::Relaxed);
    }

    /// Takes down that rows from this number on are missing, as the catalogue says, or the end of a log. Their items are
    /// in no account, since nobody can count them.
    pub fn note_block(&self, table: &'static str, row: i64, reason: Unreadable, range: (i64, i64)) {
        // A place of its own, beside that of the row with this number.
        self.take_down((table, -1 - row), self.damage(table, row, reason, 0, range), true);
    }

    /// Takes down that the end of a journal was cut off. Answers say so, but nothing that was acknowledged is damaged.
    pub fn note_cut(&self, reason: Unreadable) {
        let cut = self.damage("journal", 0, reason, 0, (0, 0));
        self.found.lock().unmet.push(cut);
    }

    /// Takes down that this store stands in for the one in `file`, which is damaged as a whole.
    pub fn note_file(&self, file: &str) {
        let damage = Damage { database: file.to_owned(), ..self.damage("file", 0, Unreadable::File, 0, (0, 0)) };
        self.take_down(("file", 0), damage, true);
    }

    fn damage(&self, table: &'static str, row: i64, reason: Unreadable, items: u64, range: (i64, i64)) -> Damage {
        let Self { items_name, unit, .. } = *self;
        Damage { database: self.database.clone(), table, row, reason, items_name, items, range, unit }
    }

    fn take_down(&self, place: (&'static str, i64), damage: Damage, never_read: bool) {
        let mut found = self.found.lock();
        found.met += 1;
        found.last = Some(damage.clone());
        if found.rows.len() >= REMEMBERED || !found.rows.insert(place) {
            return;
        }
        found.report.rows += 1;
        found.report.items += damage.items;
        if never_read && found.unmet.len() < NAMED {
            found.unmet.push(damage.clone());
        }
        if found.report.named.len() < NAMED {
            found.report.named.push(damage);
        }
    }

    /// Takes down what was wrong and could be mended.
    pub fn note_mended(&self, sentences: Vec<String>) {
        self.found.lock().report.mended.extend(sentences);
    }

    /// The moment before a query.
    pub fn moment(&self) -> Moment {
        Moment(self.found.lock().met)
    }

    /// What an answer has to say: that damaged rows were met since a moment, or that rows are missing which no reading meets.
    /// Other queries may have met them meanwhile; then too much is said rather than too little.
    pub fn since(&self, Moment(before): Moment) -> Option<String> {
        let found = self.found.lock();
        let met = found.last.as_ref().filter(|_| found.met != before);
        let named = met.or(found.unmet.first())?;
        let places = found.report.rows;
        Some(format!(
            "stored {} are damaged, and what cannot be trusted is left out of this answer: {named} (damaged places known: \
             {places}; the status page names them)",
            self.items_name
        ))
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
