//! Functions of texts.

use base64::Engine as _;
use base64::alphabet::STANDARD as ALPHABET;
use base64::engine::general_purpose::{GeneralPurpose, PAD, STANDARD};
use lab_model::Expression;
use lab_model::expression;
use lab_template::{Budget, Patterns, replace_all};

/// Cut or filled up with spaces to so many characters; `is_right` keeps the end and fills in front.
pub(super) fn align(width: i64, text: &str, is_right: bool, budget: &mut Budget) -> Result<String, String> {
    let Ok(width) = usize::try_from(width) else { return Ok(text.to_owned()) };
    let length = text.chars().count();
    let missing = width.saturating_sub(length);
    budget.reserve(missing)?;
    let space = " ".repeat(missing);
    Ok(match is_right {
        false if missing > 0 => format!("{text}{space}"),
        false => text.chars().take(width).collect(),
        true if missing > 0 => format!("{space}{text}"),
        true => text.chars().skip(length - width).collect(),
    })
}

/// The first bytes of a text, or with a negative count the last ones.
pub(super) fn truncate(count: i64, text: &[u8]) -> Vec<u8> {
    let length = text.len() as i64;
    let part = match count {
        ..0 if length + count > 0 => text.get((length + count) as usize..),
        0.. if length > count => text.get(..count as usize),
        _ => Some(text),
    };
    part.unwrap_or(text).to_vec()
}

/// The bytes from one place to another, as Go's slices have them.
pub(super) fn part(start: i64, end: i64, text: &[u8]) -> Result<Vec<u8>, String> {
    let length = text.len() as i64;
    let outside = |what: String| format!("runtime error: slice bounds out of range {what}");
    let (start, end) = match (start, end) {
        (..0, ..0) => return Err(outside(format!("[:{end}]"))),
        (..0, _) if end > length => return Err(outside(format!("[:{end}] with length {length}"))),
        (..0, _) => (0, end),
        (_, _) if end < 0 || end > length => (start, length),
        _ => (start, end),
    };
    if start > end {
        return Err(outside(format!("[{start}:{end}]")));
    }
    Ok(text.get(start as usize..end as usize).unwrap_or_default().to_vec())
}

/// A text so many times.
pub(super) fn repeat(count: i64, text: &str, budget: &mut Budget) -> Result<String, String> {
    let count = usize::try_from(count).map_err(|_| "strings: negative Repeat count".to_owned())?;
    budget.reserve(text.len().saturating_mul(count))?;
    Ok(text.repeat(count))
}

/// Every line behind so many spaces.
pub(super) fn indent(spaces: i64, text: &str, budget: &mut Budget) -> Result<String, String> {
    let lines = text.matches('\n').count() + 1;
    budget.reserve(usize::try_from(spaces).unwrap_or(0).saturating_mul(lines))?;
    let space = repeat(spaces, " ", budget)?;
    Ok(format!("{space}{}", text.replace('\n', &format!("\n{space}"))))
}

/// Replaces so many occurrences; a negative count means all.
pub(super) fn replace(text: &str, old: &str, new: &str, count: i64, budget: &mut Budget) -> Result<String, String> {
    let found = text.matches(old).count();
    let most = usize::try_from(count).map_or(found, |count| count.min(found));
    budget.reserve(text.len().saturating_add(new.len().saturating_mul(most)))?;
    Ok(text.replacen(old, new, most))
}

/// Raises the first letter of each word.
pub(super) fn title(text: &str) -> String {
    let mut before = ' ';
    let raise = |c: char| {
        let separates = match before {
            '0'..='9' | 'a'..='z' | 'A'..='Z' | '_' => false,
            _ if before.is_ascii() => true,
            _ => before.is_whitespace(),
        };
        before = c;
        if separates { lab_template::upper(c) } else { c }
    };
    text.chars().map(raise).collect()
}

/// Replaces every match of an expression, with the groups of the match or with the text as it is.
pub(super) fn regex_replace(
    (pattern, text, new): (&str, &str, &str),
    is_literal: bool,
    budget: &mut Budget,
) -> Result<String, String> {
    let regex = regex(pattern)?;
    let new = if is_literal { new.into() } else { regex.replacement(new) };
    replace_all(&regex, text, &new, is_literal, budget)
}

/// How often an expression matches.
pub(super) fn count(pattern: &str, text: &str) -> Result<i64, String> {
    Ok(regex(pattern)?.find_iter(text).count() as i64)
}

/// The expressions of all queries that were used last.
static PATTERNS: Patterns<Expression> =
    Patterns::new(|pattern| expression::anywhere(pattern).map_err(|error| error.to_string()), Expression::bytes);

fn regex(pattern: &str) -> Result<Expression, String> {
    PATTERNS.get(pattern)
}

/// What a text of a URL's query stands for.
pub(super) fn url_decode(text: &str) -> Result<Vec<u8>, String> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'+' => out.push(b' '),
            b'%' => {
                let digits = bytes.get(at + 1..at + 3).and_then(|digits| std::str::from_utf8(digits).ok());
                let code = digits.filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
                let code = code.and_then(|digits| u8::from_str_radix(digits, 16).ok());
                let Some(code) = code else {
                    let wrong = String::from_utf8_lossy(&bytes[at..bytes.len().min(at + 3)]);
                    return Err(format!("invalid URL escape {wrong:?}"));
                };
                out.push(code);
                at += 2;
            }
            _ => out.push(*byte),
        }
        at += 1;
    }
    Ok(out)
}

pub(super) fn base64_encode(text: &[u8]) -> String {
    STANDARD.encode(text)
}

/// What a text in base64 stands for, or in its place what is wrong with it.
pub(super) fn base64_decode(text: &[u8]) -> Vec<u8> {
    let mut padded: Vec<u8> = text.to_vec();
    if !matches!(padded.len() % 4, 0 | 1) {
        padded.resize(padded.len().next_multiple_of(4), b'=');
    }
    // Line ends are skipped, and the bits that the padding leaves over are not looked at.
    let places: Vec<usize> = (0..padded.len()).filter(|at| !matches!(padded[*at], b'\r' | b'\n')).collect();
    let plain: Vec<u8> = places.iter().map(|at| padded[*at]).collect();
    let engine = GeneralPurpose::new(&ALPHABET, PAD.with_decode_allow_trailing_bits(true));
    engine.decode(&plain).unwrap_or_else(|_| {
        let at = first_wrong(&plain);
        let at = places.get(at).copied().unwrap_or(padded.len());
        format!("illegal base64 data at input byte {at}").into_bytes()
    })
}

/// The first byte that cannot stand where it does.
fn first_wrong(text: &[u8]) -> usize {
    let is_digit = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let digits = text.iter().take_while(|byte| is_digit(byte)).count();
    let padding = text[digits..].iter().take_while(|byte| **byte == b'=').count();
    match (digits % 4, padding) {
        (2, 2) | (3, 1) if digits + padding < text.len() => digits + padding,
        (2, 1) if digits + 1 < text.len() => digits + 1,
        (0 | 1, _) if digits < text.len() => digits,
        _ if digits == text.len() => digits - digits % 4,
        _ => digits,
    }
}
