//! What a line filter searches a line for.

use lab_model::Expression;

use crate::logql::functions::pattern::Pattern;
use crate::logql::functions::regexes;
use crate::logql::syntax::ast::{LineFilter, LineOp};

/// Something that a line may contain.
#[derive(Clone, Debug)]
pub(crate) enum Search {
    /// A text, as it stands.
    Text(String),
    /// A regular expression.
    Regex(Expression),
    /// A pattern such as `GET <_> 200`.
    Pattern(Pattern),
}

impl Search {
    /// True if the line contains it.
    pub(crate) fn is_in(&self, line: &str) -> bool {
        match self {
            Self::Text(text) => line.contains(text.as_str()),
            Self::Regex(regex) => regex.is_match(line),
            Self::Pattern(pattern) => pattern.matches(line),
        }
    }
}

/// One search for each text of a line filter.
pub(crate) fn of_filter(filter: &LineFilter) -> Result<Vec<Search>, String> {
    let search = |text: &String| match filter.op {
        LineOp::Contains | LineOp::NotContains => Ok(Search::Text(text.clone())),
        LineOp::Regex | LineOp::NotRegex => regexes::anywhere(text).map(Search::Regex),
        LineOp::Pattern | LineOp::NotPattern => Pattern::parse_filter(text).map(Search::Pattern),
    };
    filter.texts.iter().map(search).collect()
}
