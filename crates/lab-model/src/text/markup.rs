//! Texts from outside as XML and HTML hold them.

/// A text with the characters escaped that mean something in XML, and U+FFFD for those that XML 1.0 forbids. Fit for
/// character data and for attributes in quotes.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' | '\n' | '\r' => out.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_markup_cannot_hold_is_escaped_or_replaced() {
        assert_eq!(
            escaped("a<b & \"c\" 'd'\u{1b}[0m\u{0}\n"),
            "a&lt;b &amp; &quot;c&quot; &#39;d&#39;\u{fffd}[0m\u{fffd}\n"
        );
    }
}
