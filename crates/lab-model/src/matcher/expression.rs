//! Regular expressions as Go reads them: the one place where the query languages, matchers and templates compile theirs.
//!
//! The `regex` crate matches in linear time, as Go's package does, but its syntax differs in places: classes such as
//! `\d` are Unicode there and ASCII in Go, `\<` is a boundary there and a plain `<` in Go, and brackets have operators
//! (`[a&&b]`, nested brackets) that Go does not know. A pattern is translated before it is compiled.
//!
//! Source: <https://pkg.go.dev/regexp/syntax>.

use std::iter::Peekable;
use std::str::Chars;

use crate::matcher::expression::compiled::Expression;

pub mod compiled;
mod problem;

/// The classes that are ASCII in Go and Unicode in Rust.
const CLASSES: [(char, &str); 6] = [
    ('d', "[0-9]"),
    ('D', "[^0-9]"),
    ('w', "[0-9A-Za-z_]"),
    ('W', "[^0-9A-Za-z_]"),
    ('s', r"[\t\n\x0c\r ]"),
    ('S', r"[^\t\n\x0c\r ]"),
];

/// Why a text is no regular expression, or none that may be used: one line, as Go writes it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("error parsing regexp: {reason}: `{pattern}`")]
pub struct ExpressionError {
    /// The expression, or the part of it that is wrong.
    pattern: String,
    reason: String,
}

/// An expression that matches anywhere in a text.
pub fn anywhere(pattern: &str) -> Result<Expression, ExpressionError> {
    compile(pattern, &translated(pattern))
}

/// An expression that matches whole texts, in which `.` stands for a line feed too, as in Prometheus.
pub fn anchored(pattern: &str) -> Result<Expression, ExpressionError> {
    let translated = translated(pattern);
    // Compiled alone first: a stray `)` must not close our group.
    compile(pattern, &translated)?;
    compile(pattern, &format!("^(?s:{translated})$"))
}

fn compile(pattern: &str, translated: &str) -> Result<Expression, ExpressionError> {
    Expression::compile(translated).map_err(|problem| {
        let part = problem.part.filter(|part| pattern.contains(part.as_str()));
        ExpressionError { pattern: part.unwrap_or_else(|| pattern.to_owned()), reason: problem.reason }
    })
}

/// The pattern in Rust's syntax. What Go would refuse stays as it is.
fn translated(pattern: &str) -> String {
    let mut translation = Translation { rest: pattern.chars().peekable(), out: String::with_capacity(pattern.len()) };
    while let Some(c) = translation.rest.next() {
        match c {
            '\\' => translation.escape(false),
            '[' => translation.class(),
            _ => translation.out.push(c),
        }
    }
    translation.out
}

struct Translation<'a> {
    rest: Peekable<Chars<'a>>,
    out: String,
}

impl Translation<'_> {
    /// What follows a backslash.
    fn escape(&mut self, in_class: bool) {
        let Some(c) = self.rest.next() else {
            self.out.push('\\');
            return;
        };
        if let Some((_, ascii)) = CLASSES.iter().find(|(name, _)| *name == c) {
            self.out.push_str(ascii);
            return;
        }
        match c {
            'b' if !in_class => self.out.push_str(r"(?-u:\b)"),
            'Q' if !in_class => self.quoted(),
            '<' | '>' => self.out.push(c),
            '0'..='7' if c == '0' || self.rest.peek().is_some_and(|next| ('0'..='7').contains(next)) => self.octal(c),
            _ => self.out.extend(['\\', c]),
        }
    }

    /// A text up to `\E`, or to the end.
    fn quoted(&mut self) {
        let rest: String = self.rest.clone().collect();
        let text = rest.split(r"\E").next().unwrap_or_default();
        self.out.push_str(&regex::escape(text));
        let end = r"\E".len();
        self.rest.by_ref().take(text.chars().count() + end).for_each(drop);
    }

    /// A character by up to three octal digits.
    fn octal(&mut self, first: char) {
        let mut code = first.to_digit(8).unwrap_or_default();
        for _ in 0..2 {
            let Some(digit) = self.rest.peek().and_then(|c| c.to_digit(8)) else { break };
            code = code * 8 + digit;
            self.rest.next();
        }
        self.out.push_str(&format!(r"\x{{{code:x}}}"));
    }

    /// What follows the opening bracket of a class, up to the closing one.
    fn class(&mut self) {
        self.out.push('[');
        if self.rest.next_if_eq(&'^').is_some() {
            self.out.push('^');
        }
        let mut is_first = true;
        while let Some(c) = self.rest.next() {
            match c {
                ']' if is_first => self.out.push_str(r"\]"),
                ']' => {
                    self.out.push(']');
                    return;
                }
                '\\' => self.escape(true),
                '[' => self.nested(),
                '-' if is_first => self.out.push_str(r"\-"),
                // Behind the sign of a range another one is its end.
                '-' if self.rest.next_if_eq(&'-').is_some() => self.out.push_str(r"-\-"),
                '&' | '~' => self.out.extend(['\\', c]),
                _ => self.out.push(c),
            }
            is_first = false;
        }
    }

    /// An opening bracket within a class: a class with a name, or the bracket itself.
    fn nested(&mut self) {
        let rest: String = self.rest.clone().take(16).collect();
        match rest.strip_prefix(':').and_then(|rest| rest.split_once(":]")) {
            Some((name, _)) if name.chars().all(|c| c.is_ascii_alphabetic() || c == '^') => {
                self.out.push_str(&format!("[:{name}:]"));
                self.rest.by_ref().take(name.len() + 3).for_each(drop);
            }
            _ => self.out.push_str(r"\["),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_means_what_it_means_in_go() {
        for (pattern, text, expected) in [
            (r"\w+", "é世ab_1ß", "ab_1"),
            (r"[\d.]+", "٣ 1.5", "1.5"),
            (r"[^\W\d]+", "12é ab3", "ab"),
            (r"\S+", "\u{a0}x y", "\u{a0}x"),
            (r"\\d", r"a\d", r"\d"),
            (r"\bx", "éx", "x"),
            (r"a\<b\>", "xa<b>", "a<b>"),
            (r"[a&&b]+", "xa&b", "a&b"),
            (r"[a[b]+", "x[ab", "[ab"),
            (r"[]a]+", "x]a", "]a"),
            (r"[^]a]+", "]xa", "x"),
            (r"[[:alpha:][:digit:]]+", "-a1é", "a1"),
            (r"[+--]+", "a,-", ",-"),
            (r"[--/]+", "a./", "./"),
            (r"[\w-]+", "é a-b", "a-b"),
            (r"\Qa.b[\E+", "a.b[[", "a.b[["),
            (r"\Q(", "x(", "("),
            (r"\101\x42\0", "AB\0", "AB\0"),
            (r"(?i)É", "é", "é"),
        ] {
            let found = anywhere(pattern).unwrap_or_else(|error| panic!("{pattern}: {error}"));
            assert_eq!(found.find(text).map(|found| found.as_str()), Some(expected), "{pattern}");
        }
    }

    #[test]
    fn whole_texts_are_matched_line_feeds_included() {
        let regex = anchored("a.b|c").expect("valid");
        assert_eq!(["a\nb", "c", "ac", "cc"].map(|text| regex.is_match(text)), [true, true, false, false]);
    }

    #[test]
    fn what_is_wrong_is_said_in_one_line() {
        for bad in ["(", "a)(b", "[", r"\", "a{2,1}", r"\8", "[b-a]", "(?P<>x)", "((a{1000}){1000}){1000}"] {
            let error = anchored(bad).expect_err(bad).to_string();
            assert!(error.starts_with("error parsing regexp: ") && !error.contains('\n'), "{bad}: {error}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_pattern_panics(pattern in r"([\[\]^&~\\QE(){}?<>:P.*+|a-z0-7é-]){0,24}") {
            let _ = anchored(&pattern).map(|regex| regex.is_match("aé[b]-&1"));
        }
    }
}
