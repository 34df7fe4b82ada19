//! The words of a query.

use crate::traceql::syntax::place::Place;

/// One word and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) place: Place,
}

/// What a word is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum TokenKind {
    /// A keyword, function or intrinsic: `duration`, `count`, `span:id`.
    Identifier(String),
    /// An attribute with its scope as written (`span`, `parent.resource`, empty) and its name.
    Attribute {
        scope: String,
        name: String,
    },
    Text(String),
    Integer(i64),
    Float(f64),
    /// A duration in nanoseconds.
    Duration(i64),
    /// An operator or a bracket.
    Symbol(&'static str),
    End,
}

impl TokenKind {
    /// The name that error messages use, as in Tempo.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Identifier(_) => "IDENTIFIER",
            Self::Attribute { .. } => "ATTRIBUTE",
            Self::Text(_) => "STRING",
            Self::Integer(_) => "INTEGER",
            Self::Float(_) => "FLOAT",
            Self::Duration(_) => "DURATION",
            Self::Symbol(symbol) => symbol,
            Self::End => "$end",
        }
    }
}

/// Operators and brackets, longer ones before those that they begin with.
pub(crate) const SYMBOLS: [&str; 39] = [
    "!>>", "!<<", "&>>", "&<<", "!>", "!<", "!~", "&>", "&<", "&~", "&&", "||", ">>", "<<", ">=", "<=", "!=", "=~",
    "{", "}", "(", ")", ",", "|", "=", ">", "<", "~", "!", "+", "-", "*", "/", "%", "^", "[", "]", ";", ":",
];

/// True for characters that may stand in an attribute's name without quotes.
pub(crate) fn is_attribute_char(c: char) -> bool {
    !c.is_whitespace() && !"(){}=~!<>&|^,\"`".contains(c)
}
