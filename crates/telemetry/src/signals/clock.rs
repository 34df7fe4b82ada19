//! The one place where telemetry reads the wall clock and writes instants down.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::faults;

/// The present, as log lines and exemplars state it.
pub(crate) fn now() -> SystemTime {
    faults::skewed(SystemTime::now())
}

/// Nanoseconds since 1970, as OTLP states times; 0 for anything earlier.
pub(crate) fn unix_nanos(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| u64::try_from(since.as_nanos()).unwrap_or(u64::MAX))
}

/// Appends `2026-11-22T17:15:13.000042Z`: RFC 3339, UTC, microseconds.
pub(crate) fn write_rfc3339(out: &mut Vec<u8>, time: SystemTime) {
    let nanos = unix_nanos(time);
    let (seconds, micros) = (nanos / 1_000_000_000, nanos % 1_000_000_000 / 1_000);
    let (days, second_of_day) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = civil_from_days(days);
    write_digits::<4>(out, year);
    for (separator, value) in [
        (b'-', month),
        (b'-', day),
        (b'T', second_of_day / 3_600),
        (b':', second_of_day / 60 % 60),
        (b':', second_of_day % 60),
    ] {
        out.push(separator);
        write_digits::<2>(out, value);
    }
    out.push(b'.');
    write_digits::<6>(out, micros);
    out.push(b'Z');
}

fn write_digits<const N: usize>(out: &mut Vec<u8>, mut value: u64) {
    let mut digits = [b'0'; N];
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (value % 10) as u8;
        value /= 10;
    }
    out.extend_from_slice(&digits);
}

/// Year, month and day of a day count since 1970-01-01, by the era arithmetic of the proleptic Gregorian
/// calendar: years begin in March, so that the leap day comes last.
fn civil_from_days(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn written(seconds: u64, nanos: u32) -> String {
        let mut out = Vec::new();
        write_rfc3339(&mut out, UNIX_EPOCH + Duration::new(seconds, nanos));
        String::from_utf8(out).expect("ASCII")
    }

    #[test]
    fn instants_are_written_in_utc_with_microseconds() {
        assert_eq!(written(0, 0), "1970-01-01T00:00:00.000000Z");
        assert_eq!(written(951_782_399, 999_999_999), "2000-02-28T23:59:59.999999Z");
        assert_eq!(written(951_782_400, 1_000), "2000-02-29T00:00:00.000001Z");
        assert_eq!(written(1_795_281_313, 42_000), "2026-11-21T17:15:13.000042Z");
        assert_eq!(written(4_107_542_399, 0), "2100-02-28T23:59:59.000000Z");
        assert_eq!(written(4_107_542_400, 0), "2100-03-01T00:00:00.000000Z");
    }
}
