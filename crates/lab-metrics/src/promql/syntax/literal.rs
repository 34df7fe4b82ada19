//! Numbers, durations and strings: from their spelling to their value, in the words of Prometheus where they are wrong.

use lab_syntax::literal::character::code_point;
use lab_syntax::literal::dialect::PROMQL;
use lab_syntax::literal::number::{float_or_name, integer};
use lab_syntax::literal::string::{self, Problem};

use crate::promql::syntax::ast::Number;

/// The seconds that fit into the 64 bits of nanoseconds in which Prometheus keeps durations.
pub(super) const MAX_SECONDS: f64 = 9_223_372_036.854_776;

/// The value of a number or a duration; which one the whole word tells.
pub(super) fn number_or_duration(word: &str) -> Result<Number, String> {
    match (number(word), duration(word)) {
        (Ok(value), _) => Ok(Number { value, is_duration: false }),
        (_, Ok(value)) => Ok(Number { value, is_duration: true }),
        // A duration that is too long has its unit.
        (_, Err(message)) if word.ends_with(['s', 'm', 'h', 'd', 'w', 'y']) => Err(message),
        (Err(message), _) => Err(message),
    }
}

/// The value of a number. Of Go's notations only those that Prometheus reads: decimal, `0x1f` and `017`.
fn number(text: &str) -> Result<f64, String> {
    let bad = || format!("bad number or duration syntax: {text:?}");
    let is_foreign =
        text.contains(['o', 'O', 'p', 'P']) || text.starts_with(['0']) && text[1..].starts_with(['b', 'B']);
    if is_foreign {
        return Err(bad());
    }
    let is_too_large = || text.parse().is_ok_and(f64::is_infinite);
    let value = integer(text).map(|value| value as f64).or_else(|| float_or_name(text));
    value.ok_or_else(|| if is_too_large() { format!("the number {text} is too large") } else { bad() })
}

/// The seconds of a duration token such as `1h30m`.
fn duration(text: &str) -> Result<f64, String> {
    let bad = |_| format!("bad number or duration syntax: {text:?}");
    let seconds = lab_model::duration::parse(text).map_err(bad)?.as_secs_f64();
    if seconds > MAX_SECONDS { Err("duration out of range".to_owned()) } else { Ok(seconds) }
}

/// The bytes of the string with which `text` begins, and its length with its quotes.
pub(super) fn string(text: &str) -> Result<(Vec<u8>, usize), String> {
    string::read(text, &PROMQL).map_err(|mistake| match mistake.problem {
        Problem::Unterminated if text.starts_with('`') => "unterminated raw string".to_owned(),
        Problem::Unterminated => "unterminated quoted string".to_owned(),
        Problem::UnfinishedEscape => "escape sequence not terminated".to_owned(),
        Problem::UnknownEscape(c) => format!("unknown escape sequence {}", code_point(c)),
        Problem::NoDigit(c) => format!("illegal character {} in escape sequence", code_point(c)),
        Problem::NoCharacter => "escape sequence is an invalid Unicode code point".to_owned(),
        Problem::ReplacementCharacter => "invalid UTF-8 rune".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_values_that_prometheus_gives_them() {
        let cases = [("0x1F", 31.0), ("017", 15.0), ("08", 8.0), ("1e1_0", 1e10), ("1_000.5", 1000.5), (".5", 0.5)];
        for (text, value) in cases {
            assert_eq!(number(text), Ok(value), "{text}");
        }
        assert_eq!(number("Inf"), Ok(f64::INFINITY));
        assert_eq!(number("99999999999999999999"), Ok(1e20));
        for text in ["0b1", "0o7", "0x1p4", "0x1P4", "1__0", "1_", "1e"] {
            assert_eq!(number(text), Err(format!("bad number or duration syntax: {text:?}")));
        }
        assert_eq!(number("1e999"), Err("the number 1e999 is too large".to_owned()));
    }
}
