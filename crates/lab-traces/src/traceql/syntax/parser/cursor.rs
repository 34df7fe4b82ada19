//! The cursor over the tokens of a query, and how large a query may be.

use lab_syntax::{Bounds, Fault};

use crate::traceql::syntax::lexer::tokenize;
use crate::traceql::syntax::token::TokenKind;

const BOUNDS: Bounds = Bounds { depth: 64, operators: 500 };

/// A walk over the tokens of a query.
pub(super) type Cursor<'q> = lab_syntax::Cursor<'q, TokenKind>;

/// Stands before the first token of a text.
pub(super) fn cursor(text: &str) -> Result<Cursor<'_>, Fault> {
    Ok(Cursor::new(text, tokenize(text)?, BOUNDS))
}
