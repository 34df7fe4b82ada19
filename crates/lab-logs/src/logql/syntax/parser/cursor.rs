//! The position in the tokens, what may come next, and how far expressions may nest.

use crate::logql::error::QueryError;
use crate::logql::syntax::lexer;
use crate::logql::syntax::token::{Kind, Token};

/// How deep brackets and aggregations may nest: evaluation recurses as deep.
const DEEPEST: usize = 64;
/// How many operators a query may have: a chain of them nests as deep.
const MOST_OPERATORS: usize = 256;

/// Reads tokens one by one.
pub(super) struct Cursor<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    operators: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Result<Self, QueryError> {
        Ok(Self { text, tokens: lexer::tokens(text)?, at: 0, depth: 0, operators: 0 })
    }

    /// The next token.
    pub(super) fn peek(&self) -> &Kind {
        self.peek_after(0)
    }

    /// The token after `skipped` others.
    pub(super) fn peek_after(&self, skipped: usize) -> &Kind {
        self.tokens.get(self.at + skipped).map_or(&Kind::End, |token| &token.kind)
    }

    /// Takes the next token.
    pub(super) fn next(&mut self) -> Kind {
        let kind = self.peek().clone();
        self.at += 1;
        kind
    }

    pub(super) fn is_end(&self) -> bool {
        *self.peek() == Kind::End
    }

    pub(super) fn is_symbol(&self, symbol: &str) -> bool {
        matches!(self.peek(), Kind::Symbol(found) if *found == symbol)
    }

    /// True if the keyword comes next, in upper or lower case.
    pub(super) fn is_name(&self, name: &str) -> bool {
        self.peek().is_word(name)
    }

    /// Takes the symbol if it comes next.
    pub(super) fn take_symbol(&mut self, symbol: &str) -> bool {
        let found = self.is_symbol(symbol);
        self.at += usize::from(found);
        found
    }

    /// Takes the name if it comes next.
    pub(super) fn take_name(&mut self, name: &str) -> bool {
        let found = self.is_name(name);
        self.at += usize::from(found);
        found
    }

    pub(super) fn expect_symbol(&mut self, symbol: &str) -> Result<(), QueryError> {
        if self.take_symbol(symbol) { Ok(()) } else { Err(self.unexpected(&[symbol])) }
    }

    pub(super) fn expect_name(&mut self) -> Result<String, QueryError> {
        let Kind::Name(name) = self.peek() else { return Err(self.unexpected(&["IDENTIFIER"])) };
        let name = name.clone();
        self.at += 1;
        Ok(name)
    }

    pub(super) fn expect_text(&mut self) -> Result<String, QueryError> {
        let Kind::Text(text) = self.peek() else { return Err(self.unexpected(&["STRING"])) };
        let text = text.clone();
        self.at += 1;
        Ok(text)
    }

    /// A number, perhaps with a sign.
    pub(super) fn expect_number(&mut self) -> Result<f64, QueryError> {
        let sign = if self.take_symbol("-") {
            -1.0
        } else {
            self.take_symbol("+");
            1.0
        };
        let Kind::Number(number) = *self.peek() else { return Err(self.unexpected(&["NUMBER"])) };
        self.at += 1;
        Ok(sign * number)
    }

    /// Goes on with `read` one level deeper.
    pub(super) fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, QueryError>) -> Result<T, QueryError> {
        if self.depth == DEEPEST {
            return Err(self.error(format!("the query nests deeper than {DEEPEST} levels")));
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    /// Counts an operator against the bound.
    pub(super) fn count_operator(&mut self) -> Result<(), QueryError> {
        self.operators += 1;
        if self.operators > MOST_OPERATORS {
            return Err(self.error(format!("the query has more than {MOST_OPERATORS} operators")));
        }
        Ok(())
    }

    /// The error that the next token fits none of `expected`, in the words of Loki's parser, which lists what
    /// it expects only if that is little.
    pub(super) fn unexpected(&self, expected: &[&str]) -> QueryError {
        let found = self.peek().describe();
        let expecting =
            if expected.is_empty() { String::new() } else { format!(", expecting {}", expected.join(" or ")) };
        self.error(format!("syntax error: unexpected {found}{expecting}"))
    }

    /// An error at the next token.
    pub(super) fn error(&self, message: String) -> QueryError {
        let at = self.tokens.get(self.at).map_or(self.text.len(), |token| token.at);
        QueryError::syntax(self.text, at, message)
    }

    /// Puts what is wrong with the token before at its place.
    pub(super) fn checked<T, E: std::fmt::Display>(&self, made: Result<T, E>) -> Result<T, QueryError> {
        made.map_err(|error| self.error_before(&error.to_string()))
    }

    /// An error at the token before.
    pub(super) fn error_before(&self, message: &str) -> QueryError {
        let at = self.tokens.get(self.at.saturating_sub(1)).map_or(0, |token| token.at);
        QueryError::syntax(self.text, at, message)
    }
}
