//! Expressions: operands, the operators between them, and what they are made of.

use lab_algebra::notation::reader;
use lab_algebra::{Aggregation, Matching, Operator};
use lab_model::text::nearest::did_you_mean;
use lab_syntax::{Fault, Place};

use crate::promql::functions;
use crate::promql::syntax::ast::{Aggregate, Binary, Expr, ExprKind};
use crate::promql::syntax::parser::cursor::Cursor;
use crate::promql::syntax::parser::{postfix, selector};
use crate::promql::syntax::token::Kind;

/// An expression of operators that bind at least as tightly as `least`.
pub(super) fn expression(cursor: &mut Cursor<'_>, least: u8) -> Result<Expr, Fault> {
    let mut left = unary(cursor)?;
    while let Kind::Operator(operator) = cursor.kind() {
        if operator.binding() < least {
            break;
        }
        // The tree of `a + b + c` is deeper with each operator.
        cursor.descend()?;
        let operator_place = cursor.advance();
        let returns_bool = cursor.accept("bool");
        let mut matching = reader::matching(cursor)?.unwrap_or_default();
        fill(cursor, &mut matching)?;
        let right = expression(cursor, operator.right_binding())?;
        let place = left.place.to(right.place);
        let binary = Binary { operator, operator_place, left, right, returns_bool, matching: Some(matching) };
        left = Expr { kind: ExprKind::Binary(Box::new(binary)), place };
    }
    Ok(left)
}

/// `fill (0)`, or `fill_left (0)` and `fill_right (0)` in either order.
fn fill(cursor: &mut Cursor<'_>, matching: &mut Matching) -> Result<(), Fault> {
    if cursor.take("fill").is_some() {
        let value = Some(fill_value(cursor)?);
        (matching.fill_left, matching.fill_right) = (value, value);
        return Ok(());
    }
    loop {
        let (word, side) = if cursor.is("fill_left") {
            ("fill_left", &mut matching.fill_left)
        } else {
            ("fill_right", &mut matching.fill_right)
        };
        if side.is_some() || cursor.take(word).is_none() {
            return Ok(());
        }
        *side = Some(fill_value(cursor)?);
    }
}

fn fill_value(cursor: &mut Cursor<'_>) -> Result<f64, Fault> {
    cursor.expect("(", "", "")?;
    let number = cursor.take_number().ok_or_else(|| cursor.unexpected("", ""))?;
    cursor.expect(")", "", "")?;
    Ok(number.value)
}

fn unary(cursor: &mut Cursor<'_>) -> Result<Expr, Fault> {
    let start = cursor.place();
    let Some(sign) = cursor.take_sign() else { return postfixed(cursor) };
    cursor.descend()?;
    // Only `^` binds tighter than a sign.
    Ok(expression(cursor, Operator::Power.binding())?.signed(sign, start))
}

fn postfixed(cursor: &mut Cursor<'_>) -> Result<Expr, Fault> {
    let depth = cursor.depth;
    cursor.descend()?;
    let mut expr = primary(cursor)?;
    // The tree of `a[1m:][1m:]` is deeper with each bracket.
    while postfix::postfix(cursor, &mut expr)? {
        cursor.descend()?;
    }
    cursor.depth = depth;
    Ok(expr)
}

fn primary(cursor: &mut Cursor<'_>) -> Result<Expr, Fault> {
    let (kind, place) = (cursor.kind(), cursor.place());
    let called = *cursor.peek_after(1) == Kind::Symbol("(");
    let kind = match kind {
        Kind::Number(number) => {
            cursor.advance();
            ExprKind::Number(number)
        }
        Kind::Text => {
            cursor.advance();
            ExprKind::Text(cursor.bytes(place))
        }
        Kind::Symbol("(") => return parentheses(cursor),
        Kind::Aggregation(operation) if called || matches!(*cursor.peek_after(1), Kind::Keyword("by" | "without")) => {
            return aggregation(cursor, operation);
        }
        kind if called && kind.names_function() => return call(cursor),
        kind if kind == Kind::Symbol("{") || kind.can_be_metric() => return selector::selector(cursor),
        _ => return Err(cursor.unexpected("", "")),
    };
    Ok(Expr { kind, place })
}

fn parentheses(cursor: &mut Cursor<'_>) -> Result<Expr, Fault> {
    let start = cursor.advance();
    let inner = expression(cursor, 0)?;
    let end = cursor.expect(")", "", "")?;
    Ok(Expr { kind: ExprKind::Paren(Box::new(inner)), place: start.to(end) })
}

fn call(cursor: &mut Cursor<'_>) -> Result<Expr, Fault> {
    let start = cursor.advance();
    let name = cursor.written(start);
    let arguments = arguments(cursor)?;
    let Some(function) = functions::find(name) else {
        let near = did_you_mean(name, &functions::names());
        return Err(Fault::new(start, format!("unknown function with name {name:?}{near}")));
    };
    Ok(Expr { kind: ExprKind::Call(&function.signature, arguments), place: cursor.since(start) })
}

fn aggregation(cursor: &mut Cursor<'_>, operation: Aggregation) -> Result<Expr, Fault> {
    let start = cursor.advance();
    cursor.aggregations += 1;
    let before = reader::grouping(cursor)?;
    if !cursor.is("(") {
        return Err(cursor.unexpected("aggregation", ""));
    }
    let arguments = arguments(cursor)?;
    cursor.aggregations -= 1;
    let behind = if before.is_none() { reader::grouping(cursor)? } else { None };
    let place = cursor.since(start);
    let (parameter, inner) = operands(operation, arguments, place)?;
    let aggregate = Aggregate { operation, parameter, inner, grouping: before.or(behind).unwrap_or_default() };
    Ok(Expr { kind: ExprKind::Aggregate(Box::new(aggregate)), place })
}

/// The parameter of an aggregation, if it takes one, and its vector.
fn operands(operation: Aggregation, mut arguments: Vec<Expr>, place: Place) -> Result<(Option<Expr>, Expr), Fault> {
    let (got, wanted) = (arguments.len(), 1 + usize::from(operation.has_parameter()));
    match arguments.pop() {
        None => Err(Fault::new(place, "no arguments for aggregate expression provided")),
        Some(inner) if got == wanted => Ok((arguments.pop(), inner)),
        Some(_) => {
            let text = "wrong number of arguments for aggregate expression provided";
            Err(Fault::new(place, format!("{text}, expected {wanted}, got {got}")))
        }
    }
}

// `(expression, …)`
fn arguments(cursor: &mut Cursor<'_>) -> Result<Vec<Expr>, Fault> {
    cursor.advance();
    let mut arguments = Vec::new();
    while cursor.take(")").is_none() {
        if !arguments.is_empty() {
            let comma = cursor.expect(",", "", "")?;
            if cursor.is(")") {
                return Err(Fault::new(comma, "trailing commas not allowed in function call args"));
            }
        }
        let depth = cursor.depth;
        arguments.push(expression(cursor, 0)?);
        cursor.depth = depth;
    }
    Ok(arguments)
}
