//! Regular expressions of queries, compiled within a bound.

use regex::{Regex, RegexBuilder};

use crate::logql::ast::{LineFilter, LineOp};
use crate::logql::pattern::Pattern;

/// Largest compiled automaton, in bytes.
const SIZE_LIMIT: usize = 4 << 20;

/// Something that a line is searched for.
#[derive(Clone, Debug)]
pub(super) enum Search {
    /// A text.
    Text(String),
    /// An expression.
    Regex(Regex),
    /// A pattern.
    Pattern(Pattern),
}

impl Search {
    /// True if the line has it.
    pub(super) fn is_in(&self, line: &str) -> bool {
        match self {
            Self::Text(text) => line.contains(text.as_str()),
            Self::Regex(regex) => regex.is_match(line),
            Self::Pattern(pattern) => pattern.matches(line),
        }
    }
}

/// An expression that matches anywhere.
pub(super) fn anywhere(pattern: &str) -> Result<Regex, String> {
    let built = RegexBuilder::new(pattern).size_limit(SIZE_LIMIT).build();
    built.map_err(|error| format!("error parsing regexp: {error}"))
}

/// An expression that matches a whole value.
pub(super) fn anchored(pattern: &str) -> Result<Regex, String> {
    anywhere(pattern)?;
    anywhere(&format!("^(?s:{pattern})$"))
}

/// An expression with at least one named group, which is what `| regexp` extracts.
pub(super) fn named_groups(pattern: &str) -> Result<Regex, String> {
    let regex = anywhere(pattern)?;
    if regex.capture_names().flatten().next().is_none() {
        return Err("at least one named capture must be supplied".into());
    }
    Ok(regex)
}

/// What a line filter searches for.
pub(super) fn line_filter(filter: &LineFilter) -> Result<Vec<Search>, String> {
    let search = |text: &String| match filter.op {
        LineOp::Contains | LineOp::NotContains => Ok(Search::Text(text.clone())),
        LineOp::Regex | LineOp::NotRegex => anywhere(text).map(Search::Regex),
        LineOp::Pattern | LineOp::NotPattern => Pattern::parse_filter(text).map(Search::Pattern),
    };
    filter.texts.iter().map(search).collect()
}
