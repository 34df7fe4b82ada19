//! What the lab asks of every store, whatever the signal. Time is an argument: nanoseconds since the Unix epoch.

use std::time::Duration;

use crate::database::{Database, LeftBehind};
use crate::error::StorageError;
use crate::journal::intake::Intake;
use crate::row::damage::{DamageLog, DamageReport};
use crate::row::verify::{self, Catalogued};
use crate::signal::account::{Account, Balance};

/// How much is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retention {
    /// What is older goes; `None` keeps everything.
    pub age: Option<Duration>,
    /// While the database holds more bytes than this, the oldest goes; `None` keeps everything.
    pub bytes: Option<u64>,
}

impl Retention {
    /// The time before which everything goes, in the unit of which there are `per_second` in a second.
    pub fn cutoff(&self, now: i64, per_second: u32) -> Option<i64> {
        let age = self.age?.as_nanos() / u128::from(1_000_000_000 / per_second);
        Some(now.saturating_sub(i64::try_from(age).unwrap_or(i64::MAX)))
    }
}

/// A store of one signal.
pub trait SignalStore: Send + Sync {
    /// Commits what has arrived. If that fails, it stays in memory and goes with a later commit.
    fn flush(&self, now_ns: i64) -> Result<(), StorageError>;

    /// Removes what is too old, then the oldest until the rest fits. Answers how many items went.
    fn retain(&self, now_ns: i64, retention: &Retention) -> Result<u64, StorageError>;

    /// The account, with what is kept counted anew from memory and tables.
    fn balance(&self) -> Result<Balance, StorageError>;

    /// The counters that the account is drawn from.
    fn account(&self) -> &Account;

    /// The gate before the store, with its journal.
    fn intake(&self) -> &Intake;

    /// The database, its damage, and its tables that the catalogue has.
    fn place(&self) -> (&Database, &DamageLog, &'static [Catalogued]);

    /// Rows that are left out of answers because they cannot be trusted.
    fn damage(&self) -> DamageReport {
        self.place().1.report()
    }

    /// Where committed items are.
    fn database(&self) -> &Database {
        self.place().0
    }

    /// What the process before left.
    fn left_behind(&self) -> LeftBehind {
        self.place().0.left_behind()
    }

    /// Reads every row and compares its checksum, until `stop` says so. What is damaged is in the report then.
    fn check(&self, stop: &dyn Fn() -> bool) -> Result<(), StorageError> {
        let (database, damage, tables) = self.place();
        verify::walk(database, damage, tables, stop)
    }

    /// Has `flush_wanted` called whenever the buffer for new data is half full; it must not block.
    fn on_half_full(&self, flush_wanted: Box<dyn Fn() + Send + Sync>);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cutoff_is_in_the_unit_of_the_store() {
        let hour = Retention { age: Some(Duration::from_secs(3600)), bytes: None };
        assert_eq!(hour.cutoff(5_000_000, 1000), Some(1_400_000));
        assert_eq!(hour.cutoff(4_000_000_000_000, 1_000_000_000), Some(400_000_000_000));
        let forever = Retention { age: Some(Duration::MAX), bytes: None };
        assert_eq!(forever.cutoff(0, 1000), Some(-i64::MAX));
        assert_eq!(Retention::default().cutoff(0, 1000), None);
    }
}
