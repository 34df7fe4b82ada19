//! The words of a query.

use lab_syntax::{Kind, Named};

/// One word and where it is written.
pub(crate) type Token = lab_syntax::Token<TokenKind>;

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
    /// The operator or bracket that the word is.
    pub(crate) fn symbol(&self) -> Option<&'static str> {
        if let Self::Symbol(symbol) = self { Some(symbol) } else { None }
    }
}

impl Kind for TokenKind {
    fn is(&self, word: &str) -> bool {
        matches!(self, Self::Symbol(symbol) if *symbol == word) || self.name() == Some(word)
    }

    fn is_end(&self) -> bool {
        *self == Self::End
    }
}

impl Named for TokenKind {
    // Tempo lists them only where few tokens are possible, which is nearly nowhere.
    const LISTS_EXPECTED: bool = false;

    fn name(&self) -> Option<&str> {
        if let Self::Identifier(name) = self { Some(name) } else { None }
    }

    fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    // As in Tempo's messages.
    fn describe(&self) -> String {
        let name = match self {
            Self::Identifier(_) => "IDENTIFIER",
            Self::Attribute { .. } => "ATTRIBUTE",
            Self::Text(_) => "STRING",
            Self::Integer(_) => "INTEGER",
            Self::Float(_) => "FLOAT",
            Self::Duration(_) => "DURATION",
            Self::Symbol(symbol) => symbol,
            Self::End => "$end",
        };
        name.to_owned()
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
