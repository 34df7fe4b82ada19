//! Texts of senders: what is not UTF-8 in them is replaced.

use std::borrow::Cow;

/// The text, in which one U+FFFD stands for bytes side by side that are not UTF-8. A line is worth more than its bad bytes.
pub(crate) fn valid(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(bytes.len());
    let mut is_replaced = false;
    for chunk in bytes.utf8_chunks() {
        is_replaced = is_replaced && chunk.valid().is_empty();
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() && !is_replaced {
            text.push(char::REPLACEMENT_CHARACTER);
            is_replaced = true;
        }
    }
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_not_utf_8_become_one_replacement_character() {
        assert_eq!(valid(b"a\xff\xfeb\xffc"), "a\u{fffd}b\u{fffd}c");
        assert!(matches!(valid("\u{e9}".as_bytes()), Cow::Borrowed("\u{e9}")));
    }
}
