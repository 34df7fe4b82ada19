//! Tokens: the words of a template.

use std::fmt;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The text is no template from here on; the token's text says why.
    Error,
    Text,
    LeftDelimiter,
    RightDelimiter,
    LeftParenthesis,
    RightParenthesis,
    Space,
    Pipe,
    // `=`
    Assign,
    // `:=`
    Declare,
    /// Punctuation, such as the comma.
    Punctuation,
    Bool,
    Number,
    Complex,
    Character,
    Quoted,
    RawQuoted,
    Field,
    Variable,
    Identifier,
    Dot,
    Nil,
    Block,
    Break,
    Continue,
    Define,
    Else,
    End,
    If,
    Range,
    Template,
    With,
    /// The end of the text.
    Eof,
}

/// The words that are not names of functions.
const KEYWORDS: [(&str, Kind); 12] = [
    (".", Kind::Dot),
    ("block", Kind::Block),
    ("break", Kind::Break),
    ("continue", Kind::Continue),
    ("define", Kind::Define),
    ("else", Kind::Else),
    ("end", Kind::End),
    ("if", Kind::If),
    ("nil", Kind::Nil),
    ("range", Kind::Range),
    ("template", Kind::Template),
    ("with", Kind::With),
];

impl Kind {
    /// What a word is.
    pub(crate) fn of_word(word: &str) -> Self {
        match KEYWORDS.iter().find(|(keyword, _)| *keyword == word) {
            Some((_, kind)) => *kind,
            None if matches!(word, "true" | "false") => Self::Bool,
            None => Self::Identifier,
        }
    }

    fn is_keyword(self) -> bool {
        KEYWORDS.iter().any(|(_, kind)| *kind == self)
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    /// Where it begins, in bytes.
    pub(crate) at: usize,
    /// As it stands in the template, or what is wrong.
    pub(crate) text: String,
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::Eof => f.write_str("EOF"),
            Kind::Error => f.write_str(&self.text),
            kind if kind.is_keyword() => write!(f, "<{}>", self.text),
            _ if self.text.len() > 10 => {
                write!(f, "{:?}...", self.text.chars().take(10).collect::<String>())
            }
            _ => write!(f, "{:?}", self.text),
        }
    }
}
