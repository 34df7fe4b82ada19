//! Durations as Go writes them, from nanoseconds up: `1h30m`, `1.5s`, `100us`, and days (`1d`) and weeks.

use lab_syntax::literal::duration;

/// Nanoseconds, exact to the last one; `None` if the text is no duration or too long a time. Unlike in Go it has no sign,
/// and 0 needs a unit: without one it is a number.
pub fn parse(text: &str) -> Option<i64> {
    let is_number = text.starts_with(['-', '+']) || text == "0";
    if is_number { None } else { duration::parse(text, duration::WITH_WEEKS) }
}

/// Writes nanoseconds as Go does, so that [`parse`] reads them back: `1h30m0s`, `1.5s`, `100µs`, `0s`.
pub fn format(nanoseconds: i64) -> String {
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let mut rest = nanoseconds.unsigned_abs();
    if rest < 1_000_000_000 {
        let (unit, length) = match rest {
            0 => return "0s".to_owned(),
            1_000_000.. => ("ms", 1_000_000),
            1_000.. => ("µs", 1_000),
            _ => ("ns", 1),
        };
        return format!("{sign}{}{unit}", decimal(rest, length));
    }
    let mut text = sign.to_owned();
    let whole = rest;
    for (unit, length) in [("h", 3_600_000_000_000), ("m", 60_000_000_000)] {
        if whole >= length {
            text += &(rest / length).to_string();
            text += unit;
            rest %= length;
        }
    }
    text + &decimal(rest, 1_000_000_000) + "s"
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
            ("90m", 5_400_000_000_000, "1h30m0s"),
            ("10µs", 10_000, "10µs"),
            ("1d", 86_400_000_000_000, "24h0m0s"),
            ("0s", 0, "0s"),
            ("2h5s", 7_205_000_000_000, "2h0m5s"),
            ("1m", 60_000_000_000, "1m0s"),
            (".5s", 500_000_000, "500ms"),
            ("2562047h47m16.854775807s", i64::MAX, "2562047h47m16.854775807s"),
        ] {
            assert_eq!(parse(text), Some(nanoseconds), "{text}");
            assert_eq!(format(nanoseconds), written);
        }
        assert_eq!(
            ["", "5", "s", ".s", "1x", "1.2.3s", "99999999999w", "2562047h47m16.854775808s"].map(parse),
            [None; 8]
        );
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(nanoseconds in 0_i64..=i64::MAX) {
            prop_assert_eq!(parse(&format(nanoseconds)), Some(nanoseconds));
        }
    }
}
