//! Regular expressions of queries, compiled within a bound.

use regex::{Regex, RegexBuilder};

use crate::logql::scope::Scope;

/// Largest compiled automaton, in bytes.
const SIZE_LIMIT: usize = 4 << 20;

/// An expression that matches anywhere.
pub(crate) fn anywhere(pattern: &str) -> Result<Regex, String> {
    let built = RegexBuilder::new(pattern).size_limit(SIZE_LIMIT).build();
    built.map_err(|error| format!("error parsing regexp: {error}"))
}

/// An expression that matches a whole value.
pub(crate) fn anchored(pattern: &str) -> Result<Regex, String> {
    anywhere(pattern)?;
    anywhere(&format!("^(?s:{pattern})$"))
}

/// An expression with at least one named group, which is what `| regexp` extracts.
pub(crate) fn named_groups(pattern: &str) -> Result<Regex, String> {
    let regex = anywhere(pattern)?;
    if regex.capture_names().flatten().next().is_none() {
        return Err("at least one named capture must be supplied".into());
    }
    Ok(regex)
}

/// Extracts the named groups of the first match in the line.
pub(crate) fn extract(scope: &mut Scope<'_>, regex: &Regex) {
    let line = scope.line.clone();
    let Some(captures) = regex.captures(&line) else { return };
    for name in regex.capture_names().flatten() {
        if let Some(found) = captures.name(name) {
            scope.extract(name, found.as_str().to_owned());
        }
    }
}
