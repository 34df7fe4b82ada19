//! Durations as Go writes them, from nanoseconds up: `1h30m`, `1.5s`, `100us`, and days (`1d`) and weeks.

/// Units and their length in nanoseconds, longer names before their beginnings.
const UNITS: [(&str, f64); 9] = [
    ("ns", 1.0),
    ("us", 1e3),
    ("µs", 1e3),
    ("ms", 1e6),
    ("s", 1e9),
    ("m", 60e9),
    ("h", 3600e9),
    ("d", 86_400e9),
    ("w", 604_800e9),
];

/// Nanoseconds; `None` if the text is no duration.
pub fn parse(text: &str) -> Option<i64> {
    let (mut rest, mut total) = (text, 0.0);
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').filter(|digits| *digits > 0)?;
        let number: f64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let (unit, length) = UNITS.into_iter().find(|(unit, _)| rest.starts_with(unit))?;
        total += number * length;
        rest = &rest[unit.len()..];
    }
    (!text.is_empty() && total <= i64::MAX as f64).then_some(total as i64)
}

/// Writes nanoseconds so that [`parse`] reads them back: `1h30m`, `1.5s`, `100us`, `0s`.
pub fn format(nanoseconds: i64) -> String {
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let mut rest = nanoseconds.unsigned_abs();
    if rest < 1_000_000_000 {
        let (unit, length) = match rest {
            0 => return "0s".to_owned(),
            1_000_000.. => ("ms", 1_000_000),
            1_000.. => ("us", 1_000),
            _ => ("ns", 1),
        };
        return format!("{sign}{}{unit}", decimal(rest, length));
    }
    let mut text = sign.to_owned();
    for (unit, length) in [("h", 3_600_000_000_000), ("m", 60_000_000_000)] {
        if rest >= length {
            text += &(rest / length).to_string();
            text += unit;
            rest %= length;
        }
    }
    if rest > 0 {
        text += &decimal(rest, 1_000_000_000);
        text.push('s');
    }
    text
}

/// `value / unit` without trailing zeros; `unit` is a power of ten.
fn decimal(value: u64, unit: u64) -> String {
    let (whole, fraction) = (value / unit, value % unit);
    if fraction == 0 {
        return whole.to_string();
    }
    let width = unit.ilog10() as usize;
    format!("{whole}.{fraction:0width$}").trim_end_matches('0').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn durations_are_read_and_written() {
        for (text, nanoseconds, written) in [
            ("100ms", 100_000_000, "100ms"),
            ("1.5s", 1_500_000_000, "1.5s"),
            ("90m", 5_400_000_000_000, "1h30m"),
            ("10µs", 10_000, "10us"),
            ("1d", 86_400_000_000_000, "24h"),
            ("0s", 0, "0s"),
        ] {
            assert_eq!(parse(text), Some(nanoseconds), "{text}");
            assert_eq!(format(nanoseconds), written);
        }
        assert_eq!(["", "5", "s", "1x", "1.2.3s", "99999999999w"].map(parse), [None; 6]);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(nanoseconds in 0_i64..1_000_000_000_000_000) {
            prop_assert_eq!(parse(&format(nanoseconds)), Some(nanoseconds));
        }
    }
}
