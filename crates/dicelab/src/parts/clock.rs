//! The wall clock, which engines never ask.

use std::time::{SystemTime, UNIX_EPOCH};

use lab_model::Clock;

/// Nanoseconds since the Unix epoch.
pub fn now_ns() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}

/// The clock that the APIs are given.
pub fn system() -> Clock {
    Clock::new(now_ns)
}
