//! Points in time, with the zone in which they are shown.

use std::borrow::Cow;
use std::fmt;

use super::layout;

/// The seconds of a day.
const DAY: i64 = 86_400;

/// The names of the months.
pub(crate) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
/// The names of the days of the week.
pub(crate) const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// A point in time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Seconds since the epoch.
    pub seconds: i64,
    /// Nanoseconds after that.
    pub nanos: u32,
    /// How far the clocks of the zone are ahead of UTC, in seconds.
    pub offset: i32,
    /// The abbreviation of the zone, empty if only its offset is known.
    pub zone: Cow<'static, str>,
}

/// A date and the time of day, as a clock on the wall shows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Civil {
    pub(crate) year: i64,
    /// From 1 to 12.
    pub(crate) month: i64,
    pub(crate) day: i64,
    /// From 1 to 366.
    pub(crate) year_day: i64,
    /// From 0, a Sunday.
    pub(crate) weekday: usize,
    pub(crate) hour: i64,
    pub(crate) minute: i64,
    pub(crate) second: i64,
}

impl Moment {
    /// In UTC.
    pub fn utc(seconds: i64, nanos: u32) -> Self {
        Self { seconds, nanos, offset: 0, zone: Cow::Borrowed("UTC") }
    }

    /// In UTC, from nanoseconds since the epoch.
    pub fn from_nanos(nanos: i64) -> Self {
        Self::utc(nanos.div_euclid(1_000_000_000), nanos.rem_euclid(1_000_000_000) as u32)
    }

    /// What Go's zero time is: the first of January of the year 1.
    pub fn zero() -> Self {
        Self::utc(-62_135_596_800, 0)
    }

    /// Nanoseconds since the epoch; they wrap around where 64 bits do not hold them, as in Go.
    pub fn unix_nanos(&self) -> i64 {
        self.seconds.wrapping_mul(1_000_000_000).wrapping_add(i64::from(self.nanos))
    }

    /// The same point in time in UTC.
    #[must_use]
    pub fn to_utc(&self) -> Self {
        Self::utc(self.seconds, self.nanos)
    }

    /// Written by one of Go's layouts.
    pub fn format(&self, layout: &str) -> String {
        layout::format(self, layout)
    }

    /// As Go source.
    pub(crate) fn source(&self) -> String {
        let it = self.civil();
        let month = MONTHS.get((it.month - 1) as usize).copied().unwrap_or_default();
        let zone = if self.zone == "UTC" { "time.UTC".to_owned() } else { format!("time.Location({:?})", self.zone) };
        let (year, day, hour, minute, second, nanos) = (it.year, it.day, it.hour, it.minute, it.second, self.nanos);
        format!("time.Date({year}, time.{month}, {day}, {hour}, {minute}, {second}, {nanos}, {zone})")
    }

    /// What a clock in the zone shows.
    pub(crate) fn civil(&self) -> Civil {
        let local = self.seconds + i64::from(self.offset);
        let (days, second) = (local.div_euclid(DAY), local.rem_euclid(DAY));
        let (year, month, day) = date(days);
        Civil {
            year,
            month,
            day,
            year_day: days - days_before(year, 1, 1) + 1,
            weekday: (days + 4).rem_euclid(7) as usize,
            hour: second / 3600,
            minute: second / 60 % 60,
            second: second % 60,
        }
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.format("2006-01-02 15:04:05.999999999 -0700 MST"))
    }
}

/// The days from the epoch to a date of the Gregorian calendar.
///
/// Years are counted from March here, so that the leap day is the last of its year.
pub(crate) fn days_before(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// The year, the month and the day, so many days after the epoch.
fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let year = era * 400 + year_of_era + i64::from(month >= 10);
    (year, (month + 2) % 12 + 1, day)
}

/// How many days a month has.
pub(crate) fn days_in(year: i64, month: i64) -> i64 {
    let (next_year, next) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    days_before(next_year, next, 1) - days_before(year, month, 1)
}
