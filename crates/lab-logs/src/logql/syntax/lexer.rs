//! Text to tokens: names, strings (`"…"` with Go's escapes, `` `…` `` as it stands), numbers, durations (`5m`),
//! sizes (`10KB`) and operators. `#` starts a comment.

use lab_syntax::literal::dialect::LOGQL;
use lab_syntax::literal::string::{self, Problem};
use lab_syntax::{Fault, Place, Scanner};

use crate::logql::syntax::token::{Kind, Token};
use crate::logql::units;

/// Operators, longest first.
const SYMBOLS: [&str; 29] = [
    "|=", "|~", "|>", "!=", "!~", "!>", "=~", "==", ">=", "<=", "{", "}", "(", ")", "[", "]", ",", "|", "=", ">", "<",
    "+", "-", "*", "/", "%", "^", ".", "@",
];

/// Splits a query into tokens; the last one is [`Kind::End`].
pub(crate) fn tokens(query: &str) -> Result<Vec<Token>, Fault> {
    let mut scanner = Scanner::new(query);
    let mut tokens = Vec::new();
    loop {
        skip_blank(&mut scanner);
        let start = scanner.at();
        let kind = token(&mut scanner)?;
        let end = kind == Kind::End;
        tokens.push(Token { kind, place: scanner.since(start) });
        if end {
            return Ok(tokens);
        }
    }
}

fn skip_blank(scanner: &mut Scanner<'_>) {
    scanner.take_while(char::is_whitespace);
    while scanner.peek() == Some('#') {
        scanner.take_while(|c| c != '\n');
        scanner.take_while(char::is_whitespace);
    }
}

fn token(scanner: &mut Scanner<'_>) -> Result<Kind, Fault> {
    let Some(next) = scanner.peek() else { return Ok(Kind::End) };
    if scanner.is_at_number() {
        return number(scanner);
    }
    if next.is_ascii_alphabetic() || next == '_' {
        return Ok(Kind::Name(scanner.take_while(|c| c.is_ascii_alphanumeric() || c == '_').to_owned()));
    }
    if matches!(next, '"' | '`') {
        return text(scanner);
    }
    let Some(symbol) = SYMBOLS.iter().find(|symbol| scanner.rest().starts_with(**symbol)) else {
        let place = scanner.since(scanner.at());
        return Err(Fault::new(place, format!("syntax error: unexpected character {next:?}")));
    };
    scanner.advance(symbol.len());
    Ok(Kind::Symbol(symbol))
}

/// A number, a duration or a size; which one the whole word tells.
fn number(scanner: &mut Scanner<'_>) -> Result<Kind, Fault> {
    let (start, is_hexadecimal) = (scanner.at(), scanner.rest().starts_with("0x"));
    loop {
        let part = scanner.take_while(|c| c.is_alphanumeric() || c == '.');
        let is_before_sign = !is_hexadecimal && part.ends_with(['e', 'E']) && scanner.rest().starts_with(['+', '-']);
        if !is_before_sign {
            break;
        }
        scanner.take();
    }
    let word = scanner.text_since(start);
    if let Some(number) = plain_number(word) {
        Ok(Kind::Number(number))
    } else if units::duration(word).is_some() {
        Ok(Kind::Duration(word.to_owned()))
    } else if units::size(word).is_ok() {
        Ok(Kind::Bytes(word.to_owned()))
    } else {
        let message = format!("syntax error: not a number, duration or size: {word}");
        Err(Fault::new(scanner.since(start), message))
    }
}

fn plain_number(word: &str) -> Option<f64> {
    if let Some(hex) = word.strip_prefix("0x") {
        return u64::from_str_radix(hex, 16).ok().map(|number| number as f64);
    }
    word.parse().ok()
}

fn text(scanner: &mut Scanner<'_>) -> Result<Kind, Fault> {
    let start = scanner.at();
    let bytes = string::take(scanner, &LOGQL).map_err(|mistake| {
        let at = start + mistake.at;
        let message = match mistake.problem {
            Problem::Unterminated | Problem::UnfinishedEscape => "literal not terminated",
            _ => "invalid char escape",
        };
        Fault::new(Place { start: at, end: at }, message)
    })?;
    let text = String::from_utf8(bytes).map_err(|_| {
        Fault::new(scanner.since(start), "the bytes of the string are not UTF-8, so no line and no label has them")
    })?;
    Ok(Kind::Text(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_of_digits_are_bytes_or_characters() {
        let kinds = |query| tokens(query).map(|tokens| tokens.into_iter().map(|token| token.kind).collect::<Vec<_>>());
        let text = |text: &str| Ok(vec![Kind::Text(text.to_owned()), Kind::End]);
        assert_eq!(kinds(r#""\xc3\xa9\101\u00e9\U0001f3b2""#), text("\u{e9}A\u{e9}\u{1f3b2}"));
        assert_eq!(kinds(r"`\x41`"), text(r"\x41"));
    }
}
