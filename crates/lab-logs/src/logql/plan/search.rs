//! What a line filter searches a line for.

use lab_model::Expression;

use crate::logql::functions::compare::addresses::Addresses;
use crate::logql::functions::pattern::Pattern;
use crate::logql::functions::regexes;
use crate::logql::syntax::ast::{LineFilter, LineOp, Wanted};

/// Something that a line may contain.
#[derive(Clone, Debug)]
pub(crate) enum Search {
    /// A text, as it stands.
    Text(String),
    /// A regular expression.
    Regex(Expression),
    /// A pattern such as `GET <_> 200`.
    Pattern(Pattern),
    /// Addresses such as `10.0.0.0/8`.
    Addresses(Addresses),
}

impl Search {
    /// True if the line contains it.
    pub(crate) fn is_in(&self, line: &str) -> bool {
        match self {
            Self::Text(text) => line.contains(text.as_str()),
            Self::Regex(regex) => regex.is_match(line),
            Self::Pattern(pattern) => pattern.matches(line),
            Self::Addresses(addresses) => addresses.are_in(line),
        }
    }
}

/// One search for each text of a line filter.
pub(crate) fn of_filter(filter: &LineFilter) -> Result<Vec<Search>, String> {
    let search = |wanted: &Wanted| match (wanted, filter.op) {
        (Wanted::Addresses(pattern), LineOp::Contains | LineOp::NotContains) => {
            Addresses::parse(pattern).map(Search::Addresses)
        }
        (Wanted::Addresses(_), _) => Err("ip: invalid operation".into()),
        (Wanted::Text(text), LineOp::Contains | LineOp::NotContains) => Ok(Search::Text(text.clone())),
        (Wanted::Text(text), LineOp::Regex | LineOp::NotRegex) => regexes::anywhere(text).map(Search::Regex),
        (Wanted::Text(text), LineOp::Pattern | LineOp::NotPattern) => Pattern::parse_filter(text).map(Search::Pattern),
    };
    filter.wanted.iter().map(search).collect()
}
