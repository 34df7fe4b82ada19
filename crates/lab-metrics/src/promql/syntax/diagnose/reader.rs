//! The tokens of a refused query, one after the other, and what they are called in messages.

use crate::promql::syntax::text::{self, Fault, Token};
use crate::promql::value::ValueType;

/// What is known of an expression that was read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Typed {
    pub(super) kind: ValueType,
    pub(super) at: usize,
    /// It is a bare instant selector, which may get a range.
    pub(super) selector: bool,
    /// It has an `offset`, an `@`.
    pub(super) offset: bool,
    pub(super) fixed: bool,
}

/// Reads tokens.
pub(super) struct Reader<'q> {
    query: &'q str,
    tokens: Vec<Token<'q>>,
    at: usize,
}

impl<'q> Reader<'q> {
    pub(super) fn new(query: &'q str) -> Self {
        Self { query, tokens: text::tokens(query), at: 0 }
    }

    pub(super) fn peek(&self) -> Option<Token<'q>> {
        self.tokens.get(self.at).copied()
    }

    pub(super) fn second(&self) -> Option<Token<'q>> {
        self.tokens.get(self.at + 1).copied()
    }

    pub(super) fn next(&mut self) -> Option<Token<'q>> {
        let token = self.peek();
        self.at += 1;
        token
    }

    /// True if the next token is `text`, compared without case.
    pub(super) fn peek_is(&self, text: &str) -> bool {
        self.peek().is_some_and(|token| token.text.eq_ignore_ascii_case(text))
    }

    /// Takes the next token if it is one of `texts`.
    pub(super) fn take(&mut self, texts: &[&str]) -> Option<Token<'q>> {
        if texts.iter().any(|text| self.peek_is(text)) { self.next() } else { None }
    }

    /// Takes a closing parenthesis; `unclosed` is said at the end of the query.
    pub(super) fn close(&mut self, unclosed: &str, context: &str) -> Result<(), Fault> {
        match self.peek() {
            Some(token) if token.text == ")" => {
                self.at += 1;
                Ok(())
            }
            Some(_) => Err(self.unexpected(context, "")),
            None => Err(self.fault_here(unclosed)),
        }
    }

    /// Takes a string.
    pub(super) fn string(&mut self, context: &str) -> Result<Token<'q>, Fault> {
        let Some(token) = self.peek().filter(|token| token.text.starts_with(['"', '\'', '`'])) else {
            return Err(self.unexpected(context, "string"));
        };
        let quote = &token.text[..1];
        if token.text.len() < 2 || !token.text.ends_with(quote) {
            let kind = if quote == "`" { "unterminated raw string" } else { "unterminated quoted string" };
            return Err(Fault { at: token.start, message: kind.to_owned() });
        }
        self.at += 1;
        Ok(token)
    }

    /// Takes a number or a duration.
    pub(super) fn number(&mut self) -> Result<(), Fault> {
        let Some(token) = self.peek() else { return Err(self.unexpected("", "number or duration")) };
        if !is_number(token.text) && !is_duration(token.text) {
            let message = format!("bad number or duration syntax: {:?}", token.text);
            return Err(Fault { at: token.start, message });
        }
        self.at += 1;
        Ok(())
    }

    /// A fault at the next token.
    pub(super) fn fault_here(&self, message: &str) -> Fault {
        Fault { at: self.peek().map_or(self.query.len(), |token| token.start), message: message.to_owned() }
    }

    /// The fault that the next token does not belong here.
    pub(super) fn unexpected(&self, context: &str, expected: &str) -> Fault {
        if self.peek().is_none() && self.has_open_parenthesis() {
            return self.fault_here("unclosed left parenthesis");
        }
        let part = |lead: &str, text: &str| if text.is_empty() { String::new() } else { format!("{lead}{text}") };
        let token = self.peek().map_or("end of input".to_owned(), describe);
        let message = format!("unexpected {token}{}{}", part(" in ", context), part(", expected ", expected));
        self.fault_here(&message)
    }

    fn has_open_parenthesis(&self) -> bool {
        let count = |text: &str| self.tokens.iter().filter(|token| token.text == text).count();
        count("(") > count(")")
    }
}

/// True for numbers.
pub(super) fn is_number(text: &str) -> bool {
    text::number(text).is_some()
}

/// True for durations like `1h30m`.
pub(super) fn is_duration(text: &str) -> bool {
    lab_model::duration::parse(text).is_ok()
}

/// A token as Prometheus' messages name it.
fn describe(token: Token<'_>) -> String {
    let text = token.text;
    let lower = text.to_ascii_lowercase();
    match lower.as_str() {
        "and" | "or" | "unless" | "atan2" | "+" | "-" | "*" | "/" | "%" | "^" | "==" | "!=" | "<" | "<=" | ">"
        | ">=" | "=~" | "!~" => format!("<op:{lower}>"),
        "by" | "without" | "on" | "ignoring" | "group_left" | "group_right" | "bool" | "offset" => format!("<{lower}>"),
        _ if super::call::is_aggregation(&lower) => format!("<aggr:{lower}>"),
        _ if text.starts_with(['"', '\'', '`']) => format!("string {text:?}"),
        _ if is_number(text) => format!("number {text:?}"),
        _ if is_duration(text) => format!("duration {text:?}"),
        _ if text.contains(':') && text.len() > 1 => format!("metric identifier {text:?}"),
        _ if text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') => format!("identifier {text:?}"),
        _ if text.is_ascii() => format!("{text:?}"),
        _ => format!("character: {text:?}"),
    }
}
