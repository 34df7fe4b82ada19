//! Which characters are shown as they are, and how messages name one.

use std::sync::LazyLock;

use regex::Regex;

/// True for letters, marks, numbers, punctuation, symbols and the plain space, as Go's `unicode.IsPrint` says.
pub fn is_printable(c: char) -> bool {
    static PRINTABLE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^[\p{L}\p{M}\p{N}\p{P}\p{S}]$").ok());
    if c.is_ascii() {
        return c == ' ' || c.is_ascii_graphic();
    }
    PRINTABLE.as_ref().is_some_and(|class| class.is_match(c.encode_utf8(&mut [0; 4])))
}

/// `U+0041 'A'`, as Go names a character that it does not expect.
pub fn code_point(c: char) -> String {
    let code = format!("U+{:04X}", u32::from(c));
    if is_printable(c) { format!("{code} '{c}'") } else { code }
}
