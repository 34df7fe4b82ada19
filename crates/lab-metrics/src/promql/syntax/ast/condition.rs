//! What a label matcher demands of a series, and the rule for bytes that are not UTF-8.
//!
//! The names and values of labels are UTF-8, but a query may compare them with any bytes. As in Prometheus such a
//! matcher is no mistake: no label has that name or value, so the matcher holds for every series or for none.
//! Only in a regular expression bytes that are not UTF-8 are refused, unless it is a plain list `a|b|c`.

use lab_model::{MatchOp, Matcher};

/// What a label matcher demands.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// A label that matches.
    Test(Matcher),
    /// Nothing: every series meets it.
    Always,
    /// What no series meets.
    Never,
}

impl Condition {
    /// The condition `name op value`; an error if the regular expression is wrong.
    pub(crate) fn new(name: &[u8], op: MatchOp, value: &[u8]) -> Result<Self, String> {
        let negative = matches!(op, MatchOp::NotEqual | MatchOp::NotRegex);
        let constant = |holds: bool| if holds { Self::Always } else { Self::Never };
        let value = match std::str::from_utf8(value) {
            Ok(value) => value.to_owned(),
            Err(_) if matches!(op, MatchOp::Equal | MatchOp::NotEqual) => return Ok(constant(negative)),
            Err(_) => match utf8_alternatives(value)? {
                alternatives if alternatives.is_empty() => return Ok(constant(negative)),
                alternatives => alternatives.join("|"),
            },
        };
        match std::str::from_utf8(name) {
            Ok(name) => Matcher::new(name, op, value).map(Self::Test).map_err(|error| error.to_string()),
            // No series has a label with this name, which is as if its value were empty.
            Err(_) => {
                let matcher = Matcher::new("", op, value).map_err(|error| error.to_string())?;
                Ok(constant(matcher.matches_empty()))
            }
        }
    }

    /// True if a series without any labels meets it.
    pub(crate) fn holds_for_empty(&self) -> bool {
        match self {
            Self::Test(matcher) => matcher.matches_empty(),
            Self::Always => true,
            Self::Never => false,
        }
    }

    /// The matcher that holds when the condition does; none if it always holds.
    pub(crate) fn matcher(&self) -> Option<Matcher> {
        match self {
            Self::Test(matcher) => Some(matcher.clone()),
            Self::Always => None,
            // No value is in this class of characters.
            Self::Never => Matcher::new("__name__", MatchOp::Regex, r"[^\s\S]").ok(),
        }
    }
}

/// The alternatives of a plain list `a|b|c` that are UTF-8.
fn utf8_alternatives(pattern: &[u8]) -> Result<Vec<&str>, String> {
    if pattern.iter().any(|byte| br"\.+*?()[]{}^$".contains(byte)) {
        let text = String::from_utf8_lossy(pattern);
        return Err(format!("invalid regular expression {text:?}: it is not valid UTF-8"));
    }
    Ok(pattern.split(|byte| *byte == b'|').filter_map(|part| std::str::from_utf8(part).ok()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_not_utf8_equal_no_label() {
        let of = |name: &[u8], op, value: &[u8]| Condition::new(name, op, value);
        assert_eq!(of(b"a", MatchOp::Equal, b"\xff"), Ok(Condition::Never));
        assert_eq!(of(b"a", MatchOp::NotEqual, b"\xff"), Ok(Condition::Always));
        assert_eq!(of(b"a", MatchOp::Regex, b"\xff"), Ok(Condition::Never));
        assert_eq!(of(b"a", MatchOp::NotRegex, b"\xff"), Ok(Condition::Always));
        assert!(matches!(of(b"a", MatchOp::Regex, b"x|\xff"), Ok(Condition::Test(m)) if m.value == "x"));
        assert!(of(b"a", MatchOp::Regex, b"\xff.*").is_err());
        assert_eq!(of(b"\xff", MatchOp::Equal, b"x"), Ok(Condition::Never));
        assert_eq!(of(b"\xff", MatchOp::Equal, b""), Ok(Condition::Always));
        assert_eq!(of(b"\xff", MatchOp::NotRegex, b"x"), Ok(Condition::Always));
    }

    #[test]
    fn what_never_holds_matches_nothing() {
        let matcher = Condition::Never.matcher().expect("a matcher");
        assert!(["", "up", "\n"].iter().all(|value| !matcher.matches(value)));
    }
}
