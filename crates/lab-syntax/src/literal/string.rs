//! Strings and characters in quotes: from their spelling to what they stand for.

use crate::literal::dialect::Strings;
use crate::scanner::Scanner;

/// The escape sequences of one letter, and what they stand for.
pub(super) const SHORT: [(char, char); 8] =
    [('a', '\x07'), ('b', '\x08'), ('f', '\x0c'), ('n', '\n'), ('r', '\r'), ('t', '\t'), ('v', '\x0b'), ('\\', '\\')];

/// What is wrong with a string, and at which of its bytes. Each language has its own words for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// How many bytes of the string come before it.
    pub at: usize,
    /// What is wrong.
    pub problem: Problem,
}

/// The kinds of mistakes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The closing quote is missing; only between back quotes a string may take several lines.
    Unterminated,
    /// The text ends within an escape sequence.
    UnfinishedEscape,
    /// No escape sequence begins with this character.
    UnknownEscape(char),
    /// This character is no digit of the escape sequence.
    NoDigit(char),
    /// The digits of the escape sequence stand for no character, or for no byte.
    NoCharacter,
    /// The string holds U+FFFD, which may come from bytes that are not UTF-8.
    ReplacementCharacter,
}

/// What a character of a string stands for.
enum Part {
    Char(char),
    Byte(u8),
}

/// The bytes of the string with which `text` begins, and its length with its quotes.
pub fn read(text: &str, dialect: &Strings) -> Result<(Vec<u8>, usize), Mistake> {
    let mut scanner = Scanner::new(text);
    let quote = scanner.take().unwrap_or('"');
    let raw = quote == '`';
    let mut bytes = Vec::new();
    loop {
        let at = scanner.at();
        let mistake = |problem| Mistake { at, problem };
        match scanner.take() {
            None => return Err(Mistake { at: 0, problem: Problem::Unterminated }),
            Some('\n') if !raw => return Err(Mistake { at: 0, problem: Problem::Unterminated }),
            Some('\\') if !raw => push(escaped(&mut scanner, quote).map_err(mistake)?, &mut bytes),
            Some('\r') if raw && dialect.drops_carriage_returns => {}
            Some(char::REPLACEMENT_CHARACTER) if dialect.refuses_replacement_character => {
                return Err(mistake(Problem::ReplacementCharacter));
            }
            Some(c) if c == quote => return Ok((bytes, scanner.at())),
            Some(c) => push(Part::Char(c), &mut bytes),
        }
    }
}

/// Steps over the string that begins here, and answers its bytes.
pub fn take(scanner: &mut Scanner<'_>, dialect: &Strings) -> Result<Vec<u8>, Mistake> {
    let (bytes, length) = read(scanner.rest(), dialect)?;
    scanner.advance(length);
    Ok(bytes)
}

/// The number of the character that stands in single quotes at the beginning of `text`, and the length of what was read,
/// which is all but the closing quote.
pub fn character(text: &str) -> Result<(u32, usize), Mistake> {
    let mut scanner = Scanner::new(text);
    let quote = scanner.take().unwrap_or('\'');
    let part = match scanner.take() {
        Some('\\') => escaped(&mut scanner, quote).map_err(|problem| Mistake { at: 1, problem })?,
        Some(c) if c != quote && c != '\n' => Part::Char(c),
        _ => return Err(Mistake { at: 0, problem: Problem::Unterminated }),
    };
    let code = match part {
        Part::Char(c) => u32::from(c),
        Part::Byte(byte) => u32::from(byte),
    };
    Ok((code, scanner.at()))
}

/// Reads the escape sequence behind a backslash.
fn escaped(scanner: &mut Scanner<'_>, quote: char) -> Result<Part, Problem> {
    let c = scanner.take().ok_or(Problem::UnfinishedEscape)?;
    let (start, digits, radix) = match c {
        _ if c == quote => return Ok(Part::Char(c)),
        '0'..='7' => (c.to_digit(8).unwrap_or_default(), 2, 8),
        'x' => (0, 2, 16),
        'u' => (0, 4, 16),
        'U' => (0, 8, 16),
        _ => {
            let short = SHORT.iter().find(|(letter, _)| *letter == c);
            return short.map(|(_, meant)| Part::Char(*meant)).ok_or(Problem::UnknownEscape(c));
        }
    };
    let mut code = u64::from(start);
    for _ in 0..digits {
        let c = scanner.take().ok_or(Problem::UnfinishedEscape)?;
        code = code * u64::from(radix) + u64::from(c.to_digit(radix).ok_or(Problem::NoDigit(c))?);
    }
    let part = if matches!(c, 'u' | 'U') {
        u32::try_from(code).ok().and_then(char::from_u32).map(Part::Char)
    } else {
        // Such a byte need not be UTF-8.
        u8::try_from(code).ok().map(Part::Byte)
    };
    part.ok_or(Problem::NoCharacter)
}

fn push(part: Part, bytes: &mut Vec<u8>) {
    match part {
        Part::Char(c) => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        Part::Byte(byte) => bytes.push(byte),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::literal::dialect::{LOGQL, PROMQL, TEMPLATE};
    use crate::literal::quote::quote;

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
            assert_eq!(read(token, &PROMQL), Ok((bytes.to_vec(), token.len())), "{token}");
            assert_eq!(quote(bytes, |c| c == '\u{fffd}'), quoted);
            assert_eq!(read(quoted, &PROMQL).map(|(read, _)| read), Ok(bytes.to_vec()));
        }
    }

    #[test]
    fn a_mistake_says_what_is_wrong_and_at_which_byte() {
        let cases = [
            ("\"ab", 0, Problem::Unterminated),
            ("\"a\nb\"", 0, Problem::Unterminated),
            ("`ab", 0, Problem::Unterminated),
            (r#""a\"#, 2, Problem::UnfinishedEscape),
            (r#""a\q""#, 2, Problem::UnknownEscape('q')),
            (r#""a\'""#, 2, Problem::UnknownEscape('\'')),
            (r#""\x4""#, 1, Problem::NoDigit('"')),
            (r#""\08""#, 1, Problem::NoDigit('8')),
            (r#""\777""#, 1, Problem::NoCharacter),
            (r#""\ud800""#, 1, Problem::NoCharacter),
            (r#""\UFFFFFFFF""#, 1, Problem::NoCharacter),
            ("\"a\u{fffd}\"", 2, Problem::ReplacementCharacter),
        ];
        for (text, at, problem) in cases {
            assert_eq!(read(text, &PROMQL), Err(Mistake { at, problem }), "{text}");
        }
    }

    #[test]
    fn the_dialects_differ_in_two_characters() {
        assert_eq!(read("\"\u{fffd}\"", &LOGQL), Ok(("\u{fffd}".into(), 5)));
        assert_eq!(read("`a\r\n`", &LOGQL), Ok((b"a\r\n".to_vec(), 5)));
        assert_eq!(read("`a\r\n`", &TEMPLATE), Ok((b"a\n".to_vec(), 5)));
    }

    #[test]
    fn characters_become_numbers() {
        assert_eq!(
            [r"'a'", r"'\''", r"'\n'", r"'\xff'", "'\u{e9}'"].map(character),
            [Ok((97, 2)), Ok((39, 3)), Ok((10, 3)), Ok((255, 5)), Ok((233, 3))]
        );
        assert_eq!(character("''"), Err(Mistake { at: 0, problem: Problem::Unterminated }));
    }
}
