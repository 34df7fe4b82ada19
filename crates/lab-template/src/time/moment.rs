//! Points in time, with the zone in which they are shown.

use std::borrow::Cow;

use super::calendar::{Civil, MONTHS, date, days_before};

/// The seconds of a day.
const DAY: i64 = 86_400;

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

impl Moment {
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
