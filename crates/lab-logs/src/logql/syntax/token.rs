//! What a query is made of: names, texts, numbers, durations, sizes and symbols, each with its place.

/// A token and where it is written.
pub(crate) type Token = lab_syntax::Token<Kind>;

/// What a token is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    /// A name or a keyword.
    Name(String),
    /// A string, without quotes and escapes.
    Text(String),
    /// A number without a unit.
    Number(f64),
    /// A duration as it is written.
    Duration(String),
    /// A size as it is written.
    Bytes(String),
    /// An operator or a bracket.
    Symbol(&'static str),
    /// The end of the query.
    End,
}

impl lab_syntax::Kind for Kind {
    // Keywords may be written in upper or lower case.
    fn is(&self, word: &str) -> bool {
        match self {
            Self::Symbol(symbol) => *symbol == word,
            Self::Name(name) => name.eq_ignore_ascii_case(word),
            _ => false,
        }
    }

    fn is_end(&self) -> bool {
        *self == Self::End
    }
}

impl lab_syntax::Named for Kind {
    const LISTS_EXPECTED: bool = true;

    fn name(&self) -> Option<&str> {
        if let Self::Name(name) = self { Some(name) } else { None }
    }

    fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    // A class where there are many tokens, else the token itself.
    fn describe(&self) -> String {
        match self {
            Self::Name(name) if is_keyword(name) => name.clone(),
            Self::Name(_) => "IDENTIFIER".into(),
            Self::Text(_) => "STRING".into(),
            Self::Number(_) => "NUMBER".into(),
            Self::Duration(_) => "DURATION".into(),
            Self::Bytes(_) => "BYTES".into(),
            Self::Symbol(symbol) => (*symbol).into(),
            Self::End => "$end".into(),
        }
    }
}

/// Words that error messages name as they are.
fn is_keyword(name: &str) -> bool {
    matches!(
        &*name.to_ascii_lowercase(),
        "by" | "without" | "and" | "or" | "unless" | "offset" | "on" | "ignoring" | "bool" | "unwrap" | "json"
    )
}
