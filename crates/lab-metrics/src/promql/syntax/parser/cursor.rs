//! The tokens of a query, one after the other, and the words for what does not belong.

use crate::promql::syntax::lexer::{self, Tokens};
use crate::promql::syntax::span::{Fault, Span};
use crate::promql::syntax::token::{self, Keyword, Kind, Token};

/// The deepest nesting of brackets and operators; parsing and evaluation recurse that deep at most.
const MAX_DEPTH: usize = 256;

/// Reads the tokens of a query.
pub(super) struct Cursor<'q> {
    query: &'q str,
    tokens: Tokens,
    at: usize,
    depth: usize,
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

    pub(super) fn is_at_end(&self) -> bool {
        self.kind() == Kind::End
    }

    /// Passes the next token.
    pub(super) fn next(&mut self) -> Span {
        let span = self.peek().span;
        self.at += 1;
        span
    }

    /// Passes the next token if it is of this kind.
    pub(super) fn take(&mut self, kind: Kind) -> Option<Span> {
        (self.kind() == kind).then(|| self.next())
    }

    /// Passes the next token if it is this keyword.
    pub(super) fn take_keyword(&mut self, keyword: Keyword) -> Option<Span> {
        self.take(Kind::Keyword(keyword))
    }

    /// Passes a token of this kind, or says that another one was found.
    pub(super) fn expect(&mut self, kind: Kind, context: &str, expected: &str) -> Result<Span, Fault> {
        self.take(kind).ok_or_else(|| self.unexpected(context, expected))
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

    /// Goes one level deeper; [`Cursor::rise`] goes back.
    pub(super) fn descend(&mut self) -> Result<(), Fault> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Fault::new(self.peek().span, format!("query nests deeper than {MAX_DEPTH} levels")));
        }
        Ok(())
    }

    /// How deep the cursor is, to [rise](Cursor::rise) to again.
    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    pub(super) fn rise(&mut self, depth: usize) {
        self.depth = depth;
    }

    fn token(&self, at: usize) -> Token {
        let last = self.tokens.list.len().saturating_sub(1);
        let end = Token { kind: Kind::End, span: Span { start: self.query.len(), end: self.query.len() } };
        self.tokens.list.get(at.min(last)).copied().unwrap_or(end)
    }
}
