//! The account of a signal as the collector shows it: where every item that came is now.

use std::collections::BTreeMap;
use std::fmt;

use lab_storage::Balance;
use serde::Serialize;

/// All sides of a signal's account. It balances if the difference is zero.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Account {
    /// Items that were there when the lab was started.
    pub at_start: u64,
    /// Items that came since.
    pub received: u64,
    /// Items there now, counted anew for this account.
    pub kept: u64,
    /// Items that were there already.
    pub repeated: u64,
    /// Items that made room, by limit.
    pub evicted: Evicted,
    /// Items that somebody deleted.
    pub deleted: u64,
    /// Items in rows that cannot be read any more.
    pub damaged: u64,
    /// Items that were refused, by reason.
    pub refused: BTreeMap<&'static str, u64>,
    /// Items that came and cannot be accounted for; below zero if there are more than came.
    pub difference: i64,
}

/// Items that made room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Evicted {
    /// They were older than `--retention`.
    pub age: u64,
    /// Memory was full.
    pub memory: u64,
    /// The files were as large as `--max-disk` allows.
    pub disk: u64,
}

impl From<Balance> for Account {
    fn from(balance: Balance) -> Self {
        let difference = balance.difference();
        Self {
            at_start: balance.at_start,
            received: balance.received,
            kept: balance.kept,
            repeated: balance.repeated,
            evicted: Evicted {
                age: balance.evicted_by_age,
                memory: balance.evicted_by_memory,
                disk: balance.evicted_by_disk,
            },
            deleted: balance.deleted,
            damaged: balance.damaged,
            refused: balance.refused,
            difference: i64::try_from(difference).unwrap_or(if difference > 0 { i64::MAX } else { i64::MIN }),
        }
    }
}

/// The account as one line: where the items are, those places left out that hold none.
impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at the start + {} received = {} kept", self.at_start, self.received, self.kept)?;
        let Evicted { age, memory, disk } = self.evicted;
        let places = [
            (self.repeated, "repeated"),
            (age, "evicted by age"),
            (memory, "evicted because memory was full"),
            (disk, "evicted because the disk was full"),
            (self.deleted, "deleted"),
            (self.damaged, "damaged"),
        ];
        for (items, place) in places.into_iter().filter(|(items, _)| *items > 0) {
            write!(f, " + {items} {place}")?;
        }
        for (reason, items) in self.refused.iter().filter(|(_, items)| **items > 0) {
            write!(f, " + {items} refused ({reason})")?;
        }
        match self.difference {
            0 => Ok(()),
            missing @ 1.. => write!(f, "; {missing} are missing and nothing says why"),
            more => write!(f, "; {} more are there than came", more.unsigned_abs()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_one_line_and_says_what_does_not_balance() {
        let mut balance = Balance { at_start: 10, received: 32, kept: 30, evicted_by_disk: 7, ..Balance::default() };
        balance.refused = BTreeMap::from([("buffer_full", 5), ("too_old", 0)]);
        assert_eq!(
            Account::from(balance.clone()).to_string(),
            "10 at the start + 32 received = 30 kept + 7 evicted because the disk was full + 5 refused (buffer_full)"
        );
        balance.kept = 28;
        let account = Account::from(balance.clone());
        assert_eq!(account.difference, 2);
        assert!(account.to_string().ends_with("; 2 are missing and nothing says why"), "{account}");
        balance.kept = 31;
        let account = Account::from(balance).to_string();
        assert!(account.ends_with("; 1 more are there than came"), "{account}");
    }
}
