//! Durations and sizes as LogQL writes and compares them: `1.5s`, `2h30m`, `10KB`, `1.5GiB`.

use lab_syntax::literal::duration;

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
    duration::parse(text, duration::WITH_YEARS).map(|nanoseconds| nanoseconds as f64)
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
