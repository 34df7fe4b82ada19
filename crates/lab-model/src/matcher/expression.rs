//! Regular expressions as Go reads them: the one place where the query languages, matchers and templates compile theirs.
//!
//! The `regex` crate matches in linear time, as Go's package does, but it reads another syntax: a `{` that begins no count is
//! a mistake there and a brace in Go, `\d` has all of Unicode's digits, `\<` is a boundary, brackets nest. So a pattern is read
//! by Go's rules ([`reader`]), which name its mistakes in Go's words, and written in the crate's syntax.
//!
//! Source: <https://pkg.go.dev/regexp/syntax>.

use crate::matcher::expression::compiled::Expression;
use crate::matcher::expression::error::ExpressionError;
use crate::matcher::expression::reader::Translated;

pub mod compiled;
pub mod error;
mod groups;
mod reader;

/// An expression that matches anywhere in a text.
pub fn anywhere(pattern: &str) -> Result<Expression, ExpressionError> {
    compile(pattern, reader::translated(pattern, false)?)
}

/// An expression that matches whole texts, in which `.` stands for a line feed too, as in Prometheus.
pub fn anchored(pattern: &str) -> Result<Expression, ExpressionError> {
    let read = reader::translated(pattern, true)?;
    let text = format!("^(?s:{})$", read.text);
    compile(pattern, Translated { text, ..read })
}

fn compile(pattern: &str, read: Translated) -> Result<Expression, ExpressionError> {
    Expression::compile(&read.text, read.weight, read.groups).map_err(|reason| ExpressionError::new(reason, pattern))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_texts_are_matched_line_feeds_included() {
        let regex = anchored("a.b|c").expect("valid");
        assert_eq!(["a\nb", "c", "ac", "cc"].map(|text| regex.is_match(text)), [true, true, false, false]);
        let regex = anchored("(?i)a.b").expect("valid");
        assert!(regex.is_match("A\nB"), "a flag keeps the others");
    }

    #[test]
    fn what_is_too_large_is_said_in_one_line() {
        for large in ["((a{10}){10}b){1000}".repeat(8), "(".repeat(300) + &")".repeat(300)] {
            let error = anchored(&large).expect_err(&large).to_string();
            assert!(error.starts_with("error parsing regexp: ") && !error.contains('\n'), "{error}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_pattern_panics(pattern in r"([\[\]^&~\\QE(){}?<>:P.*+|a-z0-7é,-]){0,24}") {
            let _ = anchored(&pattern).map(|regex| regex.is_match("aé[b]-&1"));
        }
    }
}
