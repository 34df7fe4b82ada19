//! Lines in logfmt, as Go's `go-logfmt` writes them.

use std::fmt::Write as _;

use crate::otlp::transport::others::faro::pairs::Pairs;

/// The line of some pairs; a name without a character that logfmt allows is left out.
pub(super) fn line(pairs: &Pairs) -> String {
    let mut line = String::new();
    for (name, value) in pairs.iter() {
        let name: String = name.chars().filter(|c| !is_special(*c)).collect();
        if name.is_empty() {
            continue;
        }
        line.push_str(if line.is_empty() { "" } else { " " });
        line.push_str(&name);
        line.push('=');
        if value == "null" || value.chars().any(is_special) {
            push_quoted(&mut line, value);
        } else {
            line.push_str(value);
        }
    }
    line
}

fn is_special(c: char) -> bool {
    c <= ' ' || matches!(c, '=' | '"' | char::REPLACEMENT_CHARACTER)
}

fn push_quoted(line: &mut String, value: &str) {
    line.push('"');
    for c in value.chars() {
        match c {
            '\\' | '"' => line.extend(['\\', c]),
            '\n' => line.push_str("\\n"),
            '\r' => line.push_str("\\r"),
            '\t' => line.push_str("\\t"),
            // Writing to a string cannot fail.
            c if c < ' ' => drop(write!(line, "\\u{:04x}", u32::from(c))),
            char::REPLACEMENT_CHARACTER => line.push_str("\\ufffd"),
            c => line.push(c),
        }
    }
    line.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_quoted_where_they_need_it() {
        let mut pairs = Pairs::default();
        pairs.set("a", "plain").set("b", "two words").set("c", "x=\"1\"\n\u{1}\\").set("d e", "null").set("=", "x");
        assert_eq!(line(&pairs), r#"a=plain b="two words" c="x=\"1\"\n\u0001\\" de="null""#);
    }
}
