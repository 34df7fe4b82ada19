//! Texts and characters in quotes, as Go's `strconv` writes them.

use crate::value::unicode::{chars, is_print};

/// Writes a text in double quotes; with `ascii`, every other character is escaped.
pub(crate) fn quoted(text: &[u8], ascii: bool) -> String {
    let mut out = String::from('"');
    for (found, bytes) in chars(text) {
        match found {
            Some(c) => push_escaped(&mut out, c, '"', ascii),
            None => bytes.iter().for_each(|byte| out.push_str(&format!("\\x{byte:02x}"))),
        }
    }
    out.push('"');
    out
}

/// Writes a character in single quotes.
pub(crate) fn quoted_char(c: char, ascii: bool) -> String {
    let mut out = String::from('\'');
    push_escaped(&mut out, c, '\'', ascii);
    out.push('\'');
    out
}

/// True if the text can stand between back quotes unchanged.
pub(crate) fn fits_raw(text: &[u8]) -> bool {
    chars(text).all(|(found, _)| {
        found.is_some_and(|c| c != '\u{feff}' && c != '`' && c != '\u{7f}' && (c == '\t' || c >= ' '))
    })
}

fn push_escaped(out: &mut String, c: char, quote: char, ascii: bool) {
    let shown = if ascii { c.is_ascii() && is_print(c) } else { is_print(c) };
    match c {
        _ if c == quote || c == '\\' => out.extend(['\\', c]),
        _ if shown => out.push(c),
        '\u{7}' => out.push_str("\\a"),
        '\u{8}' => out.push_str("\\b"),
        '\u{c}' => out.push_str("\\f"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\u{b}' => out.push_str("\\v"),
        _ => {
            let code = u32::from(c);
            out.push_str(&match code {
                0..0x20 | 0x7f => format!("\\x{code:02x}"),
                0x80..0x10000 => format!("\\u{code:04x}"),
                _ => format!("\\U{code:08x}"),
            });
        }
    }
}
