//! Numbers, durations and strings: from their spelling to their value, and strings back.

use std::fmt::Write as _;

/// The seconds that fit into the 64 bits of nanoseconds in which Prometheus keeps durations.
pub(super) const MAX_SECONDS: f64 = 9_223_372_036.854_776;

/// The value of a number token.
///
/// Whole numbers may be octal (`017`) and hexadecimal (`0x1f`); digits may be parted by `_`.
pub(super) fn number(text: &str) -> Result<f64, String> {
    let plain = text.replace('_', "").to_ascii_lowercase();
    let integer = |digits: &str, radix| i64::from_str_radix(digits, radix).ok().map(|value| value as f64);
    let octal = plain.strip_prefix('0').filter(|digits| !digits.is_empty()).and_then(|digits| integer(digits, 8));
    let value = match plain.strip_prefix("0x") {
        Some(digits) => integer(digits, 16),
        None => octal.or_else(|| plain.parse().ok()),
    };
    let fail = |reason: &str| Err(format!("cannot read the number {text:?}: {reason}"));
    match value {
        Some(value) if value.is_infinite() && plain != "inf" => fail("it is too large"),
        Some(value) => Ok(value),
        None => fail("its digits are wrong, or it is too large"),
    }
}

/// The seconds of a duration token such as `1h30m`.
pub(super) fn duration(text: &str) -> Result<f64, String> {
    let seconds = lab_model::duration::parse(text).map_err(|error| error.to_string())?.as_secs_f64();
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

/// The number without an exponent, however long that is.
pub fn decimal(value: f64) -> String {
    if value.is_infinite() { if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned() } else { value.to_string() }
}

/// The number in the spelling of Go's `%v` and `%g`: with an exponent from a million on and below 0.0001.
pub(crate) fn short(value: f64) -> String {
    if value == 0.0 || !value.is_finite() || (1e-4..1e6).contains(&value.abs()) {
        return decimal(value);
    }
    let text = format!("{value:e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, digits) = exponent.strip_prefix('-').map_or(('+', exponent), |digits| ('-', digits));
    format!("{mantissa}e{sign}{digits:0>2}")
}

/// The bytes of a string token, which the lexer has found to be well formed.
pub(super) fn unquote(text: &str) -> Vec<u8> {
    let inner = text.get(1..text.len().saturating_sub(1)).unwrap_or_default();
    if text.starts_with('`') {
        return inner.as_bytes().to_vec();
    }
    let (mut bytes, mut rest) = (Vec::with_capacity(inner.len()), inner.chars());
    while let Some(c) = rest.next() {
        match c {
            '\\' => unescape(&mut rest, &mut bytes),
            c => push(c, &mut bytes),
        }
    }
    bytes
}

/// The escape sequence behind a backslash.
fn unescape(rest: &mut std::str::Chars<'_>, bytes: &mut Vec<u8>) {
    let Some(c) = rest.next() else { return };
    let mut code = |start: u32, digits: usize, radix: u32| {
        let digits = rest.by_ref().take(digits).filter_map(|digit| digit.to_digit(radix));
        digits.fold(start, |code, digit| code.wrapping_mul(radix).wrapping_add(digit))
    };
    match c {
        'a' => bytes.push(0x07),
        'b' => bytes.push(0x08),
        'f' => bytes.push(0x0c),
        'n' => bytes.push(b'\n'),
        'r' => bytes.push(b'\r'),
        't' => bytes.push(b'\t'),
        'v' => bytes.push(0x0b),
        // These two are bytes, which need not be UTF-8; the lexer has made sure that they fit.
        'x' => bytes.push(code(0, 2, 16) as u8),
        '0'..='7' => bytes.push(code(c.to_digit(8).unwrap_or_default(), 2, 8) as u8),
        'u' => push(char::from_u32(code(0, 4, 16)).unwrap_or_default(), bytes),
        'U' => push(char::from_u32(code(0, 8, 16)).unwrap_or_default(), bytes),
        quote => push(quote, bytes),
    }
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
    let short = match c {
        '"' | '\\' => c,
        '\x07' => 'a',
        '\x08' => 'b',
        '\x0c' => 'f',
        '\n' => 'n',
        '\r' => 'r',
        '\t' => 't',
        '\x0b' => 'v',
        c if is_printable(c) => {
            quoted.push(c);
            return;
        }
        c => {
            let code = u32::from(c);
            let _ = match code {
                0..=0x1f | 0x7f => write!(quoted, "\\x{code:02x}"),
                0x80..=0xffff => write!(quoted, "\\u{code:04x}"),
                _ => write!(quoted, "\\U{code:08x}"),
            };
            return;
        }
    };
    quoted.push('\\');
    quoted.push(short);
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
            assert_eq!(unquote(token), bytes, "{token}");
            assert_eq!(quote(bytes), quoted);
            assert_eq!(unquote(&quote(bytes)), bytes);
        }
    }

    #[test]
    fn numbers_have_the_values_that_go_gives_them() {
        let cases = [("0x1F", 31.0), ("017", 15.0), ("08", 8.0), ("1_000.5", 1000.5), ("1.e3", 1000.0), (".5", 0.5)];
        for (text, value) in cases {
            assert_eq!(number(text), Ok(value), "{text}");
        }
        assert_eq!(number("Inf"), Ok(f64::INFINITY));
        assert_eq!(number("99999999999999999999"), Ok(1e20));
        for wrong in ["1e400", "0x", "0x1e+3", ".5.", "0xffffffffffffffffff"] {
            assert!(number(wrong).is_err(), "{wrong}");
        }
    }
}
