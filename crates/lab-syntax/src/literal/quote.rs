//! Strings and characters written in quotes, so that [`string`](super::string) reads them back.

use std::fmt::Write as _;

use crate::literal::character::is_printable;
use crate::literal::string::SHORT;

/// The bytes as a string in double quotes, in the spelling of Go's `strconv.Quote`: bytes that are not UTF-8 and
/// characters that cannot be printed are escaped, and so are those for which `is_escaped` holds.
pub fn quote(bytes: &[u8], is_escaped: impl Fn(char) -> bool) -> String {
    let mut quoted = String::with_capacity(bytes.len() + 2);
    quoted.push('"');
    for chunk in bytes.utf8_chunks() {
        chunk.valid().chars().for_each(|c| escape(c, '"', &is_escaped, &mut quoted));
        for byte in chunk.invalid() {
            let _ = write!(quoted, "\\x{byte:02x}");
        }
    }
    quoted.push('"');
    quoted
}

/// A text as a string in double quotes, in the spelling of Go's `strconv.Quote`.
pub fn quote_text(text: &str) -> String {
    quote(text.as_bytes(), |_| false)
}

/// A character in single quotes.
pub fn quote_character(c: char, is_escaped: impl Fn(char) -> bool) -> String {
    let mut quoted = String::from('\'');
    escape(c, '\'', &is_escaped, &mut quoted);
    quoted.push('\'');
    quoted
}

fn escape(c: char, quote: char, is_escaped: &impl Fn(char) -> bool, quoted: &mut String) {
    let code = u32::from(c);
    let short = SHORT.iter().find(|(_, meant)| *meant == c).map(|(letter, _)| *letter);
    let _ = match (short.or((c == quote).then_some(quote)), code) {
        (Some(letter), _) => write!(quoted, "\\{letter}"),
        _ if is_printable(c) && !is_escaped(c) => write!(quoted, "{c}"),
        (_, 0..=0x7f) => write!(quoted, "\\x{code:02x}"),
        (_, 0..=0xffff) => write!(quoted, "\\u{code:04x}"),
        _ => write!(quoted, "\\U{code:08x}"),
    };
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::literal::dialect::TEMPLATE;
    use crate::literal::string::read;

    #[test]
    fn what_cannot_be_printed_is_escaped_and_more_on_demand() {
        assert_eq!(quote(b"a\"'\xff\x01", |_| false), r#""a\"'\xff\x01""#);
        assert_eq!(quote("\u{e9}\u{1f600}".as_bytes(), |c| !c.is_ascii()), r#""\u00e9\U0001f600""#);
        assert_eq!(quote_character('\'', |_| false), r"'\''");
        assert_eq!(quote_character('"', |_| false), "'\"'");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(bytes in proptest::collection::vec(any::<u8>(), 0..20), text in any::<String>()) {
            for bytes in [bytes, text.into_bytes()] {
                prop_assert_eq!(read(&quote(&bytes, |_| false), &TEMPLATE).map(|(read, _)| read), Ok(bytes));
            }
        }
    }
}
