//! Classes in brackets.

use super::escape::{NOTHING, escape, is_perl_class, perl_class};
use super::unicode::unicode_class;
use crate::matcher::expression::error::ExpressionError;

/// The classes that have a name.
const NAMED: [&str; 14] = [
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper", "word",
    "xdigit",
];
/// The codes that are no characters.
const SURROGATES: (u32, u32) = (0xD800, 0xDFFF);

/// The class that `whole` begins with, in the other syntax, and what follows it.
pub(super) fn class(whole: &str) -> Result<(String, &str), ExpressionError> {
    let mut rest = &whole[1..];
    let is_negated = rest.starts_with('^');
    rest = rest.strip_prefix('^').unwrap_or(rest);
    let (mut members, mut is_first) = (String::new(), true);
    loop {
        if let Some(rest) = rest.strip_prefix(']').filter(|_| !is_first) {
            return Ok((written(&members, is_negated), rest));
        }
        is_first = false;
        let (member, behind) = member(rest, whole)?;
        members.push_str(&member);
        rest = behind;
    }
}

fn written(members: &str, is_negated: bool) -> String {
    match (members.is_empty(), is_negated) {
        (true, false) => NOTHING.to_owned(),
        (true, true) => r"[\x{0}-\x{10FFFF}]".to_owned(),
        (false, false) => format!("[{members}]"),
        (false, true) => format!("[^{members}]"),
    }
}

/// A class, a character or a range of characters.
fn member<'a>(text: &'a str, whole: &str) -> Result<(String, &'a str), ExpressionError> {
    if let Some((name, rest)) = text.strip_prefix("[:").and_then(|inner| inner.split_once(":]")) {
        let is_known = NAMED.contains(&name.strip_prefix('^').unwrap_or(name));
        let part = &text[..text.len() - rest.len()];
        let wrong = || ExpressionError::new("invalid character class range", part);
        return is_known.then(|| (part.to_owned(), rest)).ok_or_else(wrong);
    }
    match text.strip_prefix('\\').and_then(|text| text.chars().next()) {
        Some('p' | 'P') => return unicode_class(text),
        Some(c) if is_perl_class(c) => return Ok((perl_class(c).to_owned(), &text[2..])),
        _ => {}
    }
    let (low, mut rest) = character(text, whole)?;
    let mut high = low;
    if let Some(end) = rest.strip_prefix('-').filter(|end| !end.is_empty() && !end.starts_with(']')) {
        (high, rest) = character(end, whole)?;
    }
    if high < low {
        return Err(ExpressionError::new("invalid character class range", &text[..text.len() - rest.len()]));
    }
    Ok((range(low, high), rest))
}

fn character<'a>(text: &'a str, whole: &str) -> Result<(u32, &'a str), ExpressionError> {
    match text.chars().next() {
        None => Err(ExpressionError::new("missing closing ]", whole)),
        Some('\\') => escape(text),
        Some(c) => Ok((u32::from(c), &text[c.len_utf8()..])),
    }
}

/// The characters between two codes; codes that are no characters match nothing.
fn range(low: u32, high: u32) -> String {
    let is_none = |code: u32| (SURROGATES.0..=SURROGATES.1).contains(&code);
    let low = if is_none(low) { SURROGATES.1 + 1 } else { low };
    let high = if is_none(high) { SURROGATES.0 - 1 } else { high };
    match low.cmp(&high) {
        std::cmp::Ordering::Less => format!(r"\x{{{low:x}}}-\x{{{high:x}}}"),
        std::cmp::Ordering::Equal => format!(r"\x{{{low:x}}}"),
        std::cmp::Ordering::Greater => String::new(),
    }
}
