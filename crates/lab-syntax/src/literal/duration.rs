//! Durations as Go reads them: `1h30m`, `1.5s`, `-100us`.

/// A unit and its length in nanoseconds.
pub type Unit = (&'static str, u64);

const UNITS: [Unit; 11] = [
    ("ns", 1),
    ("us", 1_000),
    ("\u{b5}s", 1_000),
    ("\u{3bc}s", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
    ("d", 86_400_000_000_000),
    ("w", 604_800_000_000_000),
    ("y", 31_536_000_000_000_000),
];

/// The units of Go's `time.ParseDuration`.
pub const GO: &[Unit] = UNITS.split_at(8).0;
/// Days and weeks besides.
pub const WITH_WEEKS: &[Unit] = UNITS.split_at(10).0;
/// Days, weeks and years of 365 days besides.
pub const WITH_YEARS: &[Unit] = &UNITS;

/// Nanoseconds; `None` if the text is no duration in these units, or too long a time. Parts come in any order, and
/// only 0 may lack its unit.
pub fn parse(text: &str, units: &[Unit]) -> Option<i64> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if unsigned == "0" {
        return Some(0);
    }
    if unsigned.is_empty() {
        return None;
    }
    let mut total = 0u64;
    let mut rest = unsigned;
    while !rest.is_empty() {
        let number = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.').len();
        let (number, after) = rest.split_at(number);
        let unit = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (unit, after) = after.split_at(unit);
        let (_, length) = units.iter().find(|(name, _)| *name == unit)?;
        total = total.checked_add(nanoseconds(number, *length)?)?;
        rest = after;
    }
    let limit = i64::MAX as u64 + u64::from(text.starts_with('-'));
    let total = (total <= limit).then_some(total)?;
    Some(if text.starts_with('-') { (total as i64).wrapping_neg() } else { total as i64 })
}

fn nanoseconds(number: &str, unit: u64) -> Option<u64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
        return None;
    }
    let whole = if whole.is_empty() { 0 } else { whole.parse::<u64>().ok()? };
    // More than eighteen digits are below a nanosecond of any unit.
    let fraction = fraction.get(..18).unwrap_or(fraction);
    let part = if fraction.is_empty() {
        0
    } else {
        (u128::from(fraction.parse::<u64>().ok()?) * u128::from(unit) / 10u128.pow(fraction.len() as u32)) as u64
    };
    whole.checked_mul(unit)?.checked_add(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_exact_to_the_nanosecond() {
        let cases = [
            ("100ms", 100_000_000),
            ("-1.5s", -1_500_000_000),
            ("30m1h", 5_400_000_000_000),
            ("10\u{b5}s", 10_000),
            ("0", 0),
            (".5s", 500_000_000),
            ("2562047h47m16.854775807s", i64::MAX),
            ("-2562047h47m16.854775808s", i64::MIN),
        ];
        for (text, nanoseconds) in cases {
            assert_eq!(parse(text, GO), Some(nanoseconds), "{text}");
        }
        let bad = ["", "5", "s", ".s", "1x", "1.2.3s", "99999999999h", "2562047h47m16.854775808s", "- 1s"];
        assert_eq!(bad.map(|text| parse(text, GO)), [None; 9]);
    }

    #[test]
    fn each_table_knows_the_units_of_its_language() {
        let read = |text| [GO, WITH_WEEKS, WITH_YEARS].map(|units| parse(text, units).is_some());
        assert_eq!((read("1h"), read("1w"), read("1y")), ([true; 3], [false, true, true], [false, false, true]));
    }
}
