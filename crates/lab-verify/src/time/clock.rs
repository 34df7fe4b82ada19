//! The wall clock, handed in by the binary: the judge asks the system for no time.

use chrono::{DateTime, Utc};

/// Tells the time.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    now_ns: fn() -> i64,
}

impl Clock {
    /// A clock that reads nanoseconds since the Unix epoch.
    pub fn new(now_ns: fn() -> i64) -> Self {
        Self { now_ns }
    }

    /// What reads the time, for those who take a plain function.
    pub fn source(self) -> fn() -> i64 {
        self.now_ns
    }

    /// Nanoseconds since the Unix epoch.
    pub fn nanoseconds(self) -> i64 {
        (self.now_ns)()
    }

    /// Seconds since the Unix epoch.
    pub fn seconds(self) -> f64 {
        self.nanoseconds() as f64 / 1e9
    }

    /// The same as a date.
    pub fn date(self) -> DateTime<Utc> {
        DateTime::from_timestamp_nanos(self.nanoseconds())
    }
}
