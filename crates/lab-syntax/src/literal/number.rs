//! Numbers in Go's notation: digits may be parted by `_`, integers may be hexadecimal, octal or binary.

/// An integer in Go's notation, as `strconv.ParseInt` reads it with base 0.
pub fn integer(text: &str) -> Option<i64> {
    let magnitude = i128::from(magnitude(text)?);
    i64::try_from(if text.starts_with('-') { -magnitude } else { magnitude }).ok()
}

/// A float in Go's notation, infinite ones and `NaN` included, as `strconv.ParseFloat` reads it.
pub fn float_or_name(text: &str) -> Option<f64> {
    let name = text.strip_prefix(['+', '-']).unwrap_or(text).to_ascii_lowercase();
    match name.as_str() {
        "inf" | "infinity" => Some(if text.starts_with('-') { f64::NEG_INFINITY } else { f64::INFINITY }),
        "nan" if name.len() == text.len() => Some(f64::NAN),
        _ => float(text),
    }
}

/// The magnitude of an integer in Go's notation, whatever its sign; `None` if it is none or does not fit 64 bits.
pub fn magnitude(text: &str) -> Option<u64> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let prefix = unsigned.get(..2).unwrap_or_default().to_ascii_lowercase();
    let (base, digits) = match &*prefix {
        "0x" => (16, &unsigned[2..]),
        "0o" => (8, &unsigned[2..]),
        "0b" => (2, &unsigned[2..]),
        _ if unsigned.len() > 1 && unsigned.starts_with('0') => (8, &unsigned[1..]),
        _ => (10, unsigned),
    };
    if !underscores_separate_digits(unsigned) || digits.starts_with(['+', '-']) {
        return None;
    }
    u64::from_str_radix(&digits.replace('_', ""), base).ok()
}

/// A float in Go's notation, decimal or hexadecimal; `None` if it is none or too large.
pub fn float(text: &str) -> Option<f64> {
    if !underscores_separate_digits(text.strip_prefix(['+', '-']).unwrap_or(text)) {
        return None;
    }
    let plain = text.replace('_', "");
    let unsigned = plain.strip_prefix(['+', '-']).unwrap_or(&plain);
    let value = match unsigned.strip_prefix("0x").or_else(|| unsigned.strip_prefix("0X")) {
        Some(hexadecimal) => {
            let magnitude = hexadecimal_float(hexadecimal)?;
            if plain.starts_with('-') { -magnitude } else { magnitude }
        }
        None if unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.') => plain.parse().ok()?,
        None => return None,
    };
    value.is_finite().then_some(value)
}

/// `1.8p-3`: hexadecimal digits and an exponent of two.
fn hexadecimal_float(text: &str) -> Option<f64> {
    let (mantissa, exponent) = text.split_once(['p', 'P'])?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut value = 0.0;
    for digit in whole.chars().chain(fraction.chars()) {
        value = value * 16.0 + f64::from(digit.to_digit(16)?);
    }
    let exponent: i32 = exponent.parse().ok()?;
    Some(value * 2f64.powi(exponent.saturating_sub(4 * fraction.len() as i32)))
}

/// An underscore may stand between two digits, or between a base prefix and a digit.
fn underscores_separate_digits(unsigned: &str) -> bool {
    let lower = unsigned.to_ascii_lowercase();
    let has_prefix = ["0x", "0o", "0b"].iter().any(|prefix| lower.starts_with(prefix));
    let is_hexadecimal = lower.starts_with("0x");
    let mut before = if has_prefix { '0' } else { '^' };
    for c in lower.chars().skip(if has_prefix { 2 } else { 0 }) {
        let is_digit = c.is_ascii_digit() || (is_hexadecimal && c.is_ascii_hexdigit());
        let class = match c {
            _ if is_digit => '0',
            '_' => '_',
            _ => '!',
        };
        if (class == '_' && before != '0') || (before == '_' && class != '0') {
            return false;
        }
        before = class;
    }
    before != '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_have_the_values_that_go_gives_them() {
        let cases =
            [("0x1F", 31), ("017", 15), ("0o17", 15), ("0b11", 3), ("0x_f_f", 255), ("-1_000", -1000), ("0", 0)];
        for (text, value) in cases {
            assert_eq!(integer(text), Some(value), "{text}");
        }
        let bad = ["", "08", "1__0", "1_", "_1", "0x", "--1", "9223372036854775808", "1.5"];
        assert_eq!(bad.map(integer), [None; 9]);
        assert_eq!(integer("-9223372036854775808"), Some(i64::MIN));
    }

    #[test]
    fn floats_have_the_values_that_go_gives_them() {
        let cases =
            [("08", 8.0), ("1e1_0", 1e10), ("1_000.5", 1000.5), ("1.e3", 1000.0), (".5", 0.5), ("0x1p-2", 0.25)];
        for (text, value) in cases {
            assert_eq!(float(text), Some(value), "{text}");
        }
        assert_eq!(["", "1e999", "inf", "1_.5", "0x1.8", "e5"].map(float), [None; 6]);
        assert_eq!(float_or_name("-Inf"), Some(f64::NEG_INFINITY));
        assert!(float_or_name("nan").is_some_and(f64::is_nan));
        assert_eq!(float_or_name("-nan"), None);
    }
}
