//! Classes of characters, as Go's package `unicode` sorts them.

use std::sync::LazyLock;

use regex::Regex;

/// A letter or a decimal digit of any script, or the underscore: what names consist of.
pub(crate) fn is_name_character(c: char) -> bool {
    static NAME: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^[\p{L}\p{Nd}]$").ok());
    if c.is_ascii() {
        return c == '_' || c.is_ascii_alphanumeric();
    }
    NAME.as_ref().is_some_and(|class| class.is_match(c.encode_utf8(&mut [0; 4])))
}

/// The upper-case letter, where there is one that is a single character, as in Go.
pub fn upper(c: char) -> char {
    let mut upper = c.to_uppercase();
    if upper.len() == 1 { upper.next().unwrap_or(c) } else { c }
}

/// The lower-case letter, where there is one that is a single character, as in Go.
pub fn lower(c: char) -> char {
    let mut lower = c.to_lowercase();
    if lower.len() == 1 { lower.next().unwrap_or(c) } else { c }
}

/// The first character of some bytes and its length; a byte that is not UTF-8 is a character of its own, `None`.
pub(crate) fn first_char(bytes: &[u8]) -> (Option<char>, usize) {
    let most = bytes.len().min(4);
    for length in 1..=most {
        if let Some(text) = bytes.get(..length).and_then(|part| std::str::from_utf8(part).ok()) {
            return (text.chars().next(), length);
        }
    }
    (None, most.min(1))
}

/// The characters of some bytes, each with its length; those that are not UTF-8 are `None`.
pub(crate) fn chars(mut bytes: &[u8]) -> impl Iterator<Item = (Option<char>, &[u8])> {
    std::iter::from_fn(move || {
        if bytes.is_empty() {
            return None;
        }
        let (found, length) = first_char(bytes);
        let (taken, rest) = bytes.split_at(length);
        bytes = rest;
        Some((found, taken))
    })
}
