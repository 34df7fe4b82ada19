//! What functions do with regular expressions, within the budget.

use std::ops::Range;

use regex::{Captures, Regex};

use crate::budget::Budget;

/// The text with every match replaced: by the replacement as it stands (`is_literal`), or with the groups of the match in
/// place of `$1` and `${name}`. The text is made piece by piece, so that none is made that is too long.
pub fn replace_all(
    regex: &Regex,
    text: &str,
    replacement: &str,
    is_literal: bool,
    budget: &mut Budget,
) -> Result<String, String> {
    let groups = replacement.matches('$').count();
    let mut out = String::new();
    let mut behind = 0;
    for captures in regex.captures_iter(text) {
        let found = whole(&captures);
        out.push_str(text.get(behind..found.start).unwrap_or_default());
        // An upper bound, since a group may hold less than the whole match: hence the fourfold.
        let longest = found.len().saturating_mul(groups).saturating_add(replacement.len());
        if out.len().saturating_add(longest) > budget.longest().saturating_mul(4) {
            return Err(budget.too_long());
        }
        if is_literal {
            out.push_str(replacement);
        } else {
            captures.expand(replacement, &mut out);
        }
        if out.len() > budget.longest() {
            return Err(budget.too_long());
        }
        behind = found.end;
    }
    out.push_str(text.get(behind..).unwrap_or_default());
    if out.len() > budget.longest() { Err(budget.too_long()) } else { Ok(out) }
}

fn whole(captures: &Captures<'_>) -> Range<usize> {
    captures.get(0).map(|found| found.range()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::Limits;

    fn replaced(pattern: &str, text: &str, replacement: &str) -> Result<String, String> {
        let limits = Limits { output: 1000, ..Limits::default() };
        replace_all(&Regex::new(pattern).expect("valid"), text, replacement, false, &mut Budget::new(limits))
    }

    #[test]
    fn every_match_is_replaced() {
        assert_eq!(replaced("(a)(x?)", "-a-ax-", "[$2$1]").as_deref(), Ok("-[a]-[xa]-"));
        assert_eq!(replaced("", "ab", "-").as_deref(), Ok("-a-b-"));
    }

    #[test]
    fn a_text_that_would_be_too_long_is_not_made() {
        let too_long = Err("the text is longer than 1000 bytes".to_owned());
        assert_eq!(replaced("", &"a".repeat(900), "xx"), too_long);
        assert_eq!(replaced("a*", &"a".repeat(900), &"$0".repeat(400)), too_long);
    }
}
