//! The account of a store's items, which balances at every moment:
//!
//! ```text
//! at start + received = kept + repeated + evicted (age, memory, disk) + deleted + damaged + refused (by reason)
//! ```
//!
//! *Kept* is counted anew, from memory and tables, whenever a balance is drawn, *damaged* is what the report of damage
//! says, and all else are counters that only rise. So a balance that does not come to zero tells of an item that was
//! lost or doubled unnoticed.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

use crate::signal::times::other_unit;

/// Why an item had to make room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evicted {
    /// It was older than the retention allows.
    Age,
    /// Memory was full: the store keeps its data in memory, or the disk took nothing for too long.
    Memory,
    /// The database was as large as it may be.
    Disk,
}

/// The counters of one store.
#[derive(Debug)]
pub struct Account {
    at_start: u64,
    received: AtomicU64,
    repeated: AtomicU64,
    evicted: [AtomicU64; 3],
    deleted: AtomicU64,
    reasons: &'static [&'static str],
    refused: Box<[AtomicU64]>,
    other_unit: Mutex<Option<String>>,
}

/// All sides of the account at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Balance {
    /// Items in the database when it was opened.
    pub at_start: u64,
    /// Items handed to the store since.
    pub received: u64,
    /// Items there now, counted anew.
    pub kept: u64,
    /// Items that were there already.
    pub repeated: u64,
    /// Items that went because of their age.
    pub evicted_by_age: u64,
    /// Items that went because memory was full.
    pub evicted_by_memory: u64,
    /// Items that went because the database was full.
    pub evicted_by_disk: u64,
    /// Items that somebody deleted.
    pub deleted: u64,
    /// Items in rows that cannot be read any more.
    pub damaged: u64,
    /// Items that were refused, by reason.
    pub refused: BTreeMap<&'static str, u64>,
}

impl Account {
    /// The account of a store that begins with `at_start` items and may refuse for these reasons.
    pub fn new(at_start: u64, reasons: &'static [&'static str]) -> Self {
        Self {
            at_start,
            received: AtomicU64::default(),
            repeated: AtomicU64::default(),
            evicted: Default::default(),
            deleted: AtomicU64::default(),
            reasons,
            refused: reasons.iter().map(|_| AtomicU64::default()).collect(),
            other_unit: Mutex::default(),
        }
    }

    /// Items were handed to the store.
    pub fn receive(&self, items: u64) {
        add(&self.received, items);
    }

    /// Items were there already.
    pub fn repeat(&self, items: u64) {
        add(&self.repeated, items);
    }

    /// Items were refused; `reason` must be one of those that the account was made with.
    pub fn refuse(&self, reason: &str, items: u64) {
        let place = self.reasons.iter().position(|known| *known == reason);
        debug_assert!(place.is_some(), "{reason:?} is no reason of this account");
        if let Some(place) = place {
            add(&self.refused[place], items);
        }
    }

    /// Looks at the time of an item that is refused or strange: one that looks like a time in another unit is remembered.
    pub fn examine_time(&self, time: i64, per_second: i64) {
        if let Some(said) = other_unit(time, per_second) {
            *self.other_unit.lock() = Some(said);
        }
    }

    /// What was said of the last such time.
    pub fn other_unit(&self) -> Option<String> {
        self.other_unit.lock().clone()
    }

    /// Items made room.
    pub fn evict(&self, why: Evicted, items: u64) {
        add(&self.evicted[why as usize], items);
    }

    /// Items were deleted.
    pub fn delete(&self, items: u64) {
        add(&self.deleted, items);
    }

    /// Items of one reason that were refused.
    pub fn refused(&self, reason: &str) -> u64 {
        self.reasons.iter().position(|known| *known == reason).map_or(0, |place| get(&self.refused[place]))
    }

    /// Items handed to the store since it was opened.
    pub fn received(&self) -> u64 {
        get(&self.received)
    }

    /// All sides of the account, for `kept` items that were counted just now and what is known to be `damaged`.
    pub fn balance(&self, kept: u64, damaged: u64) -> Balance {
        let [age, memory, disk] = &self.evicted;
        Balance {
            at_start: self.at_start,
            received: get(&self.received),
            kept,
            repeated: get(&self.repeated),
            evicted_by_age: get(age),
            evicted_by_memory: get(memory),
            evicted_by_disk: get(disk),
            deleted: get(&self.deleted),
            damaged,
            refused: self.reasons.iter().copied().zip(self.refused.iter().map(get)).collect(),
        }
    }
}

impl Balance {
    /// Items that went by any limit.
    pub fn evicted(&self) -> u64 {
        self.evicted_by_age + self.evicted_by_memory + self.evicted_by_disk
    }

    /// Items refused for any reason.
    pub fn refused_total(&self) -> u64 {
        self.refused.values().sum()
    }

    /// How many more items came than can be accounted for; below zero if there are more than came. Zero is right.
    pub fn difference(&self) -> i128 {
        let came = i128::from(self.at_start) + i128::from(self.received);
        let explained = self.kept + self.repeated + self.evicted() + self.deleted + self.damaged + self.refused_total();
        came - i128::from(explained)
    }
}

fn add(counter: &AtomicU64, items: u64) {
    counter.fetch_add(items, Ordering::Relaxed);
}

fn get(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_side_of_the_account_counts() {
        let account = Account::new(10, &["too_old", "no_labels"]);
        account.receive(100);
        account.repeat(1);
        account.refuse("too_old", 2);
        account.refuse("no_labels", 3);
        account.evict(Evicted::Age, 4);
        account.evict(Evicted::Memory, 5);
        account.evict(Evicted::Disk, 6);
        account.delete(7);
        let balance = account.balance(74, 8);
        assert_eq!((balance.evicted(), balance.refused_total(), balance.difference()), (15, 5, 0));
        assert_eq!(balance.refused["no_labels"], 3);
        assert_eq!(account.balance(73, 8).difference(), 1, "one item is unaccounted for");
        assert_eq!(account.balance(75, 8).difference(), -1, "one item is there that never came");
    }

    #[test]
    fn the_last_time_in_another_unit_is_remembered() {
        let account = Account::new(0, &[]);
        account.examine_time(1_800_000_000_000, 1000);
        assert_eq!(account.other_unit(), None);
        account.examine_time(1_800_000_000, 1000);
        assert_eq!(account.other_unit().as_deref(), Some("1800000000 looks like seconds; milliseconds are expected"));
    }
}
