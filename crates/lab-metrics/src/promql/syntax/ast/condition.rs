//! What a label matcher demands of a series, and the rule for bytes that are not UTF-8.
//!
//! The names and values of labels are UTF-8, but a query may compare them with any bytes. As in Prometheus such a
//! matcher is no mistake: no label has that name or value, so the matcher holds for every series or for none.
//! Only in a regular expression bytes that are not UTF-8 are refused, unless it is a plain list `a|b|c`.

use lab_model::labels::METRIC_NAME;
use lab_model::{MatchOp, Matcher};

/// What `name op value` demands of a series; none if every series meets it. An error if the regular expression is wrong.
pub(in crate::promql::syntax) fn demanded(name: &[u8], op: MatchOp, value: &[u8]) -> Result<Option<Matcher>, String> {
    let is_negative = matches!(op, MatchOp::NotEqual | MatchOp::NotRegex);
    let value = match std::str::from_utf8(value) {
        Ok(value) => value.to_owned(),
        Err(_) if matches!(op, MatchOp::Equal | MatchOp::NotEqual) => return Ok(constant(is_negative)),
        Err(_) => match utf8_alternatives(value)? {
            alternatives if alternatives.is_empty() => return Ok(constant(is_negative)),
            alternatives => alternatives.join("|"),
        },
    };
    let matcher = Matcher::new(String::from_utf8_lossy(name), op, value).map_err(|error| error.to_string())?;
    // No series has a label whose name is not UTF-8, which is as if its value were empty.
    Ok(if std::str::from_utf8(name).is_ok() { Some(matcher) } else { constant(matcher.matches_empty()) })
}

/// What every series meets, or none: no value is in this class of characters.
fn constant(holds: bool) -> Option<Matcher> {
    if holds { None } else { Matcher::new(METRIC_NAME, MatchOp::Regex, r"[^\s\S]").ok() }
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
        let all = |name: &[u8], op, value: &[u8]| {
            let matcher = demanded(name, op, value).expect("valid");
            matcher.is_none_or(|matcher| ["", "up", "\n"].iter().all(|value| matcher.matches(value)))
        };
        let none = |name: &[u8], op, value: &[u8]| {
            let matcher = demanded(name, op, value).expect("valid");
            matcher.is_some_and(|matcher| ["", "up", "\n"].iter().all(|value| !matcher.matches(value)))
        };
        assert!(none(b"a", MatchOp::Equal, b"\xff"));
        assert!(all(b"a", MatchOp::NotEqual, b"\xff"));
        assert!(none(b"a", MatchOp::Regex, b"\xff"));
        assert!(all(b"a", MatchOp::NotRegex, b"\xff"));
        assert!(matches!(demanded(b"a", MatchOp::Regex, b"x|\xff"), Ok(Some(m)) if m.name == "a" && m.value == "x"));
        assert!(demanded(b"a", MatchOp::Regex, b"\xff.*").is_err());
        assert!(none(b"\xff", MatchOp::Equal, b"x"));
        assert!(all(b"\xff", MatchOp::Equal, b""));
        assert!(all(b"\xff", MatchOp::NotRegex, b"x"));
    }
}
