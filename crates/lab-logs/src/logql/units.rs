//! Durations and sizes as LogQL writes and compares them: `1.5s`, `2h30m`, `10KB`, `1.5GiB`.

use lab_syntax::literal::{duration, number, quote};

/// The units of sizes, in lower case, and their bytes.
const SIZES: [(&str, f64); 26] = [
    ("", 1.0),
    ("b", 1.0),
    ("kib", 1024.0),
    ("ki", 1024.0),
    ("kb", 1e3),
    ("k", 1e3),
    ("mib", 1_048_576.0),
    ("mi", 1_048_576.0),
    ("mb", 1e6),
    ("m", 1e6),
    ("gib", 1_073_741_824.0),
    ("gi", 1_073_741_824.0),
    ("gb", 1e9),
    ("g", 1e9),
    ("tib", 1_099_511_627_776.0),
    ("ti", 1_099_511_627_776.0),
    ("tb", 1e12),
    ("t", 1e12),
    ("pib", 1_125_899_906_842_624.0),
    ("pi", 1_125_899_906_842_624.0),
    ("pb", 1e15),
    ("p", 1e15),
    ("eib", 1_152_921_504_606_846_976.0),
    ("ei", 1_152_921_504_606_846_976.0),
    ("eb", 1e18),
    ("e", 1e18),
];

/// Nanoseconds of a duration in Go's notation, which has no unit above the hour: what a value of a label is. The error is
/// that of Go.
pub(crate) fn go_duration(text: &str) -> Result<f64, String> {
    duration::parse(text, duration::GO).map(|nanoseconds| nanoseconds as f64).ok_or_else(|| {
        let mut rest = text.trim_start_matches(['-', '+']);
        loop {
            let number = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
            if number == 0 {
                return format!("time: invalid duration {}", in_bytes(text));
            }
            rest = &rest[number..];
            let unit = rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len());
            if unit == 0 {
                return format!("time: missing unit in duration {}", in_bytes(text));
            }
            if duration::GO.iter().all(|(known, _)| *known != &rest[..unit]) {
                return format!("time: unknown unit {} in duration {}", in_bytes(&rest[..unit]), in_bytes(text));
            }
            rest = &rest[unit..];
        }
    })
}

/// A text in quotes as Go's package `time` writes it: what is not printable ASCII stands there byte by byte.
fn in_bytes(text: &str) -> String {
    let mut quoted = String::from('"');
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => quoted.extend(['\\', byte as char]),
            b' '..0x80 => quoted.push(byte as char),
            _ => quoted.push_str(&format!("\\x{byte:02x}")),
        }
    }
    quoted.push('"');
    quoted
}

/// A number as Go reads it.
pub(crate) fn go_number(text: &str) -> Result<f64, String> {
    number::float_or_name(text).ok_or_else(|| {
        let is_too_large = text.parse::<f64>().is_ok_and(f64::is_infinite);
        let problem = if is_too_large { "value out of range" } else { "invalid syntax" };
        format!("strconv.ParseFloat: parsing {}: {problem}", quote::quote_text(text))
    })
}

/// Bytes of a size, perhaps with commas between the digits.
pub(crate) fn size(text: &str) -> Result<f64, String> {
    let unit = text.find(|c: char| !c.is_ascii_digit() && c != '.' && c != ',').unwrap_or(text.len());
    let (number, unit) = text.split_at(unit);
    let number = go_number(&number.replace(',', ""))?;
    let unit = unit.trim().to_lowercase();
    let Some((_, factor)) = SIZES.iter().find(|(name, _)| *name == unit) else {
        return Err(format!("unhandled size name: {unit}"));
    };
    let size = number * factor;
    if size >= 2f64.powi(64) { Err(format!("too large: {text}")) } else { Ok(size.trunc()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_sizes_are_read() {
        assert_eq!(go_duration("1h30m"), Ok(5400e9));
        assert_eq!((go_duration("1.5ms"), go_duration("-2s")), (Ok(1.5e6), Ok(-2e9)));
        assert!(["5", "", "5q", "m"].iter().all(|text| go_duration(text).is_err()));
        assert_eq!(size("10KB"), Ok(10_000.0));
        assert_eq!((size("1.5 KiB"), size("2,048")), (Ok(1536.0), Ok(2048.0)));
        assert_eq!(size("5 parsecs"), Err("unhandled size name: parsecs".into()));
        assert!(size("x").is_err());
    }

    #[test]
    fn what_is_no_duration_is_named_as_go_names_it() {
        assert_eq!(go_duration("1.5h"), Ok(5400e9));
        for (text, error) in [
            ("1d", "time: unknown unit \"d\" in duration \"1d\""),
            ("12", "time: missing unit in duration \"12\""),
            ("x", "time: invalid duration \"x\""),
            ("", "time: invalid duration \"\""),
            ("é\n\"", "time: invalid duration \"\\xc3\\xa9\\x0a\\\"\""),
        ] {
            assert_eq!(go_duration(text), Err(error.to_owned()));
        }
    }
}
