//! The tokens of a query, one after the other, and the words for what does not belong.

use lab_algebra::Operator;

use crate::promql::syntax::ast::Sign;
use crate::promql::syntax::lexer::{self, Tokens};
use crate::promql::syntax::literal;
use crate::promql::syntax::span::{Fault, Span};
use crate::promql::syntax::token::{self, Kind, Token};

/// The deepest nesting of brackets and operators; parsing and evaluation recurse that deep at most.
const MAX_DEPTH: usize = 256;

/// Reads the tokens of a query.
pub(super) struct Cursor<'q> {
    query: &'q str,
    tokens: Tokens,
    at: usize,
    /// How many brackets and operators are open; who reads an operand sets it back to what it was before.
    pub(super) depth: usize,
    /// How many aggregations are open; a fault within one says so.
    pub(super) aggregations: usize,
}

impl<'q> Cursor<'q> {
    pub(super) fn new(query: &'q str) -> Self {
        Self { query, tokens: lexer::tokens(query), at: 0, depth: 0, aggregations: 0 }
    }

    /// The next token; the last one is never passed.
    pub(super) fn peek(&self) -> Token {
        self.token(self.at)
    }

    /// The kind of the next token.
    pub(super) fn kind(&self) -> Kind {
        self.peek().kind
    }

    /// The kind of the token behind the next one.
    pub(super) fn second(&self) -> Kind {
        self.token(self.at + 1).kind
    }

    /// Passes the next token.
    pub(super) fn next(&mut self) -> Span {
        let span = self.peek().span;
        self.at += 1;
        span
    }

    /// True if the next token is this keyword or symbol.
    pub(super) fn is(&self, word: &str) -> bool {
        matches!(self.kind(), Kind::Keyword(found) | Kind::Symbol(found) if found == word)
    }

    /// Passes the next token if it is this keyword or symbol.
    pub(super) fn take(&mut self, word: &str) -> Option<Span> {
        self.is(word).then(|| self.next())
    }

    /// Passes this keyword or symbol, or says that something else was found.
    pub(super) fn expect(&mut self, word: &str, context: &str, expected: &str) -> Result<Span, Fault> {
        self.take(word).ok_or_else(|| self.unexpected(context, expected))
    }

    /// Passes a sign if one comes next.
    pub(super) fn take_sign(&mut self) -> Option<Sign> {
        let sign = match self.kind() {
            Kind::Operator(Operator::Add) => Sign::Plus,
            Kind::Operator(Operator::Subtract) => Sign::Minus,
            _ => return None,
        };
        self.next();
        Some(sign)
    }

    /// The bytes of a string token.
    pub(super) fn bytes(&self, span: Span) -> Vec<u8> {
        literal::string(self.text(span)).map(|(bytes, _)| bytes).unwrap_or_default()
    }

    /// The text of a token.
    pub(super) fn text(&self, span: Span) -> &'q str {
        self.query.get(span.start..span.end).unwrap_or_default()
    }

    /// The span from `start` to the end of the token that was read last.
    pub(super) fn span_from(&self, start: Span) -> Span {
        start.to(self.token(self.at.saturating_sub(1)).span)
    }

    /// The fault that the next token does not belong here.
    pub(super) fn unexpected(&self, context: &str, expected: &str) -> Fault {
        let token = self.peek();
        if let (Kind::Wrong, Some(fault)) = (token.kind, &self.tokens.fault) {
            return fault.clone();
        }
        let context = if context.is_empty() && self.aggregations > 0 { "aggregation" } else { context };
        let part = |lead: &str, text: &str| if text.is_empty() { String::new() } else { format!("{lead}{text}") };
        let found = token::describe(token, self.text(token.span));
        Fault::new(token.span, format!("unexpected {found}{}{}", part(" in ", context), part(", expected ", expected)))
    }

    /// Goes one level deeper.
    pub(super) fn descend(&mut self) -> Result<(), Fault> {
        self.depth += 1;
        // The innermost operand is no level of its own.
        if self.depth > MAX_DEPTH + 1 {
            return Err(Fault::new(self.peek().span, format!("query nests deeper than {MAX_DEPTH} levels")));
        }
        Ok(())
    }

    fn token(&self, at: usize) -> Token {
        let list = &self.tokens.list;
        list[at.min(list.len() - 1)]
    }
}
