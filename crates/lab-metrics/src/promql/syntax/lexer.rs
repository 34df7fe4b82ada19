//! From the text of a query to its tokens.
//!
//! Three places have words of their own: within braces every word is a label name, within brackets only the
//! functions of durations are known, and elsewhere words may be keywords, which the parser decides.

use crate::promql::syntax::literal;
use crate::promql::syntax::span::{Fault, Span};
use crate::promql::syntax::token::{Kind, Token};

mod number;

/// The symbols within braces, and elsewhere; of two that begin alike the longer one comes first.
const IN_BRACES: [&str; 6] = [",", "=~", "=", "!~", "!=", "}"];
const ELSEWHERE: [&str; 23] = [
    ",", "(", ")", "{", "[", "]", ":", "@", "==", "=", "!=", "<=", ">=", "</", ">/", "<", ">", "+", "-", "*", "/", "%",
    "^",
];
/// Those of them that may stand within brackets.
const IN_BRACKETS: &str = ",()]:+-*/%^";

/// The tokens of a query, up to its end or to the first fault.
#[derive(Debug)]
pub(super) struct Tokens {
    /// The last one is [`Kind::End`], or [`Kind::Wrong`] at the fault.
    pub(super) list: Vec<Token>,
    pub(super) fault: Option<Fault>,
}

/// Splits a query into tokens; white space and comments are passed over.
pub(super) fn tokens(query: &str) -> Tokens {
    let mut lexer = Lexer { query, at: 0, parentheses: 0, braces: false, brackets: false, colon: false };
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
    // Within `{…}`.
    braces: bool,
    // Within `[…]`.
    brackets: bool,
    /// A colon was read within the brackets.
    colon: bool,
}

impl Lexer<'_> {
    fn token(&mut self) -> Result<Kind, String> {
        let Some(c) = self.rest().chars().next() else { return self.end() };
        let starts_number = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
        match c {
            '"' | '\'' | '`' if !self.brackets => {
                self.at += literal::string(self.rest())?.1;
                Ok(Kind::Text)
            }
            'a'..='z' | 'A'..='Z' | '_' => self.word(c),
            ':' if !self.brackets && !self.braces => self.word(c),
            c if !self.braces && (starts_number(self.rest()) || (c == '.' && starts_number(&self.rest()[1..]))) => {
                let (kind, length) = number::scan(self.rest())?;
                self.at += length;
                Ok(kind)
            }
            _ => self.symbol(c),
        }
    }

    fn word(&mut self, first: char) -> Result<Kind, String> {
        let start = self.at;
        let (braces, brackets) = (self.braces, self.brackets);
        self.skip(|c| c.is_ascii_alphanumeric() || c == '_' || (c == ':' && !braces && !brackets));
        let word = &self.query[start..self.at];
        match Kind::of_word(word) {
            _ if braces => Ok(Kind::Identifier),
            kind @ Kind::Keyword("step" | "range" | "min_of" | "max_of") if brackets => Ok(kind),
            _ if brackets => Err(format!("unexpected character in duration expression: {first:?}")),
            // So that metrics with these names keep working they are keywords only where a value follows.
            Kind::Keyword("fill" | "fill_left" | "fill_right")
                if !self.rest().trim_start_matches(is_space).starts_with('(') =>
            {
                Ok(Kind::Identifier)
            }
            kind => Ok(kind),
        }
    }

    fn symbol(&mut self, c: char) -> Result<Kind, String> {
        let symbols = if self.braces { &IN_BRACES[..] } else { &ELSEWHERE };
        let found = symbols.iter().find(|symbol| self.rest().starts_with(**symbol));
        let next = self.rest()[c.len_utf8()..].chars().next();
        let symbol = match found {
            Some(&"=") if !self.braces && next == Some('~') => "",
            Some(symbol) if !self.brackets || IN_BRACKETS.contains(symbol) => symbol,
            _ => "",
        };
        match symbol {
            "(" => self.parentheses += 1,
            ")" if self.parentheses == 0 => return Err(format!("unexpected right parenthesis {c:?}")),
            ")" => self.parentheses -= 1,
            "{" => self.braces = true,
            "}" => self.braces = false,
            "[" => (self.brackets, self.colon) = (true, false),
            "]" if self.brackets => self.brackets = false,
            "]" => return Err(format!("unexpected right bracket {c:?}")),
            ":" if self.colon => return Err(format!("unexpected colon {c:?}")),
            ":" => self.colon = true,
            "</" | ">/" => {
                return Err(format!("{symbol} is an operator of native histograms, which are not stored here"));
            }
            "" => return Err(self.unknown(c, next)),
            _ => {}
        }
        self.at += symbol.len();
        Ok(match Kind::of_word(symbol) {
            operator @ Kind::Operator(_) => operator,
            _ => Kind::Symbol(symbol),
        })
    }

    fn unknown(&self, c: char, next: Option<char>) -> String {
        let found = next.map_or_else(|| "end of input".to_owned(), |next| format!("{next:?}"));
        match c {
            '!' if self.braces => format!("unexpected character after '!' inside braces: {found}"),
            _ if self.braces => format!("unexpected character inside braces: {c:?}"),
            _ if self.brackets => format!("unexpected character in duration expression: {c:?}"),
            '!' | '=' => format!("unexpected character after {c:?}: {found}"),
            _ => format!("unexpected character: {c:?}"),
        }
    }

    fn end(&self) -> Result<Kind, String> {
        let unclosed = match (self.braces, self.brackets) {
            (true, _) => "unexpected end of input inside braces",
            _ if self.parentheses > 0 => "unclosed left parenthesis",
            (_, true) => "unclosed left bracket",
            _ => return Ok(Kind::End),
        };
        Err(unclosed.to_owned())
    }

    fn skip_blank(&mut self) {
        loop {
            self.skip(is_space);
            if !self.rest().starts_with('#') {
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

    fn rest(&self) -> &str {
        &self.query[self.at..]
    }
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}
