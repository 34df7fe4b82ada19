//! The cursor over the tokens of a query, and the words for a token that does not belong.

use std::ops::{Deref, DerefMut};

use lab_algebra::Operator;
use lab_syntax::{Bounds, Fault, Place};

use crate::promql::syntax::ast::Sign;
use crate::promql::syntax::lexer;
use crate::promql::syntax::literal;
use crate::promql::syntax::token::{self, Kind};

/// The deepest nesting of brackets and operators; parsing and evaluation recurse that deep at most.
const MAX_DEPTH: usize = 256;

/// A [cursor](lab_syntax::Cursor) that knows what it is within.
pub(super) struct Cursor<'q> {
    tokens: lab_syntax::Cursor<'q, Kind>,
    /// Why the last token is none.
    wrong: Option<Fault>,
    /// How many brackets and operators are open; who reads an operand sets it back to what it was before.
    pub(super) depth: usize,
    /// How many aggregations are open; a fault within one says so.
    pub(super) aggregations: usize,
}

impl<'q> Deref for Cursor<'q> {
    type Target = lab_syntax::Cursor<'q, Kind>;

    fn deref(&self) -> &Self::Target {
        &self.tokens
    }
}

impl DerefMut for Cursor<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.tokens
    }
}

impl<'q> Cursor<'q> {
    pub(super) fn new(query: &'q str) -> Self {
        let (tokens, wrong) = lexer::tokens(query);
        Self { tokens: lab_syntax::Cursor::new(query, tokens, Bounds::NONE), wrong, depth: 0, aggregations: 0 }
    }

    /// The kind of the next token.
    pub(super) fn kind(&self) -> Kind {
        *self.peek()
    }

    /// Passes this keyword or symbol, or says that something else was found.
    pub(super) fn expect(&mut self, word: &str, context: &str, expected: &str) -> Result<Place, Fault> {
        self.take(word).ok_or_else(|| self.unexpected(context, expected))
    }

    /// Passes a sign if one comes next.
    pub(super) fn take_sign(&mut self) -> Option<Sign> {
        let sign = match self.kind() {
            Kind::Operator(Operator::Add) => Sign::Plus,
            Kind::Operator(Operator::Subtract) => Sign::Minus,
            _ => return None,
        };
        self.advance();
        Some(sign)
    }

    /// The bytes of the string token at a place.
    pub(super) fn bytes(&self, place: Place) -> Vec<u8> {
        literal::string(self.written(place)).map(|(bytes, _)| bytes).unwrap_or_default()
    }

    /// The fault that the next token does not belong here.
    pub(super) fn unexpected(&self, context: &str, expected: &str) -> Fault {
        if let (Kind::Wrong, Some(fault)) = (self.kind(), &self.wrong) {
            return fault.clone();
        }
        let context = if context.is_empty() && self.aggregations > 0 { "aggregation" } else { context };
        let part = |lead: &str, text: &str| if text.is_empty() { String::new() } else { format!("{lead}{text}") };
        let found = token::describe(self.kind(), self.written(self.place()));
        self.fault(format!("unexpected {found}{}{}", part(" in ", context), part(", expected ", expected)))
    }

    /// Goes one level deeper.
    pub(super) fn descend(&mut self) -> Result<(), Fault> {
        self.depth += 1;
        // The innermost operand is no level of its own.
        if self.depth > MAX_DEPTH + 1 {
            return Err(self.fault(format!("query nests deeper than {MAX_DEPTH} levels")));
        }
        Ok(())
    }
}
