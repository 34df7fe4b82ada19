//! Numbers and durations: where they end, and which of the two they are.

use crate::promql::syntax::literal;
use crate::promql::syntax::token::Kind;

/// The kind and the length of the number or duration with which `text` begins.
pub(super) fn scan(text: &str) -> Result<(Kind, usize), String> {
    let bytes = text.as_bytes();
    let is_part = |at: &usize| {
        let of_exponent = matches!(bytes[*at], b'+' | b'-') && *at > 0 && matches!(bytes[at - 1], b'e' | b'E');
        bytes[*at].is_ascii_alphanumeric() || matches!(bytes[*at], b'_' | b'.') || of_exponent
    };
    let length = (0..bytes.len()).take_while(is_part).count();
    let word = &text[..length];
    match (literal::number(word), literal::duration(word)) {
        (Ok(_), _) => Ok((Kind::Number, length)),
        (_, Ok(_)) => Ok((Kind::Duration, length)),
        // A duration that is too long has its unit.
        (_, Err(message)) if word.ends_with(['s', 'm', 'h', 'd', 'w', 'y']) => Err(message),
        (Err(message), _) => Err(message),
    }
}
