//! Functions of times. The lab's local time is UTC on every machine.

use std::borrow::Cow;

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

/// The offset and the abbreviation of a zone at a local time; UTC for a zone that does not exist.
fn local_zone(_zone: &str, _clock: i64) -> (i32, Cow<'static, str>) {
    (0, Cow::Borrowed("UTC"))
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
