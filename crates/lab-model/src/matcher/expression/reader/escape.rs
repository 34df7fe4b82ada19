//! Characters and classes that a backslash names, and how characters are written.

use crate::matcher::expression::error::ExpressionError;

/// What means more than itself in the syntax of the crate.
const SPECIAL: &str = r"\.+*?()|[]{}^$#&-~";
/// A class of nothing, in place of a character that no text can hold.
pub(super) const NOTHING: &str = r"[^\x{0}-\x{10FFFF}]";
/// A class of everything.
pub(super) const ANYTHING: &str = r"[\x{0}-\x{10FFFF}]";
/// The classes of Perl, which are those of ASCII in Go.
const PERL: [(char, &str); 6] = [
    ('d', "[0-9]"),
    ('D', "[^0-9]"),
    ('w', "[0-9A-Za-z_]"),
    ('W', "[^0-9A-Za-z_]"),
    ('s', r"[\t\n\x0c\r ]"),
    ('S', r"[^\t\n\x0c\r ]"),
];

/// A character by its code, outside a class.
pub(super) fn literal(code: u32) -> String {
    match char::from_u32(code) {
        None => NOTHING.to_owned(),
        Some(c) if SPECIAL.contains(c) => format!(r"\{c}"),
        Some(c) if c.is_control() => format!(r"\x{{{code:x}}}"),
        Some(c) => c.to_string(),
    }
}

/// The character behind a backslash names a class of Perl.
pub(super) fn is_perl_class(c: char) -> bool {
    PERL.iter().any(|(name, _)| *name == c)
}

/// The class of Perl with this name; it is the same inside brackets.
pub(super) fn perl_class(c: char) -> &'static str {
    PERL.iter().find(|(name, _)| *name == c).map_or("", |(_, class)| class)
}

/// The code of the character that `text` names behind its backslash, and what follows it.
pub(super) fn escape(text: &str) -> Result<(u32, &str), ExpressionError> {
    let mut rest = text[1..].chars();
    let Some(c) = rest.next() else { return Err(ExpressionError::new("trailing backslash at end of expression", "")) };
    let is_octal = |c: Option<char>| c.is_some_and(|c| c.is_digit(8));
    let code = match c {
        '0' => return Ok(octal(0, rest.as_str())),
        '1'..='7' if is_octal(rest.clone().next()) => return Ok(octal(u32::from(c) - u32::from('0'), rest.as_str())),
        'x' => hexadecimal(&mut rest),
        'a' => Some(0x07),
        'f' => Some(0x0c),
        'n' => Some(0x0a),
        'r' => Some(0x0d),
        't' => Some(0x09),
        'v' => Some(0x0b),
        _ if c.is_ascii() && !c.is_ascii_alphanumeric() => Some(u32::from(c)),
        _ => None,
    };
    let rest = rest.as_str();
    let wrong = || ExpressionError::new("invalid escape sequence", &text[..text.len() - rest.len()]);
    Ok((code.ok_or_else(wrong)?, rest))
}

/// The code that begins with this digit and has up to two more.
fn octal(mut code: u32, text: &str) -> (u32, &str) {
    let mut rest = text;
    for _ in 0..2 {
        let Some(digit) = rest.chars().next().and_then(|c| c.to_digit(8)) else { break };
        code = code * 8 + digit;
        rest = &rest[1..];
    }
    (code, rest)
}

/// A code of two digits, or of any number of them in braces.
fn hexadecimal(rest: &mut std::str::Chars<'_>) -> Option<u32> {
    let first = rest.next()?;
    if first != '{' {
        let second = rest.next()?;
        return Some(first.to_digit(16)? * 16 + second.to_digit(16)?);
    }
    let mut code = None;
    for c in rest.by_ref() {
        if c == '}' {
            return code;
        }
        let value = code.unwrap_or(0) * 16 + c.to_digit(16)?;
        code = Some(value).filter(|value| *value <= u32::from(char::MAX));
        code?;
    }
    None
}
