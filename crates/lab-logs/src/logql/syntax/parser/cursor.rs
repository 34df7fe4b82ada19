//! The cursor over the tokens of a query, and how large a query may be.

use lab_syntax::{Bounds, Fault};

use crate::logql::syntax::token::{Kind, Token};

const BOUNDS: Bounds = Bounds { depth: 64, operators: 256 };

/// A walk over the tokens of a query.
pub(super) type Cursor<'q> = lab_syntax::Cursor<'q, Kind>;

/// Stands before the first token of a text.
pub(super) fn cursor(text: &str, tokens: Vec<Token>) -> Cursor<'_> {
    Cursor::new(text, tokens, BOUNDS)
}

/// Passes a number, which must come next, perhaps with a sign.
pub(super) fn number(cursor: &mut Cursor<'_>) -> Result<f64, Fault> {
    let sign = if cursor.accept("-") {
        -1.0
    } else {
        cursor.accept("+");
        1.0
    };
    let Kind::Number(number) = *cursor.peek() else { return Err(cursor.unexpected(&["NUMBER"])) };
    cursor.advance();
    Ok(sign * number)
}

/// Passes the sign that ends an expression, which must come next. What else could follow is too much to be listed.
pub(super) fn close(cursor: &mut Cursor<'_>, sign: &str) -> Result<(), Fault> {
    if cursor.accept(sign) { Ok(()) } else { Err(cursor.unexpected(&[])) }
}
