//! Durations: what stands within brackets and behind `offset`.
//!
//! ```text
//! expression = product { "+"|"-" product }
//! product    = unary { "*"|"/"|"%" unary }
//! unary      = ["+"|"-"] unary | operand ["^" unary]
//! operand    = number | duration | "(" expression ")" | "step()" | "range()"
//!            | "min_of(" expression "," expression ")" | "max_of(" expression "," expression ")"
//! ```

use lab_algebra::Operator;
use lab_syntax::{Fault, Place};

use crate::promql::functions;
use crate::promql::syntax::ast::{Binary, Duration, Expr, ExprKind};
use crate::promql::syntax::literal::MAX_SECONDS;
use crate::promql::syntax::parser::cursor::Cursor;
use crate::promql::syntax::token::Kind;

/// What a message says if no duration stands where one must: the context, and what was expected.
pub(super) type Wanted = (&'static str, &'static str);

const OFFSET: Wanted = ("offset", "number, duration, step(), or range()");

/// A duration above zero, for a range or a step.
pub(super) fn positive(cursor: &mut Cursor<'_>, wanted: Wanted) -> Result<Duration, Fault> {
    let expr = expression(cursor, Operator::Add.binding(), wanted)?;
    match expr.kind {
        ExprKind::Number(number) if number.value <= 0.0 => {
            Err(Fault::new(expr.place, "duration must be greater than 0"))
        }
        _ => Ok(duration(expr)),
    }
}

/// The duration behind `offset`. An operator that follows a single operand belongs to the query, so that
/// `m offset 5m * 2` doubles the series; behind parentheses or a second sign it belongs to the duration.
pub(super) fn offset(cursor: &mut Cursor<'_>) -> Result<Duration, Fault> {
    let is_sign = |kind| matches!(kind, Kind::Operator(Operator::Add | Operator::Subtract));
    let start = cursor.place();
    if cursor.is("(") || (is_sign(cursor.kind()) && is_sign(*cursor.peek_after(1))) {
        return expression(cursor, Operator::Add.binding(), OFFSET).map(duration);
    }
    let sign = cursor.take_sign();
    let operand = operand(cursor, OFFSET)?;
    Ok(duration(signed(sign, operand, start)))
}

/// An expression of operators that bind at least as tightly as `least`.
fn expression(cursor: &mut Cursor<'_>, least: u8, wanted: Wanted) -> Result<Expr, Fault> {
    let (depth, start) = (cursor.depth, cursor.place());
    cursor.descend()?;
    let mut left = match cursor.take_sign() {
        None => operand(cursor, wanted)?,
        sign => signed(sign, expression(cursor, Operator::Power.binding(), wanted)?, start),
    };
    while let Kind::Operator(operator) = cursor.kind() {
        if operator.binding() < least || operator == Operator::Atan2 {
            break;
        }
        cursor.descend()?;
        let operator_place = cursor.advance();
        let right = expression(cursor, operator.right_binding(), wanted)?;
        let is_zero = matches!(right.kind, ExprKind::Number(number) if number.value == 0.0);
        match operator {
            Operator::Divide if is_zero => return Err(Fault::new(operator_place, "division by zero")),
            Operator::Modulo if is_zero => return Err(Fault::new(operator_place, "modulo by zero")),
            _ => {}
        }
        let place = left.place.to(right.place);
        let binary = Binary { operator, operator_place, left, right, returns_bool: false, matching: None };
        left = Expr { kind: ExprKind::Binary(Box::new(binary)), place };
    }
    cursor.depth = depth;
    Ok(left)
}

fn operand(cursor: &mut Cursor<'_>, wanted: Wanted) -> Result<Expr, Fault> {
    let (context, start) = (wanted.0, cursor.place());
    if let Kind::Number(number) = cursor.kind() {
        // NaN is found where the duration is computed.
        if number.value.abs() > MAX_SECONDS {
            return Err(Fault::new(start, "duration out of range"));
        }
        return Ok(Expr { kind: ExprKind::Number(number), place: cursor.advance() });
    }
    if cursor.take("(").is_some() {
        let inner = expression(cursor, Operator::Add.binding(), wanted)?;
        let place = start.to(cursor.expect(")", context, "\")\"")?);
        // A second pair of parentheses says nothing more.
        let kind = if matches!(inner.kind, ExprKind::Paren(_)) { inner.kind } else { ExprKind::Paren(Box::new(inner)) };
        return Ok(Expr { kind, place });
    }
    let function = match cursor.kind() {
        Kind::Keyword(name @ ("step" | "range" | "min_of" | "max_of")) => functions::find(name),
        _ => None,
    };
    let Some(function) = function else { return Err(cursor.unexpected(context, wanted.1)) };
    cursor.advance();
    cursor.expect("(", context, "\"(\"")?;
    let mut arguments = Vec::new();
    while arguments.len() < function.signature.parameters.len() {
        if !arguments.is_empty() {
            cursor.expect(",", context, "\",\"")?;
        }
        arguments.push(expression(cursor, Operator::Add.binding(), wanted)?);
    }
    let end = cursor.expect(")", context, "\")\"")?;
    Ok(Expr { kind: ExprKind::Call(&function.signature, arguments), place: start.to(end) })
}

/// The expression with a sign before it; a plus says nothing, and goes.
fn signed(sign: Option<Operator>, expr: Expr, start: Place) -> Expr {
    match sign {
        Some(Operator::Subtract) => expr.signed(Operator::Subtract, start),
        _ => Expr { place: start.to(expr.place), ..expr },
    }
}

/// A number is known in milliseconds at once; they are cut off from nanoseconds.
fn duration(expr: Expr) -> Duration {
    match expr.kind {
        ExprKind::Number(number) => Duration::Literal((number.value * 1e9).round() as i64 / 1_000_000),
        _ => Duration::Computed(Box::new(expr)),
    }
}
