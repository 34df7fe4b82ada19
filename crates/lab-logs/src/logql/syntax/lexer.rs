//! Text to tokens: names, strings (`"…"` with Go's escapes, `` `…` `` as it stands), numbers, durations (`5m`),
//! sizes (`10KB`) and operators. `#` starts a comment.

use crate::logql::error::QueryError;
use crate::logql::syntax::token::{Kind, Token};
use crate::logql::units;

/// Longest query that is read, in bytes.
const LONGEST_QUERY: usize = 128 << 10;

/// Operators, longest first.
const SYMBOLS: [&str; 29] = [
    "|=", "|~", "|>", "!=", "!~", "!>", "=~", "==", ">=", "<=", "{", "}", "(", ")", "[", "]", ",", "|", "=", ">", "<",
    "+", "-", "*", "/", "%", "^", ".", "@",
];

/// Splits a query into tokens; the last one is [`Kind::End`].
pub(crate) fn tokens(query: &str) -> Result<Vec<Token>, QueryError> {
    if query.len() > LONGEST_QUERY {
        return Err(QueryError::Limit(format!("input size too long ({} > {LONGEST_QUERY})", query.len())));
    }
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(next) = query[at..].chars().next() {
        let rest = &query[at..];
        if next.is_whitespace() {
            at += next.len_utf8();
            continue;
        }
        if next == '#' {
            at += rest.find('\n').unwrap_or(rest.len());
            continue;
        }
        let (kind, length) =
            if next.is_ascii_digit() || (next == '.' && rest[1..].starts_with(|c: char| c.is_ascii_digit())) {
                number(query, at)?
            } else if next.is_ascii_alphabetic() || next == '_' {
                let length = rest.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
                (Kind::Name(rest[..length].to_owned()), length)
            } else if next == '"' || next == '`' {
                text(query, at)?
            } else if let Some(symbol) = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
                (Kind::Symbol(symbol), symbol.len())
            } else {
                return Err(QueryError::syntax(query, at, format!("syntax error: unexpected character {next:?}")));
            };
        tokens.push(Token { kind, at });
        at += length;
    }
    tokens.push(Token { kind: Kind::End, at: query.len() });
    Ok(tokens)
}

/// A number, a duration or a size; which one the whole word tells.
fn number(query: &str, at: usize) -> Result<(Kind, usize), QueryError> {
    let rest = &query[at..];
    let mut length = 0;
    let mut before = ' ';
    for c in rest.chars() {
        let exponent_sign = matches!(c, '+' | '-') && matches!(before, 'e' | 'E') && !rest.starts_with("0x");
        if !(c.is_alphanumeric() || c == '.' || exponent_sign) {
            break;
        }
        length += c.len_utf8();
        before = c;
    }
    let word = &rest[..length];
    let kind = if let Some(number) = plain_number(word) {
        Kind::Number(number)
    } else if units::duration(word).is_some() {
        Kind::Duration(word.to_owned())
    } else if units::bytes(word).is_some() {
        Kind::Bytes(word.to_owned())
    } else {
        return Err(QueryError::syntax(query, at, format!("syntax error: not a number, duration or size: {word}")));
    };
    Ok((kind, length))
}

fn plain_number(word: &str) -> Option<f64> {
    if let Some(hex) = word.strip_prefix("0x") {
        return u64::from_str_radix(hex, 16).ok().map(|number| number as f64);
    }
    word.parse().ok()
}

fn text(query: &str, at: usize) -> Result<(Kind, usize), QueryError> {
    let rest = &query[at..];
    let unterminated = || QueryError::syntax(query, at, "literal not terminated");
    if let Some(raw) = rest.strip_prefix('`') {
        let end = raw.find('`').ok_or_else(unterminated)?;
        return Ok((Kind::Text(raw[..end].to_owned()), end + 2));
    }
    let mut text = String::new();
    let mut chars = rest.char_indices().skip(1);
    while let Some((offset, c)) = chars.next() {
        match c {
            '"' => return Ok((Kind::Text(text), offset + 1)),
            '\n' => return Err(unterminated()),
            '\\' => {
                let (_, escape) = chars.next().ok_or_else(unterminated)?;
                let mut code = |digits: usize| -> Option<char> {
                    let hex: String = chars.by_ref().take(digits).map(|(_, c)| c).collect();
                    char::from_u32(u32::from_str_radix(&hex, 16).ok()?)
                };
                let meant = match escape {
                    'n' => Some('\n'),
                    't' => Some('\t'),
                    'r' => Some('\r'),
                    'a' => Some('\u{7}'),
                    'b' => Some('\u{8}'),
                    'f' => Some('\u{c}'),
                    'v' => Some('\u{b}'),
                    'x' => code(2),
                    'u' => code(4),
                    'U' => code(8),
                    '\\' | '"' | '\'' => Some(escape),
                    _ => None,
                };
                let invalid = || QueryError::syntax(query, at + offset, "invalid char escape");
                text.push(meant.ok_or_else(invalid)?);
            }
            _ => text.push(c),
        }
    }
    Err(unterminated())
}
