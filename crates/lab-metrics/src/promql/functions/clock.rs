//! Time and calendar, all in UTC. Values are seconds since the epoch.

use chrono::{DateTime, Datelike, Timelike, Utc};

/// After so many years, and seconds, the calendar begins again with the same day of the week.
const CYCLE: (i128, i128) = (400, 146_097 * 86_400);
/// The first second that Go cannot count. What is no number and what lies beyond, is that second in Prometheus.
const BEYOND: f64 = 9_223_372_036_854_775_808.0;

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
    let (cycle, time) = calendar(seconds);
    (cycle * CYCLE.0 + i128::from(time.year())) as f64
}

fn field(seconds: f64, read: impl Fn(&DateTime<Utc>) -> u32) -> f64 {
    f64::from(read(&calendar(seconds).1))
}

/// How many cycles lie before a time, and the time in its cycle.
fn calendar(seconds: f64) -> (i128, DateTime<Utc>) {
    let is_counted = seconds > -BEYOND && seconds < BEYOND;
    let seconds = if is_counted { seconds } else { BEYOND } as i128;
    let within = i64::try_from(seconds.rem_euclid(CYCLE.1)).unwrap_or_default();
    (seconds.div_euclid(CYCLE.1), DateTime::from_timestamp(within, 0).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_calendar_goes_as_far_as_go_counts_seconds() {
        // What Prometheus 3.14 answers.
        for (seconds, expected) in [
            (1e12, 33_658.0),
            (1e15, 31_690_708.0),
            (9e18, 285_198_648_531.0),
            (-9e18, -285_198_644_592.0),
            (f64::NAN, 292_277_026_596.0),
        ] {
            assert_eq!(year(seconds), expected, "{seconds}");
        }
        assert_eq!((month(9e18), day_of_year(-9e18), hour(-1e12), day_of_week(0.0)), (4.0, 256.0, 22.0, 4.0));
        for seconds in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e19] {
            let date = (month(seconds), day_of_month(seconds), day_of_week(seconds), day_of_year(seconds));
            assert_eq!(date, (12.0, 4.0, 0.0, 339.0), "{seconds}");
            assert_eq!((hour(seconds), minute(seconds), days_in_month(seconds)), (15.0, 30.0, 31.0), "{seconds}");
        }
    }
}
