//! Numbers as the exposition formats write them.

/// Reads a value: a decimal number, `NaN`, `Inf`, `+Inf`, `-Inf` (any case). As in Go, `NaN` has no sign, and a number must not
/// be too large for a float.
pub fn parse(text: &str) -> Option<f64> {
    let value: f64 = text.parse().ok()?;
    let is_written_out = text.contains(|c: char| c.is_ascii_digit());
    if (value.is_nan() && text.starts_with(['+', '-'])) || (value.is_infinite() && is_written_out) {
        return None;
    }
    // One NaN only: other payloads, and the staleness marker in particular, are not for targets to send.
    Some(if value.is_nan() { f64::NAN } else { value })
}

/// The spelling that `le` and `quantile` values get: shortest digits, always recognisable as a float.
pub fn canonical(text: &str) -> Option<String> {
    parse(text).map(spelled)
}

/// A value in that spelling.
pub fn spelled(value: f64) -> String {
    if value.is_nan() {
        "NaN".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { "+Inf".to_owned() } else { "-Inf".to_owned() }
    } else {
        finite(value)
    }
}

/// Exponents below -4 and from 6 on are written as such, the way Go's shortest `%g` does.
fn finite(value: f64) -> String {
    let scientific = format!("{value:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if value != 0.0 && !(-4..6).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{digits}e{sign}{:02}", exponent.abs());
    }
    let plain = value.to_string();
    if plain.contains('.') { plain } else { format!("{plain}.0") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bucket_bounds_get_one_spelling() {
        for (given, expected) in [
            ("1", "1.0"),
            ("1.0", "1.0"),
            ("0", "0.0"),
            (".5", "0.5"),
            ("10", "10.0"),
            ("1e-5", "1e-05"),
            ("1000000", "1e+06"),
            ("123456", "123456.0"),
            ("+Inf", "+Inf"),
            ("inf", "+Inf"),
            ("0.99", "0.99"),
        ] {
            assert_eq!(canonical(given).as_deref(), Some(expected), "{given}");
        }
        assert_eq!(canonical("x"), None);
    }

    #[test]
    fn numbers_are_read_as_go_reads_them() {
        for (text, expected) in
            [("1.", 1.0), (".5", 0.5), ("+1E-3", 0.001), ("-infinity", f64::NEG_INFINITY), ("1e-999", 0.0)]
        {
            assert_eq!(parse(text), Some(expected), "{text}");
        }
        assert!(parse("nAn").is_some_and(f64::is_nan));
        for bad in ["+NaN", "-nan", "1e999", "-1e309", "0x10", "1_0", "1e", ".", "", "1,0", "--1"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
