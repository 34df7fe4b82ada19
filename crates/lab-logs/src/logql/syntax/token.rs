//! What a query is made of: names, texts, numbers, durations, sizes and symbols, each with its place.

/// A token and the byte offset where it starts.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) at: usize,
}

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

impl Kind {
    /// True for this keyword, in upper or lower case.
    pub(crate) fn is_word(&self, word: &str) -> bool {
        matches!(self, Self::Name(name) if name.eq_ignore_ascii_case(word))
    }

    /// How error messages name the token: a class where there are many, else the token itself.
    pub(crate) fn describe(&self) -> String {
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
