//! Time and calendar, all in UTC. Values are seconds since the epoch; what no calendar knows is NaN.

use chrono::{DateTime, Datelike, Timelike, Utc};

/// The time of the step.
pub(super) fn time(now: f64, _: &[f64]) -> f64 {
    now
}

pub(super) fn minute(seconds: f64) -> f64 {
    field(seconds, Timelike::minute)
}

pub(super) fn hour(seconds: f64) -> f64 {
    field(seconds, Timelike::hour)
}

/// 0 is Sunday.
pub(super) fn day_of_week(seconds: f64) -> f64 {
    field(seconds, |time| time.weekday().num_days_from_sunday())
}

pub(super) fn day_of_month(seconds: f64) -> f64 {
    field(seconds, Datelike::day)
}

pub(super) fn day_of_year(seconds: f64) -> f64 {
    field(seconds, Datelike::ordinal)
}

pub(super) fn days_in_month(seconds: f64) -> f64 {
    field(seconds, |time| time.num_days_in_month().into())
}

pub(super) fn month(seconds: f64) -> f64 {
    field(seconds, Datelike::month)
}

pub(super) fn year(seconds: f64) -> f64 {
    calendar(seconds).map_or(f64::NAN, |time| f64::from(time.year()))
}

fn field(seconds: f64, read: impl Fn(&DateTime<Utc>) -> u32) -> f64 {
    calendar(seconds).map_or(f64::NAN, |time| f64::from(read(&time)))
}

fn calendar(seconds: f64) -> Option<DateTime<Utc>> {
    seconds.is_finite().then(|| DateTime::from_timestamp(seconds as i64, 0)).flatten()
}
