//! Regular expressions of queries, compiled within a bound.

use std::collections::HashSet;

use lab_model::Expression;
use lab_model::expression;

use crate::logql::plan::hints::{Hints, Next};
use crate::logql::scope::Scope;

/// An expression that matches anywhere.
pub(crate) fn anywhere(pattern: &str) -> Result<Expression, String> {
    expression::anywhere(pattern).map_err(|error| error.to_string())
}

/// An expression that matches a whole value.
pub(crate) fn anchored(pattern: &str) -> Result<Expression, String> {
    expression::anchored(pattern).map_err(|error| error.to_string())
}

/// An expression with at least one named group, which is what `| regexp` extracts.
pub(crate) fn named_groups(pattern: &str) -> Result<Expression, String> {
    if let Some(name) = doubled_name(pattern) {
        return Err(format!("duplicate extracted label name '{name}'"));
    }
    let regex = anywhere(pattern)?;
    if regex.capture_names().flatten().next().is_none() {
        return Err("at least one named capture must be supplied".into());
    }
    Ok(regex)
}

/// A name that two groups have.
fn doubled_name(pattern: &str) -> Option<&str> {
    let begins = pattern.match_indices("(?P<").filter(|(at, _)| !pattern[..*at].ends_with('\\'));
    let mut names = begins.filter_map(|(at, open)| pattern[at + open.len()..].split('>').next());
    let mut seen = HashSet::new();
    names.find(|name| !seen.insert(*name))
}

/// Extracts the named groups of the first match in the line; false if the line is dropped.
pub(crate) fn extract(scope: &mut Scope<'_>, hints: &Hints, regex: &Expression) -> bool {
    let line = scope.line.clone();
    let Some(captures) = regex.captures(&line) else { return true };
    for name in regex.capture_names().flatten() {
        // A group that took no part in the match is a label with an empty value.
        let value = || captures.name(name).map_or_else(String::new, |found| found.as_str().to_owned());
        if hints.extract(scope, name, value) == Next::Drop {
            return false;
        }
    }
    true
}
