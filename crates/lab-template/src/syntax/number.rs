//! Numbers: a constant fits every numeric type that can hold its value.

use super::literal;
use super::token::Kind;

/// The first float that is too large for 64 bits with a sign.
const TWO_TO_63: f64 = (1u64 << 63) as f64;

/// A numeric constant by the types that it fits.
#[derive(Clone, Debug, Default)]
pub(crate) struct Number {
    /// As it stands in the template.
    pub(crate) text: String,
    pub(crate) int: Option<i64>,
    pub(crate) uint: Option<u64>,
    pub(crate) float: Option<f64>,
    pub(crate) complex: Option<(f64, f64)>,
}

impl Number {
    /// Reads the text of a token.
    pub(crate) fn parse(text: &str, kind: Kind) -> Result<Self, String> {
        let illegal = || format!("illegal number syntax: {text:?}");
        let named = Self { text: text.to_owned(), ..Self::default() };
        if kind == Kind::Character {
            let code = literal::character(text)?;
            return Ok(Self { int: Some(code), uint: Some(code as u64), float: Some(code as f64), ..named });
        }
        if kind == Kind::Complex {
            let (real, imaginary) = complex(text).ok_or_else(illegal)?;
            return Ok(named.of_complex(real, imaginary));
        }
        if let Some(imaginary) = text.strip_suffix('i').and_then(float) {
            return Ok(named.of_complex(0.0, imaginary));
        }
        let magnitude = integer(text);
        let is_negative = text.starts_with('-');
        let int = magnitude.and_then(|n| i64::try_from(if is_negative { -i128::from(n) } else { i128::from(n) }).ok());
        let is_signed = text.starts_with(['+', '-']);
        let uint = magnitude.filter(|n| !is_signed || *n == 0);
        if int.is_some() || uint.is_some() {
            let float = int.map(|n| n as f64).or(uint.map(|n| n as f64));
            return Ok(Self { int, uint, float, ..named });
        }
        let value = float(text).ok_or_else(illegal)?;
        if !text.contains(['.', 'e', 'E', 'p', 'P']) {
            return Err(format!("integer overflow: {text:?}"));
        }
        Ok(named.of_float(value))
    }

    fn of_complex(self, real: f64, imaginary: f64) -> Self {
        let number = if imaginary == 0.0 { self.of_float(real) } else { self };
        Self { complex: Some((real, imaginary)), ..number }
    }

    fn of_float(self, value: f64) -> Self {
        let is_whole = value.fract() == 0.0;
        let int = (is_whole && (-TWO_TO_63..TWO_TO_63).contains(&value)).then_some(value as i64);
        let uint = (is_whole && (0.0..2.0 * TWO_TO_63).contains(&value)).then_some(value as u64);
        Self { int, uint, float: Some(value), ..self }
    }
}

/// An integer in Go's notation, as `strconv.ParseInt` reads it with base 0.
pub fn parse_integer(text: &str) -> Option<i64> {
    let magnitude = i128::from(integer(text)?);
    i64::try_from(if text.starts_with('-') { -magnitude } else { magnitude }).ok()
}

/// A float in Go's notation, infinite ones and `NaN` included, as `strconv.ParseFloat` reads it.
pub fn parse_float(text: &str) -> Option<f64> {
    let name = text.strip_prefix(['+', '-']).unwrap_or(text).to_ascii_lowercase();
    match name.as_str() {
        "inf" | "infinity" => Some(if text.starts_with('-') { f64::NEG_INFINITY } else { f64::INFINITY }),
        "nan" if name.len() == text.len() => Some(f64::NAN),
        _ => float(text),
    }
}

/// The magnitude of an integer in Go's notation; `None` if it is none or does not fit 64 bits.
fn integer(text: &str) -> Option<u64> {
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
fn float(text: &str) -> Option<f64> {
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

// `1+2i`.
fn complex(text: &str) -> Option<(f64, f64)> {
    let text = text.strip_suffix('i')?;
    let signs = text
        .char_indices()
        .skip(1)
        .filter(|(at, c)| matches!(c, '+' | '-') && !text[..*at].ends_with(['e', 'E', 'p', 'P']));
    let at = signs.map(|(at, _)| at).next()?;
    Some((float(&text[..at])?, float(&text[at..])?))
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
