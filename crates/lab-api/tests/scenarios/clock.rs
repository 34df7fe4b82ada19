//! The clock of the tests: real time, since what is scraped and pushed carries it.

use std::time::{SystemTime, UNIX_EPOCH};

use lab_model::Clock;

/// Nanoseconds since the epoch.
pub(crate) fn now_ns() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_nanos() as i64
}

/// The clock that an API under test is given.
pub(crate) fn system() -> Clock {
    Clock::new(now_ns)
}
