//! Durations as Prometheus writes them: `0`, `500ms`, `1h30m`, `30d`, `100y`. Units go from large to
//! small, each at most once; a day is 24 hours and a year 365 days.

use std::fmt::Write as _;
use std::time::Duration;

/// Unit and its length in milliseconds, longest first.
const UNITS: [(&str, u64); 7] = [
    ("y", 365 * 24 * 3_600_000),
    ("w", 7 * 24 * 3_600_000),
    ("d", 24 * 3_600_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

/// Why a text is no duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a valid duration: {0:?} (expected for example 500ms, 1s, 2m, 24h, 30d)")]
pub struct DurationError(String);

/// Reads a duration.
pub fn parse(text: &str) -> Result<Duration, DurationError> {
    let fail = || DurationError(text.to_owned());
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    let (mut rest, mut total, mut next_unit) = (text, 0_u64, 0);
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let letters = rest[digits..].bytes().take_while(u8::is_ascii_alphabetic).count();
        let number: u64 = rest[..digits].parse().map_err(|_| fail())?;
        let unit = &rest[digits..digits + letters];
        let at = (next_unit..UNITS.len()).find(|at| UNITS[*at].0 == unit).ok_or_else(fail)?;
        total = number.checked_mul(UNITS[at].1).and_then(|ms| total.checked_add(ms)).ok_or_else(fail)?;
        (rest, next_unit) = (&rest[digits + letters..], at + 1);
    }
    if text.is_empty() { Err(fail()) } else { Ok(Duration::from_millis(total)) }
}

/// Writes a duration so that [`parse`] reads it back; parts below a millisecond are cut off.
pub fn format(duration: Duration) -> String {
    let mut rest = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    if rest == 0 {
        return "0s".to_owned();
    }
    let mut text = String::new();
    for (unit, length) in UNITS {
        // Years and weeks only where they come out even, as Prometheus prints them.
        let exact_only = matches!(unit, "y" | "w");
        if rest >= length && (!exact_only || rest % length == 0) {
            let _ = write!(text, "{}{unit}", rest / length);
            rest %= length;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn durations_are_read() {
        let ms = |text| parse(text).map(|d| d.as_millis());
        assert_eq!(ms("0"), Ok(0));
        assert_eq!(ms("500ms"), Ok(500));
        assert_eq!(ms("1h30m"), Ok(5_400_000));
        assert_eq!(ms("100y"), Ok(100 * 365 * 86_400_000));
        for bad in ["", "5", "m", "1x", "1m1h", "1s1s", "-1s", "1.5s", " 1s", "99999999999999999999s", "9999999999999y"]
        {
            assert!(parse(bad).is_err(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(ms in 0_u64..1 << 45) {
            let duration = Duration::from_millis(ms);
            prop_assert_eq!(parse(&format(duration)), Ok(duration));
        }

        #[test]
        fn no_text_panics(text in ".{0,12}") {
            let _ = parse(&text);
        }
    }
}
