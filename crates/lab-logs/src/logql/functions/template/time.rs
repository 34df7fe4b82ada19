//! Functions of times. The lab's local time is UTC on every machine.

use std::borrow::Cow;

use chrono::{DateTime, Offset, TimeZone};
use chrono_tz::{OffsetName, Tz};
use lab_template::{Moment, Value, parse_time};

/// The time of a value: a time, or seconds since the epoch; anything else stands for `now`.
pub(super) fn moment(value: Option<&Value<'_>>, now: i64) -> Moment {
    match value {
        Some(Value::Time(moment)) => moment.to_utc(),
        Some(Value::Int(seconds) | Value::Int64(seconds)) => Moment::utc(*seconds, 0),
        _ => Moment::from_nanos(now),
    }
}

/// Reads a time by a layout; Go's zero time if the text does not fit. What the text does not say about the zone is
/// taken from the named one.
pub(super) fn read(layout: &str, zone: &str, text: &str) -> Moment {
    let local = |clock: i64| local_zone(zone, clock);
    parse_time(layout, text, &local).unwrap_or_else(Moment::zero)
}

/// The offset (s) and the abbreviation of a zone at a local time; UTC for a zone that does not exist. A time that a change of
/// the clock leaves out, or has twice, is taken as Go takes it.
fn local_zone(zone: &str, clock: i64) -> (i32, Cow<'static, str>) {
    let utc = || (0, Cow::Borrowed("UTC"));
    let Ok(zone) = zone.parse::<Tz>() else { return utc() };
    let at = |seconds: i64| {
        let time = DateTime::from_timestamp(seconds, 0)?;
        Some(zone.offset_from_utc_datetime(&time.naive_utc()))
    };
    let guess = at(clock).map_or(0, |offset| offset.fix().local_minus_utc());
    at(clock.saturating_sub(i64::from(guess))).map_or_else(utc, |offset| {
        let name = offset.abbreviation().unwrap_or_default().to_owned();
        (offset.fix().local_minus_utc(), Cow::Owned(name))
    })
}

/// The time of a Unix timestamp, whose unit follows from the number of its digits.
pub(super) fn of_unix(text: &str) -> Result<Moment, String> {
    let wrong = |reason: &str| Err(format!("unable to parse time '{text}': {reason}"));
    let is_number =
        !text.is_empty() && text.strip_prefix(['-', '+']).unwrap_or(text).bytes().all(|b| b.is_ascii_digit());
    let Ok(number) = text.parse::<i64>() else {
        let reason = if is_number { "value out of range" } else { "invalid syntax" };
        return wrong(&format!("strconv.ParseInt: parsing {text:?}: {reason}"));
    };
    match text.len() {
        5 => Ok(Moment::utc(number * 86_400, 0)),
        10 => Ok(Moment::utc(number, 0)),
        13 => Ok(Moment::from_nanos(number * 1_000_000)),
        16 => Ok(Moment::from_nanos(number * 1_000)),
        19 => Ok(Moment::from_nanos(number)),
        _ => wrong("it has neither 5, 10, 13, 16 nor 19 digits"),
    }
}

/// Milliseconds since the epoch.
pub(super) fn unix_millis(moment: &Moment) -> i64 {
    moment.seconds.wrapping_mul(1000).wrapping_add(i64::from(moment.nanos / 1_000_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_times_are_those_of_their_zone() {
        let at = |text: &str, zone: &str| read("2006-01-02 15:04", zone, text).seconds;
        let utc = at("2026-09-22 10:00", "UTC");
        for (zone, hours) in [
            ("Europe/Vienna", -2),
            ("America/New_York", 4),
            ("Asia/Tokyo", -9),
            ("Etc/GMT+5", 5),
            ("Nowhere/Else", 0),
            ("", 0),
        ] {
            assert_eq!(at("2026-09-22 10:00", zone) - utc, hours * 3600, "{zone}");
        }
        let winter = at("2026-01-22 10:00", "Europe/Vienna") - at("2026-01-22 10:00", "UTC");
        assert_eq!(winter, -3600);
    }
}
