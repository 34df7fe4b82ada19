//! The moment of an evaluation: rules ask no clock, so the time is handed in.

use std::time::Duration;

use lab_model::Grant;

/// When an evaluation takes place, and what stops it.
#[derive(Clone, Copy)]
pub struct Moment<'a> {
    /// The time, in milliseconds since the epoch.
    pub at: i64,
    /// What the queries may use, and what stops one that runs too long.
    pub grant: &'a Grant,
    /// A stopwatch: time since some moment, for what an evaluation takes.
    pub elapsed: &'a dyn Fn() -> Duration,
}
