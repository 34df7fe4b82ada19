//! What a query is made of: names, texts, numbers, durations, sizes and symbols, each with its place.

/// A token and where it is written.
pub(crate) type Token = lab_syntax::Token<Kind>;

/// What a token is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    /// A name, of a label for example.
    Name(String),
    /// A word that the language keeps for itself, so that no label can be called so in a query.
    Keyword(String),
    /// The name of a function, behind which its arguments or its grouping begin.
    Function(String),
    /// A string, without quotes and escapes.
    Text(String),
    /// A number without a unit.
    Number(f64),
    /// A duration in nanoseconds.
    Duration(i64),
    /// A size in bytes.
    Bytes(f64),
    /// `[5m]`: what stands between the brackets, in nanoseconds.
    Range(i64),
    /// A flag of a parser: `--strict`.
    Flag(&'static str),
    /// A character that begins no other token.
    Other(char),
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
            Self::Name(name) | Self::Keyword(name) | Self::Function(name) => name.eq_ignore_ascii_case(word),
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
            Self::Keyword(name) => name.to_ascii_lowercase(),
            Self::Name(_) | Self::Other(_) => "IDENTIFIER".into(),
            Self::Function(name) => function_word(name),
            Self::Range(_) => "RANGE".into(),
            Self::Flag(_) => "FUNCTION_FLAG".into(),
            Self::Text(_) => "STRING".into(),
            Self::Number(_) => "NUMBER".into(),
            Self::Duration(_) => "DURATION".into(),
            Self::Bytes(_) => "BYTES".into(),
            Self::Symbol(symbol) => (*symbol).into(),
            Self::End => "$end".into(),
        }
    }
}

/// The words that the language keeps for itself.
const KEYWORDS: [&str; 22] = [
    "by",
    "without",
    "and",
    "or",
    "unless",
    "offset",
    "on",
    "ignoring",
    "group_left",
    "group_right",
    "bool",
    "unwrap",
    "json",
    "logfmt",
    "regexp",
    "unpack",
    "pattern",
    "label_format",
    "line_format",
    "decolorize",
    "drop",
    "keep",
];

/// True if the language keeps the word for itself.
pub(crate) fn is_keyword(name: &str) -> bool {
    KEYWORDS.iter().any(|keyword| keyword.eq_ignore_ascii_case(name))
}

/// How error messages name a function.
fn function_word(name: &str) -> String {
    match &*name.to_ascii_lowercase() {
        word @ ("ip" | "label_replace") => word.to_owned(),
        word @ ("bytes" | "duration" | "duration_seconds") => format!("{}_CONV", word.to_ascii_uppercase()),
        word => word.to_ascii_uppercase(),
    }
}
