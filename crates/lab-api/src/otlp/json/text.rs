//! The body of a request as text: what is no UTF-8 is replaced, not refused.

use std::borrow::Cow;

/// The text of a body. Invalid UTF-8, and halves of surrogate pairs in `\u` escapes, which JavaScript writes where it cuts
/// a text inside of an emoji, become U+FFFD. A byte order mark is left out.
pub(super) fn readable(body: &[u8]) -> Cow<'_, str> {
    let text = String::from_utf8_lossy(body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body));
    let halves = lone_halves(text.as_bytes());
    if halves.is_empty() {
        return text;
    }
    let mut text = text.into_owned();
    for at in halves {
        text.replace_range(at..at + 6, "\\ufffd");
    }
    Cow::Owned(text)
}

/// Where escapes of surrogates stand that have no other half.
fn lone_halves(text: &[u8]) -> Vec<usize> {
    let (mut lone, mut at) = (Vec::new(), 0);
    while let Some(next) = text.get(at..).and_then(|rest| rest.iter().position(|byte| *byte == b'\\')) {
        at += next;
        match escaped_unit(text, at) {
            Some(0xd800..=0xdbff) if matches!(escaped_unit(text, at + 6), Some(0xdc00..=0xdfff)) => at += 12,
            Some(0xd800..=0xdfff) => {
                lone.push(at);
                at += 6;
            }
            // Whatever follows the backslash begins no escape of its own.
            _ => at += 2,
        }
    }
    lone
}

/// The UTF-16 unit that a `\u` escape stands for.
fn escaped_unit(text: &[u8], at: usize) -> Option<u16> {
    let digits = text.get(at..at + 6)?.strip_prefix(b"\\u")?;
    let digits = digits.iter().all(u8::is_ascii_hexdigit).then_some(digits)?;
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_text_is_replaced() {
        assert_eq!(readable(b"\xef\xbb\xbf{\"a\": \"\xff\"}"), "{\"a\": \"\u{fffd}\"}");
        assert_eq!(
            readable(br#""\ud83d\ude00 \ud83d \ude00\ud83d \\ud83d""#),
            r#""\ud83d\ude00 \ufffd \ufffd\ufffd \\ud83d""#
        );
        assert_eq!(readable(br#""\ud83d"#), r#""\ufffd"#);
        assert!(matches!(readable(b"{\"a\": \"\\n\\u00e4\"}"), Cow::Borrowed(_)));
    }
}
