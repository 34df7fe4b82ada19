//! Text to tokens.
//!
//! An attribute's name runs on until white space or one of `(){}=~!<>&|^,`; so arithmetic needs white space
//! around its operators, as in Tempo. Parts of a name may be quoted: `span."a b".c`.

use std::iter::Peekable;
use std::str::CharIndices;

use crate::traceql::duration;
use crate::traceql::error::{Position, QueryError};
use crate::traceql::token::{SYMBOLS, Token, TokenKind, is_attribute_char};

/// The longest query, in bytes.
const MAX_LENGTH: usize = 64 << 10;
/// What an attribute may begin with before its dot.
const SCOPES: [&str; 6] = ["span", "resource", "parent", "event", "link", "instrumentation"];

/// Splits a query into tokens; the last one is [`TokenKind::End`].
pub(crate) fn tokenize(text: &str) -> Result<Vec<Token>, QueryError> {
    if text.len() > MAX_LENGTH {
        return Err(QueryError::Invalid(format!("query is longer than {MAX_LENGTH} bytes")));
    }
    let mut lexer = Lexer { text, chars: text.char_indices().peekable(), position: Position { line: 1, column: 1 } };
    let mut tokens = Vec::new();
    loop {
        lexer.skip_blank();
        let position = lexer.position;
        let kind = lexer.token()?;
        let end = kind == TokenKind::End;
        tokens.push(Token { kind, position });
        if end {
            return Ok(tokens);
        }
    }
}

struct Lexer<'a> {
    text: &'a str,
    chars: Peekable<CharIndices<'a>>,
    position: Position,
}

impl Lexer<'_> {
    fn token(&mut self) -> Result<TokenKind, QueryError> {
        let position = self.position;
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
        for symbol in SYMBOLS {
            if rest.starts_with(symbol) {
                self.skip(symbol.len());
                return Ok(TokenKind::Symbol(symbol));
            }
        }
        Err(QueryError::at(position, format!("syntax error: unexpected character {c:?}")))
    }

    /// An identifier, a scoped intrinsic (`span:id`) or a scoped attribute (`span.http.method`).
    fn word(&mut self) -> Result<TokenKind, QueryError> {
        let mut word = self.take_while(|c| c.is_alphanumeric() || c == '_');
        match self.peek() {
            Some('.') if SCOPES.contains(&word.as_str()) => {
                self.next();
                if word == "parent" {
                    for inner in ["span.", "resource."] {
                        if self.rest().starts_with(inner) {
                            self.skip(inner.len());
                            word = format!("parent.{}", inner.trim_end_matches('.'));
                            break;
                        }
                    }
                }
                Ok(TokenKind::Attribute { scope: word, name: self.attribute_name()? })
            }
            Some(':') => {
                self.next();
                let name = self.take_while(|c| c.is_alphanumeric() || c == '_');
                Ok(TokenKind::Identifier(format!("{word}:{name}")))
            }
            _ => Ok(TokenKind::Identifier(word)),
        }
    }

    fn attribute_name(&mut self) -> Result<String, QueryError> {
        let position = self.position;
        let mut name = String::new();
        while let Some(c) = self.peek() {
            if c == '"' {
                name += &self.quoted()?;
            } else if is_attribute_char(c) {
                name.push(c);
                self.next();
            } else {
                break;
            }
        }
        if name.is_empty() {
            return Err(QueryError::at(position, "syntax error: unexpected END_ATTRIBUTE, expecting IDENTIFIER"));
        }
        Ok(name)
    }

    fn quoted(&mut self) -> Result<String, QueryError> {
        let start = self.position;
        let Some(quote) = self.next() else { return Ok(String::new()) };
        let mut text = String::new();
        while let Some(c) = self.next() {
            if c == quote {
                return Ok(text);
            }
            if c == '\\' && quote == '"' {
                text.push(self.escape(start)?);
            } else {
                text.push(c);
            }
        }
        Err(QueryError::at(start, "syntax error: literal not terminated"))
    }

    /// What follows a backslash; escapes of regular expressions such as `\d` have to be written `\\d`.
    fn escape(&mut self, start: Position) -> Result<char, QueryError> {
        match self.next() {
            Some('n') => Ok('\n'),
            Some('t') => Ok('\t'),
            Some('r') => Ok('\r'),
            Some(c @ ('"' | '\\' | '\'' | '/')) => Ok(c),
            Some(c @ ('u' | 'x')) => {
                let digits = if c == 'u' { 4 } else { 2 };
                let code: String = (0..digits).filter_map(|_| self.next()).collect();
                let value = u32::from_str_radix(&code, 16).ok().and_then(char::from_u32);
                value.ok_or_else(|| QueryError::at(start, format!("syntax error: invalid escape \\{c}{code}")))
            }
            other => {
                let written = other.map_or_else(String::new, String::from);
                Err(QueryError::at(start, format!("syntax error: invalid escape \\{written}")))
            }
        }
    }

    fn number(&mut self) -> Result<TokenKind, QueryError> {
        let position = self.position;
        let text = self.take_while(|c| c.is_alphanumeric() || c == '.' || c == '_');
        if let Some(nanoseconds) = duration::parse(&text) {
            return Ok(TokenKind::Duration(nanoseconds));
        }
        if let Ok(number) = text.parse() {
            return Ok(TokenKind::Integer(number));
        }
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(TokenKind::Float(number)),
            _ => Err(QueryError::at(position, format!("syntax error: {text:?} is no number or duration"))),
        }
    }

    fn skip_blank(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.next();
        }
    }

    /// Steps over `count` characters.
    fn skip(&mut self, count: usize) {
        for _ in 0..count {
            self.next();
        }
    }

    fn take_while(&mut self, accept: impl Fn(char) -> bool) -> String {
        let mut taken = String::new();
        while let Some(c) = self.peek().filter(|c| accept(*c)) {
            taken.push(c);
            self.next();
        }
        taken
    }

    fn rest(&mut self) -> &str {
        let at = self.chars.peek().map_or(self.text.len(), |(at, _)| *at);
        &self.text[at..]
    }

    fn peek(&mut self) -> Option<char> {
        self.chars.peek().map(|(_, c)| *c)
    }

    fn next(&mut self) -> Option<char> {
        let (_, c) = self.chars.next()?;
        if c == '\n' {
            self.position = Position { line: self.position.line + 1, column: 1 };
        } else {
            self.position.column += 1;
        }
        Some(c)
    }
}
