//! Label matchers: `name="v"`, `!=`, `=~`, `!~`. Regular expressions are anchored at both ends, as in
//! Prometheus and Loki, and `.` matches a line feed too.

pub mod expression;

use std::fmt;

use crate::labels::Labels;
use crate::matcher::expression::compiled::Expression;
use crate::matcher::expression::error::ExpressionError;

/// How a matcher compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MatchOp {
    // `=`
    Equal,
    // `!=`
    NotEqual,
    // `=~`
    Regex,
    // `!~`
    NotRegex,
}

impl MatchOp {
    /// The operator as it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Regex => "=~",
            Self::NotRegex => "!~",
        }
    }
}

/// Why a matcher could not be made.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct MatcherError(#[from] ExpressionError);

/// A condition on one label.
#[derive(Clone)]
pub struct Matcher {
    /// The label's name.
    pub name: String,
    /// How the value is compared.
    pub op: MatchOp,
    /// What it is compared with, as written in the query.
    pub value: String,
    regex: Option<Expression>,
}

impl Matcher {
    /// Makes a matcher; only regular expressions can be wrong.
    pub fn new(name: impl Into<String>, op: MatchOp, value: impl Into<String>) -> Result<Self, MatcherError> {
        let value = value.into();
        let regex = match op {
            MatchOp::Equal | MatchOp::NotEqual => None,
            MatchOp::Regex | MatchOp::NotRegex => Some(expression::anchored(&value)?),
        };
        Ok(Self { name: name.into(), op, value, regex })
    }

    // `name="value"`.
    pub fn equal(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), op: MatchOp::Equal, value: value.into(), regex: None }
    }

    /// True if `value` (empty = label absent) meets the condition.
    pub fn matches(&self, value: &str) -> bool {
        match (self.op, &self.regex) {
            (MatchOp::NotEqual, _) => value != self.value,
            (MatchOp::Regex, Some(regex)) => regex.is_match(value),
            (MatchOp::NotRegex, Some(regex)) => !regex.is_match(value),
            _ => value == self.value,
        }
    }

    /// True if a series without this label meets the condition.
    pub fn matches_empty(&self) -> bool {
        self.matches("")
    }

    /// True if the label set meets the condition.
    pub fn matches_labels(&self, labels: &Labels) -> bool {
        self.matches(labels.get(&self.name).unwrap_or_default())
    }

    /// The plain alternatives of a regular expression like `a|b|c`, which an index can look up one by one.
    pub fn alternatives(&self) -> Option<Vec<&str>> {
        let literal = |part: &&str| !part.is_empty() && !part.contains(|c: char| r"\.+*?()[]{}^$".contains(c));
        let parts: Vec<&str> = self.value.split('|').collect();
        (self.op == MatchOp::Regex && parts.iter().all(literal)).then_some(parts)
    }
}

impl PartialEq for Matcher {
    fn eq(&self, other: &Self) -> bool {
        (&self.name, self.op, &self.value) == (&other.name, other.op, &other.value)
    }
}

impl fmt::Display for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{:?}", self.name, self.op.as_str(), self.value)
    }
}

impl fmt::Debug for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matcher(op: MatchOp, value: &str) -> Matcher {
        Matcher::new("l", op, value).expect("valid")
    }

    #[test]
    fn regular_expressions_are_anchored() {
        assert!(matcher(MatchOp::Regex, "Async.*").matches("Async roll"));
        assert!(!matcher(MatchOp::Regex, "Async").matches("Async roll"));
        assert!(!matcher(MatchOp::Regex, "a|b").matches("ab"));
        assert!(matcher(MatchOp::Regex, "a.b").matches("a\nb"));
        assert!(matcher(MatchOp::NotRegex, "a").matches("b"));
    }

    #[test]
    fn an_absent_label_is_an_empty_value() {
        let labels = Labels::from_pairs([("a", "1")]);
        assert!(matcher(MatchOp::Equal, "").matches_labels(&labels));
        assert!(matcher(MatchOp::NotEqual, "x").matches_labels(&labels));
        assert!(!matcher(MatchOp::Regex, ".+").matches_labels(&labels));
    }

    #[test]
    fn broken_and_oversized_expressions_are_refused() {
        for pattern in ["(", "a)(b", "((a{1000}){1000}){1000}"] {
            assert!(Matcher::new("l", MatchOp::Regex, pattern).is_err(), "{pattern}");
        }
    }

    #[test]
    fn plain_alternatives_are_found() {
        assert_eq!(matcher(MatchOp::Regex, "a|b").alternatives(), Some(vec!["a", "b"]));
        assert_eq!(matcher(MatchOp::Regex, "a.*|b").alternatives(), None);
        assert_eq!(matcher(MatchOp::Equal, "a").alternatives(), None);
    }
}
