//! Numbers, durations and strings: from their spelling to their value, and strings back.

use std::fmt::Write as _;

/// The seconds that fit into the 64 bits of nanoseconds in which Prometheus keeps durations.
pub(super) const MAX_SECONDS: f64 = 9_223_372_036.854_776;

/// The value of a number.
///
/// Whole numbers may be octal (`017`) and hexadecimal (`0x1f`); digits may be parted by `_`.
pub(super) fn number(text: &str) -> Result<f64, String> {
    let plain = text.replace('_', "").to_ascii_lowercase();
    let hexadecimal = plain.strip_prefix("0x");
    let integer = |digits: &str, radix| i64::from_str_radix(digits, radix).ok().map(|value| value as f64);
    let octal = plain.strip_prefix('0').and_then(|digits| integer(digits, 8));
    let value = match hexadecimal {
        Some(digits) => integer(digits, 16),
        None => octal.or_else(|| plain.parse().ok()),
    };
    let is_digit = |byte: &u8| byte.is_ascii_digit() || (hexadecimal.is_some() && byte.is_ascii_hexdigit());
    let parts =
        |triple: &[u8]| triple[1] != b'_' || ((is_digit(&triple[0]) || triple[0] | 32 == b'x') && is_digit(&triple[2]));
    let is_parted_well = !text.ends_with('_') && text.as_bytes().windows(3).all(parts);
    match value {
        Some(value) if value.is_infinite() && plain != "inf" => Err(format!("the number {text} is too large")),
        Some(value) if is_parted_well => Ok(value),
        _ => Err(format!("bad number or duration syntax: {text:?}")),
    }
}

/// The seconds of a duration token such as `1h30m`.
pub(super) fn duration(text: &str) -> Result<f64, String> {
    let bad = |_| format!("bad number or duration syntax: {text:?}");
    let seconds = lab_model::duration::parse(text).map_err(bad)?.as_secs_f64();
    if seconds > MAX_SECONDS { Err("duration out of range".to_owned()) } else { Ok(seconds) }
}

/// The bytes of a string as Prometheus' JSON shows them: each byte that is not UTF-8 as U+FFFD.
pub fn shown(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    text
}

/// The bytes of the string with which `text` begins, and its length with its quotes.
pub(super) fn string(text: &str) -> Result<(Vec<u8>, usize), String> {
    let mut chars = text.char_indices();
    let quote = chars.next().map_or('"', |(_, quote)| quote);
    let raw = quote == '`';
    let mut bytes = Vec::new();
    while let Some((at, c)) = chars.next() {
        match c {
            '\u{fffd}' => return Err("invalid UTF-8 rune".to_owned()),
            '\n' if !raw => break,
            '\\' if !raw => escaped(&mut chars, quote, &mut bytes)?,
            c if c == quote => return Ok((bytes, at + c.len_utf8())),
            c => push(c, &mut bytes),
        }
    }
    Err(if raw { "unterminated raw string" } else { "unterminated quoted string" }.to_owned())
}

/// Reads the escape sequence behind a backslash.
fn escaped(chars: &mut std::str::CharIndices<'_>, quote: char, bytes: &mut Vec<u8>) -> Result<(), String> {
    const UNFINISHED: &str = "escape sequence not terminated";
    let (_, c) = chars.next().ok_or(UNFINISHED)?;
    let (start, digits, radix) = match c {
        _ if c == quote => (u32::from(c), 0, 16),
        '0'..='7' => (c.to_digit(8).unwrap_or_default(), 2, 8),
        'x' => (0, 2, 16),
        'u' => (0, 4, 16),
        'U' => (0, 8, 16),
        c => {
            let short = SHORT.iter().find(|(letter, _)| *letter == c);
            let (_, meant) = short.ok_or_else(|| format!("unknown escape sequence {}", code_point(c)))?;
            (u32::from(*meant), 0, 16)
        }
    };
    let mut code = u64::from(start);
    for _ in 0..digits {
        let (_, c) = chars.next().ok_or(UNFINISHED)?;
        let digit = c.to_digit(radix);
        let digit = digit.ok_or_else(|| format!("illegal character {} in escape sequence", code_point(c)))?;
        code = code * u64::from(radix) + u64::from(digit);
    }
    let is_byte = matches!(c, '0'..='7' | 'x');
    match (u8::try_from(code), u32::try_from(code).ok().and_then(char::from_u32)) {
        // Such a byte need not be UTF-8.
        (Ok(byte), _) if is_byte => bytes.push(byte),
        (_, Some(c)) if !is_byte => push(c, bytes),
        _ => return Err("escape sequence is an invalid Unicode code point".to_owned()),
    }
    Ok(())
}

/// The escape sequences of one letter, and what they stand for.
const SHORT: [(char, char); 8] =
    [('a', '\x07'), ('b', '\x08'), ('f', '\x0c'), ('n', '\n'), ('r', '\r'), ('t', '\t'), ('v', '\x0b'), ('\\', '\\')];

// `U+0071 'q'`
fn code_point(c: char) -> String {
    let code = format!("U+{:04X}", u32::from(c));
    if c.is_control() { code } else { format!("{code} {c:?}") }
}

fn push(c: char, bytes: &mut Vec<u8>) {
    bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

/// The bytes as a string in double quotes, in the spelling of Go's `strconv.Quote`: bytes that are not UTF-8 and
/// characters that cannot be printed are escaped. So is U+FFFD, which a string may not hold as it is.
pub(crate) fn quote(bytes: &[u8]) -> String {
    let mut quoted = String::with_capacity(bytes.len() + 2);
    quoted.push('"');
    for chunk in bytes.utf8_chunks() {
        chunk.valid().chars().for_each(|c| escape(c, &mut quoted));
        for byte in chunk.invalid() {
            let _ = write!(quoted, "\\x{byte:02x}");
        }
    }
    quoted.push('"');
    quoted
}

fn escape(c: char, quoted: &mut String) {
    let code = u32::from(c);
    let short = SHORT.iter().find(|(_, meant)| *meant == c).map(|(letter, _)| *letter);
    let _ = match (short.or((c == '"').then_some('"')), code) {
        (Some(letter), _) => write!(quoted, "\\{letter}"),
        _ if is_printable(c) => write!(quoted, "{c}"),
        (_, 0..=0x7f) => write!(quoted, "\\x{code:02x}"),
        (_, 0..=0xffff) => write!(quoted, "\\u{code:04x}"),
        _ => write!(quoted, "\\U{code:08x}"),
    };
}

/// True for letters, marks, numbers, punctuation, symbols and the plain space.
fn is_printable(c: char) -> bool {
    if c.is_ascii() {
        return c == ' ' || c.is_ascii_graphic();
    }
    // Behind another character, marks are left as they are.
    let text = String::from_iter(['x', c]);
    c != '\u{fffd}' && text.escape_debug().count() == 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_become_bytes_and_back() {
        let cases: [(&str, &[u8], &str); 7] = [
            (r#""a\tb""#, b"a\tb", r#""a\tb""#),
            (r"'\'\x41\101\\'", b"'AA\\", r#""'AA\\""#),
            (r#""\xff\u00ff\U0001F600""#, b"\xff\xc3\xbf\xf0\x9f\x98\x80", "\"\\xff\u{ff}\u{1f600}\""),
            (r"`a\n`", b"a\\n", r#""a\\n""#),
            (r#""\a\b\f\n\r\v\000\x7f""#, b"\x07\x08\x0c\n\r\x0b\0\x7f", r#""\a\b\f\n\r\v\x00\x7f""#),
            (r#""\ufffd\u200b\U000e0001""#, "\u{fffd}\u{200b}\u{e0001}".as_bytes(), r#""\ufffd\u200b\U000e0001""#),
            ("\"e\u{301}\"", "e\u{301}".as_bytes(), "\"e\u{301}\""),
        ];
        for (token, bytes, quoted) in cases {
            assert_eq!(string(token), Ok((bytes.to_vec(), token.len())), "{token}");
            assert_eq!(quote(bytes), quoted);
            assert_eq!(string(&quote(bytes)).map(|(read, _)| read), Ok(bytes.to_vec()));
        }
    }

    #[test]
    fn numbers_have_the_values_that_go_gives_them() {
        let cases = [
            ("0x1F", 31.0),
            ("017", 15.0),
            ("08", 8.0),
            ("0x_f_f", 255.0),
            ("1e1_0", 1e10),
            ("0", 0.0),
            ("1_000.5", 1000.5),
            ("1.e3", 1000.0),
            (".5", 0.5),
        ];
        for (text, value) in cases {
            assert_eq!(number(text), Ok(value), "{text}");
        }
        assert_eq!(number("Inf"), Ok(f64::INFINITY));
        assert_eq!(number("99999999999999999999"), Ok(1e20));
        for wrong in
            ["1e400", "0x", "0x1e+3", ".5.", "0xffffffffffffffffff", "1_", "1__0", "1_.5", "1_e5", "1._5", "5x"]
        {
            assert!(number(wrong).is_err(), "{wrong}");
        }
    }
}
