//! The tokens of a query, and how messages name them.

use crate::promql::syntax::literal;
use crate::promql::syntax::operator::{Aggregation, Operator};
use crate::promql::syntax::span::Span;

/// A piece of the query text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) span: Span,
}

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
    Number,
    Duration,
    Operator(Operator),
    Aggregation(Aggregation),
    Keyword(Keyword),
    Equal,
    RegexMatch,
    NotRegexMatch,
    At,
    Comma,
    Colon,
    LeftParen,
    RightParen,
    LeftBrace,
    RightBrace,
    LeftBracket,
    RightBracket,
}

/// The words with a meaning of their own that are neither operators nor aggregations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keyword {
    Anchored,
    Bool,
    By,
    End,
    Fill,
    FillLeft,
    FillRight,
    GroupLeft,
    GroupRight,
    Ignoring,
    MaxOf,
    MinOf,
    Offset,
    On,
    Range,
    Smoothed,
    Start,
    Step,
    Without,
}

const KEYWORDS: [(&str, Keyword); 19] = [
    ("anchored", Keyword::Anchored),
    ("bool", Keyword::Bool),
    ("by", Keyword::By),
    ("end", Keyword::End),
    ("fill", Keyword::Fill),
    ("fill_left", Keyword::FillLeft),
    ("fill_right", Keyword::FillRight),
    ("group_left", Keyword::GroupLeft),
    ("group_right", Keyword::GroupRight),
    ("ignoring", Keyword::Ignoring),
    ("max_of", Keyword::MaxOf),
    ("min_of", Keyword::MinOf),
    ("offset", Keyword::Offset),
    ("on", Keyword::On),
    ("range", Keyword::Range),
    ("smoothed", Keyword::Smoothed),
    ("start", Keyword::Start),
    ("step", Keyword::Step),
    ("without", Keyword::Without),
];

impl Kind {
    /// The kind of a word outside braces and brackets; case does not matter.
    pub(super) fn of_word(word: &str) -> Self {
        let lower = word.to_ascii_lowercase();
        let keyword = || KEYWORDS.iter().find(|(name, _)| *name == lower).map(|(_, keyword)| Self::Keyword(*keyword));
        match lower.as_str() {
            "inf" | "nan" => Self::Number,
            _ if word.contains(':') => Self::MetricIdentifier,
            lower => Operator::named(lower)
                .map(Self::Operator)
                .or_else(|| Aggregation::named(lower).map(Self::Aggregation))
                .or_else(keyword)
                .unwrap_or(Self::Identifier),
        }
    }

    /// True for the words that may be the name of a metric where an operand is expected.
    pub(super) fn can_be_metric(self) -> bool {
        use Keyword::{Bool, GroupLeft, GroupRight, Ignoring, On};
        match self {
            Self::Identifier | Self::MetricIdentifier | Self::Aggregation(_) => true,
            Self::Operator(operator) => operator.is_set(),
            Self::Keyword(keyword) => !matches!(keyword, Bool | GroupLeft | GroupRight | Ignoring | On),
            _ => false,
        }
    }

    /// True for the words that may be the name of a label in `by (…)`, `on (…)` and the like.
    pub(super) fn can_be_label(self) -> bool {
        match self {
            Self::Identifier | Self::MetricIdentifier | Self::Aggregation(_) => true,
            Self::Operator(operator) => operator.is_set() || operator == Operator::Atan2,
            Self::Keyword(keyword) => keyword != Keyword::Without,
            _ => false,
        }
    }

    /// True for the words that are functions where a parenthesis follows, beside plain names.
    pub(super) fn names_function(self) -> bool {
        use Keyword::{End, MaxOf, MinOf, Range, Start, Step};
        matches!(self, Self::Identifier | Self::Keyword(End | MaxOf | MinOf | Range | Start | Step))
    }
}

/// The token as Prometheus' messages name it.
pub(super) fn describe(token: Token, text: &str) -> String {
    let quoted = literal::quote(text.as_bytes());
    match token.kind {
        Kind::End | Kind::Wrong => "end of input".to_owned(),
        Kind::Identifier => format!("identifier {quoted}"),
        Kind::MetricIdentifier => format!("metric identifier {quoted}"),
        Kind::Text => format!("string {}", shortened(text)),
        Kind::Number => format!("number {}", shortened(text)),
        Kind::Duration => format!("duration {}", shortened(text)),
        Kind::Aggregation(_) => format!("<aggr:{text}>"),
        Kind::Operator(_) | Kind::RegexMatch | Kind::NotRegexMatch | Kind::At => format!("<op:{text}>"),
        Kind::Keyword(keyword) if !is_preprocessor(keyword) => format!("<{text}>"),
        _ => quoted,
    }
}

fn is_preprocessor(keyword: Keyword) -> bool {
    use Keyword::{End, MaxOf, MinOf, Range, Start, Step};
    matches!(keyword, End | MaxOf | MinOf | Range | Start | Step)
}

/// Quoted, of long texts only the beginning.
fn shortened(text: &str) -> String {
    const SHOWN: usize = 10;
    if text.len() <= SHOWN {
        return literal::quote(text.as_bytes());
    }
    let beginning: String = text.chars().take(SHOWN).collect();
    format!("{}...", literal::quote(beginning.as_bytes()))
}
