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

use crate::promql::syntax::ast::{Duration, DurationExpr, DurationKind, Number, Sign};
use crate::promql::syntax::literal::MAX_SECONDS;
use crate::promql::syntax::parser::cursor::Cursor;
use crate::promql::syntax::parser::labels;
use crate::promql::syntax::token::Kind;

/// What a message says if no duration stands where one must: the context, and what was expected.
pub(super) type Wanted = (&'static str, &'static str);

const OFFSET: Wanted = ("offset", "number, duration, step(), or range()");

/// A duration above zero, for a range or a step.
pub(super) fn positive(cursor: &mut Cursor<'_>, wanted: Wanted) -> Result<Duration, Fault> {
    let expr = expression(cursor, Operator::Add.binding(), wanted)?;
    match literal(&expr) {
        Some(seconds) if seconds <= 0.0 => Err(Fault::new(expr.place, "duration must be greater than 0")),
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
    signed(sign, operand, start).map(duration)
}

/// An expression of operators that bind at least as tightly as `least`.
fn expression(cursor: &mut Cursor<'_>, least: u8, wanted: Wanted) -> Result<DurationExpr, Fault> {
    let (depth, start) = (cursor.depth, cursor.place());
    cursor.descend()?;
    let sign = cursor.take_sign();
    let mut left = match sign {
        Some(_) => signed(sign, expression(cursor, Operator::Power.binding(), wanted)?, start)?,
        None => operand(cursor, wanted)?,
    };
    while let Kind::Operator(operator) = cursor.kind() {
        if operator.binding() < least || operator == Operator::Atan2 {
            break;
        }
        cursor.descend()?;
        let operator_place = cursor.advance();
        let right = expression(cursor, operator.right_binding(), wanted)?;
        match (operator, literal(&right)) {
            (Operator::Divide, Some(0.0)) => return Err(Fault::new(operator_place, "division by zero")),
            (Operator::Modulo, Some(0.0)) => return Err(Fault::new(operator_place, "modulo by zero")),
            _ => {}
        }
        let place = left.place.to(right.place);
        left = plain(DurationKind::Binary { operator, operator_place, operands: Box::new([left, right]) }, place);
    }
    cursor.depth = depth;
    Ok(left)
}

fn operand(cursor: &mut Cursor<'_>, wanted: Wanted) -> Result<DurationExpr, Fault> {
    let (context, start) = (wanted.0, cursor.place());
    if matches!(cursor.kind(), Kind::Number | Kind::Duration) {
        return number(labels::number(cursor)?, start, start);
    }
    if cursor.take("(").is_some() {
        let inner = expression(cursor, Operator::Add.binding(), wanted)?;
        let end = cursor.expect(")", context, "\")\"")?;
        return Ok(DurationExpr { in_parentheses: true, place: start.to(end), ..inner });
    }
    let Kind::Keyword(function @ ("step" | "range" | "min_of" | "max_of")) = cursor.kind() else {
        return Err(cursor.unexpected(context, wanted.1));
    };
    cursor.advance();
    cursor.expect("(", context, "\"(\"")?;
    let mut both = || -> Result<_, Fault> {
        let left = expression(cursor, Operator::Add.binding(), wanted)?;
        cursor.expect(",", context, "\",\"")?;
        Ok(Box::new([left, expression(cursor, Operator::Add.binding(), wanted)?]))
    };
    let kind = match function {
        "step" => DurationKind::Step,
        "range" => DurationKind::Range,
        "min_of" => DurationKind::MinOf(both()?),
        _ => DurationKind::MaxOf(both()?),
    };
    let end = cursor.expect(")", context, "\")\"")?;
    Ok(plain(kind, start.to(end)))
}

/// The expression with a sign: numbers take it in, and a plus goes.
fn signed(sign: Option<Sign>, expr: DurationExpr, start: Place) -> Result<DurationExpr, Fault> {
    let place = start.to(expr.place);
    match &expr.kind {
        DurationKind::Number(value) if !expr.in_parentheses => number(value.signed(sign), start, place),
        _ if sign == Some(Sign::Minus) => Ok(plain(DurationKind::Negate(Box::new(expr)), place)),
        _ => Ok(DurationExpr { place, ..expr }),
    }
}

fn number(number: Number, at: Place, place: Place) -> Result<DurationExpr, Fault> {
    // NaN is found where the duration is computed.
    if number.value.abs() > MAX_SECONDS {
        return Err(Fault::new(at, "duration out of range"));
    }
    Ok(plain(DurationKind::Number(number), place))
}

fn plain(kind: DurationKind, place: Place) -> DurationExpr {
    DurationExpr { kind, in_parentheses: false, place }
}

/// The seconds of a number without parentheses.
fn literal(expr: &DurationExpr) -> Option<f64> {
    match expr.kind {
        DurationKind::Number(number) if !expr.in_parentheses => Some(number.value),
        _ => None,
    }
}

/// A number is known in milliseconds at once; they are cut off from nanoseconds.
fn duration(expr: DurationExpr) -> Duration {
    match literal(&expr) {
        Some(seconds) => Duration::Literal((seconds * 1e9).round() as i64 / 1_000_000),
        None => Duration::Computed(Box::new(expr)),
    }
}
