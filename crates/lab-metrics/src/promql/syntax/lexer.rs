//! From the text of a query to its tokens.
//!
//! Three places have words of their own: within braces every word is a label name, within brackets only the
//! functions of durations are known, and elsewhere words may be keywords, which the parser decides.

use crate::promql::syntax::span::{Fault, Span};
use crate::promql::syntax::token::{Keyword, Kind, Token};

mod number;
mod text;

/// The tokens of a query, up to its end or to the first fault.
#[derive(Debug)]
pub(super) struct Tokens {
    /// The last one is [`Kind::End`], or [`Kind::Wrong`] at the fault.
    pub(super) list: Vec<Token>,
    pub(super) fault: Option<Fault>,
}

/// Splits a query into tokens; white space and comments are passed over.
pub(super) fn tokens(query: &str) -> Tokens {
    let mut lexer = Lexer { query, at: 0, parentheses: 0, braces: false, bracket: Bracket::Closed, colon: false };
    let mut list = Vec::new();
    loop {
        lexer.skip_blank();
        let start = lexer.at;
        let (kind, fault) = match lexer.token() {
            Ok(kind) => (kind, None),
            Err(message) => (Kind::Wrong, Some(Fault { at: start, message })),
        };
        list.push(Token { kind, span: Span { start, end: lexer.at } });
        if matches!(kind, Kind::End | Kind::Wrong) {
            return Tokens { list, fault };
        }
    }
}

/// Reads one token after the other; where it fails it says what is wrong with the token.
struct Lexer<'q> {
    query: &'q str,
    at: usize,
    /// How many parentheses are open.
    parentheses: usize,
    /// Within `{…}`.
    braces: bool,
    bracket: Bracket,
    /// A colon was read within the brackets.
    colon: bool,
}

/// Whether the lexer stands within `[…]`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bracket {
    Closed,
    /// No number was read in it so far.
    Begun,
    Open,
}

impl Lexer<'_> {
    fn token(&mut self) -> Result<Kind, String> {
        let Some(c) = self.peek() else { return self.end() };
        match c {
            _ if self.braces => self.inside_braces(c),
            '0'..='9' => self.number_or_duration(),
            '.' if self.rest()[1..].starts_with(|c: char| c.is_ascii_digit()) => self.number_or_duration(),
            'a'..='z' | 'A'..='Z' | '_' | ':' if self.bracket == Bracket::Closed => Ok(self.word()),
            'a'..='z' | 'A'..='Z' | '_' => self.word_in_brackets(c),
            '"' | '\'' | '`' if self.bracket != Bracket::Begun => self.string(),
            '(' | ')' | '{' | '[' | ']' | ':' => self.bracket(c),
            _ => self.symbol(c),
        }
    }

    fn number_or_duration(&mut self) -> Result<Kind, String> {
        let (kind, length) = number::scan(self.rest())?;
        self.at += length;
        if self.bracket == Bracket::Begun {
            self.bracket = Bracket::Open;
        }
        Ok(kind)
    }

    fn string(&mut self) -> Result<Kind, String> {
        self.at += text::scan(self.rest())?;
        Ok(Kind::Text)
    }

    fn symbol(&mut self, c: char) -> Result<Kind, String> {
        let operators = if self.bracket == Bracket::Begun {
            &["+", "-", "*", "/", "%", "^"][..]
        } else {
            &["==", "!=", "<=", ">=", "</", ">/", "<", ">", "+", "-", "*", "/", "%", "^"][..]
        };
        if let Some(operator) = operators.iter().find(|operator| self.rest().starts_with(**operator)) {
            self.at += operator.len();
            return Ok(Kind::of_word(operator));
        }
        let kind = match c {
            ',' => Kind::Comma,
            '@' if self.bracket != Bracket::Begun => Kind::At,
            '=' | '!' if self.bracket != Bracket::Begun => {
                self.at += 1;
                return match self.peek() {
                    next if c == '!' => Err(format!("unexpected character after '!': {}", named(next))),
                    Some('~') => Err("unexpected character after '=': '~'".to_owned()),
                    _ => Ok(Kind::Equal),
                };
            }
            _ if self.bracket == Bracket::Begun => {
                return Err(format!("unexpected character in duration expression: {c:?}"));
            }
            _ => return Err(format!("unexpected character: {c:?}")),
        };
        self.at += 1;
        Ok(kind)
    }

    fn bracket(&mut self, c: char) -> Result<Kind, String> {
        let kind = match c {
            '(' => {
                self.parentheses += 1;
                Kind::LeftParen
            }
            ')' => {
                let left = self.parentheses.checked_sub(1);
                self.parentheses = left.ok_or_else(|| format!("unexpected right parenthesis {c:?}"))?;
                Kind::RightParen
            }
            '{' if self.bracket != Bracket::Begun => {
                self.braces = true;
                Kind::LeftBrace
            }
            '[' if self.bracket == Bracket::Closed => {
                (self.bracket, self.colon) = (Bracket::Begun, false);
                Kind::LeftBracket
            }
            ']' if self.bracket != Bracket::Closed => {
                self.bracket = Bracket::Closed;
                Kind::RightBracket
            }
            ':' if self.colon => return Err(format!("unexpected colon {c:?}")),
            ':' => {
                self.colon = true;
                Kind::Colon
            }
            ']' => return Err(format!("unexpected right bracket {c:?}")),
            '[' if self.bracket == Bracket::Open => return Err(format!("unexpected left bracket {c:?}")),
            _ => return Err(format!("unexpected character in duration expression: {c:?}")),
        };
        self.at += 1;
        Ok(kind)
    }

    fn inside_braces(&mut self, c: char) -> Result<Kind, String> {
        match c {
            'a'..='z' | 'A'..='Z' | '_' => {
                self.skip(is_word);
                return Ok(Kind::Identifier);
            }
            '"' | '\'' | '`' => return self.string(),
            _ => self.at += c.len_utf8(),
        }
        match c {
            ',' => Ok(Kind::Comma),
            '=' if self.take('~') => Ok(Kind::RegexMatch),
            '=' => Ok(Kind::Equal),
            '!' if self.take('~') => Ok(Kind::NotRegexMatch),
            '!' if self.take('=') => Ok(Kind::of_word("!=")),
            '!' => Err(format!("unexpected character after '!' inside braces: {}", named(self.peek()))),
            '{' => Err(format!("unexpected left brace {c:?}")),
            '}' => {
                self.braces = false;
                Ok(Kind::RightBrace)
            }
            _ => Err(format!("unexpected character inside braces: {c:?}")),
        }
    }

    fn end(&self) -> Result<Kind, String> {
        let unclosed = if self.braces {
            "unexpected end of input inside braces"
        } else if self.parentheses > 0 {
            "unclosed left parenthesis"
        } else if self.bracket == Bracket::Begun {
            "unexpected end of input in duration expression"
        } else if self.bracket == Bracket::Open {
            "unclosed left bracket"
        } else {
            return Ok(Kind::End);
        };
        Err(unclosed.to_owned())
    }

    /// A keyword, or the name of a metric or a function.
    fn word(&mut self) -> Kind {
        let start = self.at;
        self.skip(|c| is_word(c) || c == ':');
        match Kind::of_word(&self.query[start..self.at]) {
            // So that metrics with these names keep working they are keywords only where a value follows.
            Kind::Keyword(Keyword::Fill | Keyword::FillLeft | Keyword::FillRight)
                if !self.rest().trim_start_matches(is_space).starts_with('(') =>
            {
                Kind::Identifier
            }
            kind => kind,
        }
    }

    fn word_in_brackets(&mut self, c: char) -> Result<Kind, String> {
        let start = self.at;
        self.skip(|c| c.is_ascii_alphabetic() || c == '_');
        match Kind::of_word(&self.query[start..self.at]) {
            kind @ Kind::Keyword(Keyword::Step | Keyword::Range | Keyword::MinOf | Keyword::MaxOf) => Ok(kind),
            _ if self.bracket == Bracket::Open => Err(format!("unexpected character: {c:?}, expected ':'")),
            _ => Err(format!("unexpected character in duration expression: {c:?}")),
        }
    }

    fn skip_blank(&mut self) {
        loop {
            self.skip(is_space);
            if self.peek() != Some('#') {
                return;
            }
            self.skip(|c| !matches!(c, '\r' | '\n'));
        }
    }

    /// Passes the characters for which `is_part` holds.
    fn skip(&mut self, is_part: impl Fn(char) -> bool) {
        let rest = self.rest();
        self.at += rest.find(|c| !is_part(c)).unwrap_or(rest.len());
    }

    /// Passes the next character if it is `c`.
    fn take(&mut self, c: char) -> bool {
        let found = self.peek() == Some(c);
        self.at += if found { c.len_utf8() } else { 0 };
        found
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn rest(&self) -> &str {
        &self.query[self.at..]
    }
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// A character as messages show it.
fn named(c: Option<char>) -> String {
    c.map_or_else(|| "end of input".to_owned(), |c| format!("{c:?}"))
}
