//! The place in the row of tokens at which the parser stands, and the bounds on what it follows.

use crate::traceql::error::Fault;
use crate::traceql::syntax::lexer::tokenize;
use crate::traceql::syntax::place::Place;
use crate::traceql::syntax::token::{Token, TokenKind};

/// How deep brackets may be nested.
const MAX_DEPTH: usize = 64;
/// How many operators a query may have.
const MAX_OPERATORS: usize = 500;

/// A walk over the tokens of a query.
pub(super) struct Cursor {
    /// Never empty: the last one is the end.
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    operators: usize,
}

impl Cursor {
    /// Stands before the first token of a text.
    pub(super) fn new(text: &str) -> Result<Self, Fault> {
        Ok(Self { tokens: tokenize(text)?, at: 0, depth: 0, operators: 0 })
    }

    /// The next token.
    pub(super) fn peek(&self) -> &TokenKind {
        &self.tokens[self.at].kind
    }

    /// The place of the next token.
    pub(super) fn place(&self) -> Place {
        self.tokens[self.at].place
    }

    /// From the beginning of a place to the end of the token before the next one.
    pub(super) fn since(&self, start: Place) -> Place {
        start.to(self.tokens[self.at.saturating_sub(1)].place)
    }

    /// The next token, if it is an operator or bracket.
    pub(super) fn symbol(&self) -> Option<&'static str> {
        match self.peek() {
            TokenKind::Symbol(symbol) => Some(symbol),
            _ => None,
        }
    }

    /// Steps over the next token.
    pub(super) fn advance(&mut self) {
        self.at = (self.at + 1).min(self.tokens.len() - 1);
    }

    /// Steps over the next token if it is this operator or bracket.
    pub(super) fn accept(&mut self, symbol: &str) -> bool {
        let found = self.symbol() == Some(symbol);
        if found {
            self.advance();
        }
        found
    }

    /// Steps over the next token if it is this word.
    pub(super) fn accept_word(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), TokenKind::Identifier(name) if name == word);
        if found {
            self.advance();
        }
        found
    }

    /// Steps over this operator or bracket, which must come next.
    pub(super) fn expect(&mut self, symbol: &str) -> Result<(), Fault> {
        if self.accept(symbol) { Ok(()) } else { Err(self.unexpected()) }
    }

    /// Refuses whatever follows.
    pub(super) fn expect_end(&self) -> Result<(), Fault> {
        if *self.peek() == TokenKind::End { Ok(()) } else { Err(self.unexpected()) }
    }

    /// Steps over a word, which must come next.
    pub(super) fn word(&mut self) -> Result<String, Fault> {
        let TokenKind::Identifier(word) = self.peek() else { return Err(self.unexpected()) };
        let word = word.clone();
        self.advance();
        Ok(word)
    }

    /// Steps over an operator and counts it.
    pub(super) fn operator(&mut self) -> Result<(), Fault> {
        self.operators += 1;
        if self.operators > MAX_OPERATORS {
            return Err(self.fault(format!("the query has more than {MAX_OPERATORS} operators")));
        }
        self.advance();
        Ok(())
    }

    /// Counts a nested construct while `inside` reads it.
    pub(super) fn nested<T>(&mut self, inside: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        if self.depth == MAX_DEPTH {
            return Err(self.fault(format!("the expression is nested deeper than {MAX_DEPTH} levels")));
        }
        self.depth += 1;
        let result = inside(self);
        self.depth -= 1;
        result
    }

    /// The mistake that the next token is.
    pub(super) fn unexpected(&self) -> Fault {
        self.fault(format!("syntax error: unexpected {}", self.peek().name()))
    }

    /// A mistake at the next token.
    pub(super) fn fault(&self, message: impl Into<String>) -> Fault {
        Fault::new(self.place(), message)
    }
}
