//! Text to tokens.
//!
//! An attribute's name runs on until white space or one of `(){}=~!<>&|^,`; so arithmetic needs white space
//! around its operators, as in Tempo. Parts of a name may be quoted: `span."a b".c`.

use crate::traceql::duration;
use crate::traceql::error::Fault;
use crate::traceql::syntax::place::Place;
use crate::traceql::syntax::token::{SYMBOLS, Token, TokenKind, is_attribute_char};

/// What an attribute may begin with before its dot.
const SCOPES: [&str; 6] = ["span", "resource", "parent", "event", "link", "instrumentation"];

/// Splits a query into tokens; the last one is [`TokenKind::End`].
pub(crate) fn tokenize(text: &str) -> Result<Vec<Token>, Fault> {
    let mut lexer = Lexer { text, at: 0 };
    let mut tokens = Vec::new();
    loop {
        lexer.take_while(char::is_whitespace);
        let start = lexer.at;
        let kind = lexer.token()?;
        let end = kind == TokenKind::End;
        tokens.push(Token { kind, place: lexer.since(start) });
        if end {
            return Ok(tokens);
        }
    }
}

struct Lexer<'a> {
    text: &'a str,
    /// The byte at which the next character begins.
    at: usize,
}

impl<'a> Lexer<'a> {
    fn token(&mut self) -> Result<TokenKind, Fault> {
        let Some(c) = self.peek() else { return Ok(TokenKind::End) };
        let rest = self.rest();
        if c == '"' || c == '`' {
            return self.quoted().map(TokenKind::Text);
        }
        if c.is_ascii_digit() || (c == '.' && rest[1..].starts_with(|c: char| c.is_ascii_digit())) {
            return self.number();
        }
        if c == '.' {
            self.next();
            return Ok(TokenKind::Attribute { scope: String::new(), name: self.attribute_name()? });
        }
        if c.is_alphabetic() || c == '_' {
            return self.word();
        }
        if let Some(symbol) = SYMBOLS.into_iter().find(|symbol| rest.starts_with(symbol)) {
            self.at += symbol.len();
            return Ok(TokenKind::Symbol(symbol));
        }
        let start = self.at;
        self.next();
        Err(Fault::new(self.since(start), format!("syntax error: unexpected character {c:?}")))
    }

    /// An identifier, a scoped intrinsic (`span:id`) or a scoped attribute (`span.http.method`).
    fn word(&mut self) -> Result<TokenKind, Fault> {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let mut word = self.take_while(is_word).to_owned();
        match self.peek() {
            Some('.') if SCOPES.contains(&word.as_str()) => {
                self.next();
                if word == "parent" {
                    let inner = ["span.", "resource."].into_iter().find(|inner| self.rest().starts_with(inner));
                    if let Some(inner) = inner {
                        self.at += inner.len();
                        word = format!("parent.{}", inner.trim_end_matches('.'));
                    }
                }
                Ok(TokenKind::Attribute { scope: word, name: self.attribute_name()? })
            }
            Some(':') => {
                self.next();
                let name = self.take_while(is_word);
                Ok(TokenKind::Identifier(format!("{word}:{name}")))
            }
            _ => Ok(TokenKind::Identifier(word)),
        }
    }

    fn attribute_name(&mut self) -> Result<String, Fault> {
        let start = self.at;
        let mut name = String::new();
        while let Some(c) = self.peek() {
            if c == '"' {
                name += &self.quoted()?;
            } else if is_attribute_char(c) {
                name += self.take_while(is_attribute_char);
            } else {
                break;
            }
        }
        if name.is_empty() {
            let message = "syntax error: unexpected END_ATTRIBUTE, expecting IDENTIFIER";
            return Err(Fault::new(self.since(start), message));
        }
        Ok(name)
    }

    fn quoted(&mut self) -> Result<String, Fault> {
        let start = self.at;
        let quote = self.next();
        let mut text = String::new();
        while let Some(c) = self.next() {
            if Some(c) == quote {
                return Ok(text);
            }
            if c == '\\' && quote == Some('"') {
                text.push(self.escape(start)?);
            } else {
                text.push(c);
            }
        }
        Err(Fault::new(self.since(start), "syntax error: literal not terminated"))
    }

    /// What follows a backslash; escapes of regular expressions such as `\d` have to be written `\\d`.
    fn escape(&mut self, start: usize) -> Result<char, Fault> {
        let refused = |lexer: &Self, written: &str| {
            Fault::new(lexer.since(start), format!("syntax error: invalid escape \\{written}"))
        };
        match self.next() {
            Some('n') => Ok('\n'),
            Some('t') => Ok('\t'),
            Some('r') => Ok('\r'),
            Some(c @ ('"' | '\\' | '\'' | '/')) => Ok(c),
            Some(c @ ('u' | 'x')) => {
                let digits = if c == 'u' { 4 } else { 2 };
                let code: String = (0..digits).filter_map(|_| self.next()).collect();
                let value = u32::from_str_radix(&code, 16).ok().and_then(char::from_u32);
                value.ok_or_else(|| refused(self, &format!("{c}{code}")))
            }
            other => Err(refused(self, &other.map_or_else(String::new, String::from))),
        }
    }

    fn number(&mut self) -> Result<TokenKind, Fault> {
        let start = self.at;
        let is_part = |c: char| c.is_alphanumeric() || c == '.' || c == '_';
        self.take_while(is_part);
        if self.is_before_exponent(start) {
            self.next();
            self.take_while(is_part);
        }
        let text = &self.text[start..self.at];
        if let Some(nanoseconds) = duration::parse(text) {
            return Ok(TokenKind::Duration(nanoseconds));
        }
        if let Ok(number) = text.parse() {
            return Ok(TokenKind::Integer(number));
        }
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(TokenKind::Float(number)),
            _ => Err(Fault::new(self.since(start), format!("syntax error: {text:?} is not a number or a duration"))),
        }
    }

    /// True if `1e` has been read and a sign with a digit follows, as in `1e-9`.
    fn is_before_exponent(&self, start: usize) -> bool {
        let mantissa = self.text[start..self.at].strip_suffix(['e', 'E']);
        let digit_follows =
            self.rest().strip_prefix(['+', '-']).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        digit_follows && mantissa.is_some_and(|mantissa| mantissa.bytes().all(|c| c.is_ascii_digit() || c == b'.'))
    }

    fn take_while(&mut self, accept: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let length = rest.find(|c| !accept(c)).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn since(&self, start: usize) -> Place {
        Place { start, end: self.at }
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }
}
