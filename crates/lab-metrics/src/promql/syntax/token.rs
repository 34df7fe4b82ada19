//! The tokens of a query, and how messages name them.

use lab_algebra::notation::quote_string;
use lab_algebra::{Aggregation, Operator};

use crate::promql::syntax::ast::Number;
use crate::promql::syntax::literal;

/// A piece of the query text.
pub(super) type Token = lab_syntax::Token<Kind>;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The end of the query.
    End,
    /// Text that is no token; the lexer has a fault that says why.
    Wrong,
    /// A name without a colon.
    Identifier,
    /// A name with a colon, which only metrics have.
    MetricIdentifier,
    /// A string in quotes.
    Text,
    /// A number or a duration, which stands for its seconds.
    Number(Number),
    Operator(Operator),
    Aggregation(Aggregation),
    /// One of the words with a meaning of their own, in lower case.
    Keyword(&'static str),
    /// Punctuation, and the operators of label matchers.
    Symbol(&'static str),
}

/// The keywords that are functions where a parenthesis follows.
const FUNCTIONS: [&str; 6] = ["end", "max_of", "min_of", "range", "start", "step"];

/// The keywords that are no name of a metric.
const RESERVED: [&str; 5] = ["bool", "group_left", "group_right", "ignoring", "on"];

/// All other keywords.
const MODIFIERS: [&str; 8] = ["anchored", "by", "fill", "fill_left", "fill_right", "offset", "smoothed", "without"];

impl Kind {
    /// The kind of a word outside braces and brackets; case does not matter.
    pub(super) fn of_word(word: &str) -> Self {
        let lower = word.to_ascii_lowercase();
        let mut keywords = FUNCTIONS.iter().chain(&RESERVED).chain(&MODIFIERS);
        if matches!(lower.as_str(), "inf" | "nan") {
            literal::number_or_duration(word).map_or(Self::Wrong, Self::Number)
        } else if let Some(keyword) = keywords.find(|keyword| **keyword == lower) {
            Self::Keyword(keyword)
        } else if let Some(operator) = Operator::named(word) {
            Self::Operator(operator)
        } else if let Some(aggregation) = Aggregation::named(word) {
            Self::Aggregation(aggregation)
        } else if word.contains(':') {
            Self::MetricIdentifier
        } else {
            Self::Identifier
        }
    }

    /// True for the words that may be the name of a metric where an operand is expected.
    pub(super) fn can_be_metric(self) -> bool {
        match self {
            Self::Identifier | Self::MetricIdentifier | Self::Aggregation(_) => true,
            Self::Operator(operator) => operator.is_set(),
            Self::Keyword(keyword) => !RESERVED.contains(&keyword),
            _ => false,
        }
    }

    /// True for the words that may be the name of a label in `by (…)`, `on (…)` and the like.
    pub(super) fn can_be_label(self) -> bool {
        match self {
            Self::Operator(operator) => operator.is_set() || operator == Operator::Atan2,
            Self::Keyword(keyword) => keyword != "without",
            kind => kind.can_be_metric(),
        }
    }

    /// True for the words that are functions where a parenthesis follows.
    pub(super) fn names_function(self) -> bool {
        matches!(self, Self::Identifier) || matches!(self, Self::Keyword(keyword) if FUNCTIONS.contains(&keyword))
    }
}

impl lab_syntax::Kind for Kind {
    fn is(&self, word: &str) -> bool {
        matches!(self, Self::Keyword(found) | Self::Symbol(found) if *found == word)
    }

    fn is_end(&self) -> bool {
        *self == Self::End
    }
}

/// The token as Prometheus' messages name it.
pub(super) fn describe(kind: Kind, text: &str) -> String {
    match kind {
        Kind::End | Kind::Wrong => "end of input".to_owned(),
        Kind::Identifier => format!("identifier {}", quote_string(text.as_bytes())),
        Kind::MetricIdentifier => format!("metric identifier {}", quote_string(text.as_bytes())),
        Kind::Text => format!("string {}", shortened(text)),
        Kind::Number(number) if number.is_duration => format!("duration {}", shortened(text)),
        Kind::Number(_) => format!("number {}", shortened(text)),
        Kind::Aggregation(_) => format!("<aggr:{text}>"),
        Kind::Operator(_) | Kind::Symbol("=~" | "!~" | "@") => format!("<op:{text}>"),
        Kind::Keyword(keyword) if !FUNCTIONS.contains(&keyword) => format!("<{text}>"),
        Kind::Keyword(_) | Kind::Symbol(_) => quote_string(text.as_bytes()),
    }
}

/// Quoted, of long texts only the beginning.
fn shortened(text: &str) -> String {
    const SHOWN: usize = 10;
    if text.len() <= SHOWN {
        return quote_string(text.as_bytes());
    }
    let beginning: String = text.chars().take(SHOWN).collect();
    quote_string(beginning.as_bytes()) + "..."
}
