//! Numbers: a constant fits every numeric type that can hold its value.

use lab_syntax::literal::number::{float, magnitude};

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
        let magnitude = magnitude(text);
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
