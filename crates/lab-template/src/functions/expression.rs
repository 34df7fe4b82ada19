//! Regular expressions as Go reads them.

use regex::{Regex, RegexBuilder};

/// The largest compiled automaton, in bytes.
const SIZE_LIMIT: usize = 4 << 20;

/// The classes that are ASCII in Go and Unicode in Rust.
const CLASSES: [(char, &str); 6] = [
    ('d', "[0-9]"),
    ('D', "[^0-9]"),
    ('w', "[0-9A-Za-z_]"),
    ('W', "[^0-9A-Za-z_]"),
    ('s', r"[\t\n\x0c\r ]"),
    ('S', r"[^\t\n\x0c\r ]"),
];

/// Compiles an expression. The error is one line, as in Go.
pub fn regex(pattern: &str) -> Result<Regex, String> {
    RegexBuilder::new(&with_ascii_classes(pattern)).size_limit(SIZE_LIMIT).build().map_err(|error| {
        // The library explains a mistake on several lines; the last one says what it is.
        let error = error.to_string();
        let reason = error.lines().last().unwrap_or_default().trim_start_matches("error: ");
        format!("error parsing regexp: {reason}: `{pattern}`")
    })
}

fn with_ascii_classes(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        let Some(class) = chars.next() else {
            out.push(c);
            break;
        };
        match CLASSES.iter().find(|(name, _)| *name == class) {
            Some((_, ascii)) => out.push_str(ascii),
            None => out.extend([c, class]),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::regex;

    #[test]
    fn classes_are_ascii() {
        let first = |pattern: &str, text: &str| {
            regex(pattern).expect(pattern).find(text).map(|found| found.as_str().to_owned()).unwrap_or_default()
        };
        assert_eq!(first(r"\w+", "é世ab_1ß"), "ab_1");
        assert_eq!(first(r"[\d.]+", "٣ 1.5"), "1.5");
        assert_eq!(first(r"[^\W\d]+", "12é ab3"), "ab");
        assert_eq!(first(r"\S+", "\u{a0}x y"), "\u{a0}x");
        assert_eq!(first(r"\\d", r"a\d"), r"\d");
        assert!(regex("(").expect_err("unclosed").starts_with("error parsing regexp: unclosed group"));
    }
}
