//! Label filters: comparisons of labels with texts and quantities, joined by `and`, `or` and commas.

use lab_algebra::Operator;
use lab_syntax::{Fault, Kind as _};

use crate::logql::syntax::ast::{Condition, Quantity};
use crate::logql::syntax::parser::cursor::{Cursor, close, number};
use crate::logql::syntax::parser::selector::matcher;
use crate::logql::syntax::token::Kind;
use crate::logql::syntax::words::{COMPARISONS, meaning};

/// `condition (and|or|,) condition …`; `and` binds tighter than `or`, and a comma takes everything to its right.
pub(super) fn condition(cursor: &mut Cursor<'_>) -> Result<Condition, Fault> {
    let mut left = conjunction(cursor)?;
    while cursor.accept("or") {
        cursor.count_operator()?;
        left = Condition::Or(Box::new(left), Box::new(conjunction(cursor)?));
    }
    Ok(left)
}

fn conjunction(cursor: &mut Cursor<'_>) -> Result<Condition, Fault> {
    let mut left = listed(cursor)?;
    while cursor.accept("and") {
        cursor.count_operator()?;
        left = Condition::And(Box::new(left), Box::new(listed(cursor)?));
    }
    Ok(left)
}

/// A condition, and all that a comma adds to it: `a="1", b="2" or c="3"` asks for the first and one of the others. Side by
/// side without a comma means the same: `a="1" b="2"`, `a="1" (b="2" or c="3")`.
fn listed(cursor: &mut Cursor<'_>) -> Result<Condition, Fault> {
    let first = simple_condition(cursor)?;
    let is_name = matches!(cursor.peek(), Kind::Name(_));
    if !cursor.accept(",") && !cursor.is("(") && !is_name {
        return Ok(first);
    }
    cursor.count_operator()?;
    Ok(Condition::And(Box::new(first), Box::new(condition(cursor)?)))
}

fn simple_condition(cursor: &mut Cursor<'_>) -> Result<Condition, Fault> {
    if cursor.accept("(") {
        let inner = cursor.nested(condition)?;
        close(cursor, ")")?;
        return Ok(inner);
    }
    if !matches!(cursor.peek(), Kind::Name(_)) {
        return Err(cursor.unexpected(&["IDENTIFIER", "("]));
    }
    let symbol = cursor.peek_after(1);
    if matches!(symbol, Kind::Symbol("=~" | "!~"))
        || (matches!(symbol, Kind::Symbol("=" | "!=")) && matches!(cursor.peek_after(2), Kind::Text(_)))
    {
        return matcher(cursor).map(Condition::Match);
    }
    comparison(cursor)
}

/// `name > 5`, `name = ip("…")`.
fn comparison(cursor: &mut Cursor<'_>) -> Result<Condition, Fault> {
    let name = cursor.expect_name()?;
    if (cursor.is("=") || cursor.is("!=")) && is_addresses(cursor, 1) {
        let negated = cursor.is("!=");
        cursor.advance();
        return Ok(Condition::Addresses { name, negated, pattern: addresses(cursor)? });
    }
    let symbol = if let Kind::Symbol(symbol) = cursor.peek() { *symbol } else { "" };
    let op = if symbol == "=" { Some(Operator::Equal) } else { meaning(&COMPARISONS, symbol) };
    let Some(op) = op else { return Err(cursor.unexpected(&[])) };
    cursor.advance();
    let value = match *cursor.peek() {
        Kind::Duration(nanoseconds) => Quantity::Duration(nanoseconds),
        Kind::Bytes(bytes) => Quantity::Bytes(bytes),
        Kind::Number(_) | Kind::Symbol("-" | "+") => return number_condition(cursor, name, op),
        _ => return Err(cursor.unexpected(&[])),
    };
    cursor.advance();
    Ok(Condition::Compare { name, op, value })
}

/// True if `ip(` stands so many tokens ahead.
pub(super) fn is_addresses(cursor: &Cursor<'_>, ahead: usize) -> bool {
    cursor.peek_after(ahead).is("ip") && matches!(cursor.peek_after(ahead + 1), Kind::Symbol("("))
}

/// `ip("…")`: what stands between the quotes.
pub(super) fn addresses(cursor: &mut Cursor<'_>) -> Result<String, Fault> {
    cursor.advance();
    cursor.expect("(")?;
    let pattern = cursor.expect_text()?;
    cursor.expect(")")?;
    Ok(pattern)
}

fn number_condition(cursor: &mut Cursor<'_>, name: String, op: Operator) -> Result<Condition, Fault> {
    let value = Quantity::Number(number(cursor)?);
    Ok(Condition::Compare { name, op, value })
}

/// True if a comparison of a label comes next.
pub(super) fn is_filter(cursor: &Cursor<'_>) -> bool {
    let compares =
        matches!(cursor.peek_after(1), Kind::Symbol("=" | "!=" | "=~" | "!~" | "==" | ">" | ">=" | "<" | "<="));
    matches!(cursor.peek(), Kind::Name(_)) && compares
}
