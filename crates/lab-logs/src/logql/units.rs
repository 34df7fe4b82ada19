//! Durations and sizes as LogQL writes and compares them: `1.5s`, `2h30m`, `10KB`, `1.5GiB`.

/// The units of durations and their nanoseconds.
const DURATIONS: [(&str, f64); 11] = [
    ("ns", 1.0),
    ("us", 1e3),
    ("µs", 1e3),
    ("μs", 1e3),
    ("ms", 1e6),
    ("s", 1e9),
    ("m", 60e9),
    ("h", 3600e9),
    ("d", 86_400e9),
    ("w", 7.0 * 86_400e9),
    ("y", 365.0 * 86_400e9),
];

/// The units of sizes in lower case and their bytes, as `go-humanize` reads them.
const SIZES: [(&str, f64); 14] = [
    ("b", 1.0),
    ("kb", 1e3),
    ("mb", 1e6),
    ("gb", 1e9),
    ("tb", 1e12),
    ("pb", 1e15),
    ("k", 1e3),
    ("m", 1e6),
    ("g", 1e9),
    ("kib", 1024.0),
    ("mib", 1_048_576.0),
    ("gib", 1_073_741_824.0),
    ("tib", 1_099_511_627_776.0),
    ("pib", 1_125_899_906_842_624.0),
];

/// Nanoseconds of a duration; parts in any order, decimals allowed, as in Go.
pub(crate) fn duration(text: &str) -> Option<f64> {
    let (sign, mut rest) = text.strip_prefix('-').map_or((1.0, text), |rest| (-1.0, rest));
    if rest == "0" {
        return Some(0.0);
    }
    let mut total = 0.0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let (number, after) = leading_number(rest)?;
        let length = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let unit = &after[..length];
        let (_, factor) = DURATIONS.iter().find(|(name, _)| *name == unit)?;
        total += number * factor;
        rest = &after[length..];
    }
    (total.abs() < 9e18).then_some(sign * total)
}

/// Bytes of a size.
pub(crate) fn bytes(text: &str) -> Option<f64> {
    let (number, unit) = leading_number(text)?;
    let unit = unit.trim().to_ascii_lowercase();
    let factor = if unit.is_empty() { 1.0 } else { SIZES.iter().find(|(name, _)| *name == unit)?.1 };
    Some(number * factor)
}

fn leading_number(text: &str) -> Option<(f64, &str)> {
    let length = text.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
    let (number, rest) = text.split_at(length);
    Some((number.parse().ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_sizes_are_read() {
        assert_eq!(duration("1h30m"), Some(5400e9));
        assert_eq!(duration("1.5ms"), Some(1.5e6));
        assert_eq!(duration("-2s"), Some(-2e9));
        assert_eq!((duration("5"), duration(""), duration("5q"), duration("m")), (None, None, None, None));
        assert_eq!(bytes("10KB"), Some(10_000.0));
        assert_eq!(bytes("1.5 KiB"), Some(1536.0));
        assert_eq!((bytes("x"), bytes("5 parsecs")), (None, None));
    }
}
