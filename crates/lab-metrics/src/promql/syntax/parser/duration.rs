//! Durations: what stands within brackets and behind `offset`.
//!
//! ```text
//! expression = product { "+"|"-" product }
//! product    = unary { "*"|"/"|"%" unary }
//! unary      = ["+"|"-"] unary | operand ["^" unary]
//! operand    = number | duration | "(" expression ")" | "step()" | "range()"
//!            | "min_of(" expression "," expression ")" | "max_of(" expression "," expression ")"
//! ```

use crate::promql::syntax::ast::{Duration, DurationExpr, DurationKind, Number, Sign};
use crate::promql::syntax::literal::MAX_SECONDS;
use crate::promql::syntax::operator::{Operator, POWER};
use crate::promql::syntax::parser::cursor::Cursor;
use crate::promql::syntax::parser::labels;
use crate::promql::syntax::span::{Fault, Span};
use crate::promql::syntax::token::{Keyword, Kind};

/// What a message says if no duration stands where one must.
#[derive(Clone, Copy)]
pub(super) struct Wanted {
    pub(super) context: &'static str,
    pub(super) expected: &'static str,
}

const OFFSET: Wanted = Wanted { context: "offset", expected: "number, duration, step(), or range()" };

/// A duration above zero, for a range or a step.
pub(super) fn positive(cursor: &mut Cursor<'_>, wanted: Wanted) -> Result<Duration, Fault> {
    let expr = expression(cursor, 0, wanted)?;
    match expr.kind {
        DurationKind::Number(number) if !expr.in_parentheses && number.value <= 0.0 => {
            Err(Fault::new(expr.span, "duration must be greater than 0"))
        }
        _ => Ok(duration(expr)),
    }
}

/// The duration behind `offset`. An operator that follows a single operand belongs to the query, so that
/// `m offset 5m * 2` doubles the series; behind parentheses it belongs to the duration.
pub(super) fn offset(cursor: &mut Cursor<'_>) -> Result<Duration, Fault> {
    let is_sign = |kind| matches!(kind, Kind::Operator(Operator::Add | Operator::Subtract));
    let first = cursor.kind();
    let whole = first == Kind::LeftParen || (is_sign(first) && is_sign(cursor.second()));
    if whole {
        return expression(cursor, 0, OFFSET).map(duration);
    }
    let start = cursor.peek().span;
    let Some(sign) = sign(cursor) else { return operand(cursor, OFFSET).map(duration) };
    let operand = operand(cursor, OFFSET)?;
    signed(sign, operand, start).map(duration)
}

/// An expression of operators that bind at least as tightly as `least`.
fn expression(cursor: &mut Cursor<'_>, least: u8, wanted: Wanted) -> Result<DurationExpr, Fault> {
    let depth = cursor.depth();
    cursor.descend()?;
    let start = cursor.peek().span;
    let mut left = match sign(cursor) {
        Some(sign) => signed(sign, expression(cursor, POWER, wanted)?, start)?,
        None => operand(cursor, wanted)?,
    };
    while let Kind::Operator(operator) = cursor.kind() {
        if operator.binding() < least.max(Operator::Add.binding()) || operator == Operator::Atan2 {
            break;
        }
        cursor.descend()?;
        let place = cursor.next();
        let right = expression(cursor, operator.right_binding(), wanted)?;
        if let (Operator::Divide | Operator::Modulo, Some(0.0)) = (operator, literal(&right)) {
            let name = if operator == Operator::Divide { "division" } else { "modulo" };
            return Err(Fault::new(place, format!("{name} by zero")));
        }
        let span = left.span.to(right.span);
        left = plain(DurationKind::Binary { operator, place, operands: Box::new([left, right]) }, span);
    }
    cursor.rise(depth);
    Ok(left)
}

fn operand(cursor: &mut Cursor<'_>, wanted: Wanted) -> Result<DurationExpr, Fault> {
    let start = cursor.peek().span;
    let fail = |cursor: &Cursor<'_>| cursor.unexpected(wanted.context, wanted.expected);
    match cursor.kind() {
        Kind::Number | Kind::Duration => {
            let number = labels::number(cursor)?;
            check_size(number, start)?;
            Ok(plain(DurationKind::Number(number), start))
        }
        Kind::LeftParen => {
            cursor.next();
            let inner = expression(cursor, 0, wanted)?;
            let end = cursor.expect(Kind::RightParen, wanted.context, "\")\"")?;
            Ok(DurationExpr { in_parentheses: true, span: start.to(end), ..inner })
        }
        Kind::Keyword(keyword @ (Keyword::Step | Keyword::Range | Keyword::MinOf | Keyword::MaxOf)) => {
            cursor.next();
            let context = wanted.context;
            cursor.expect(Kind::LeftParen, context, "\"(\"")?;
            let kind = match keyword {
                Keyword::Step => DurationKind::Step,
                Keyword::Range => DurationKind::Range,
                _ => {
                    let left = expression(cursor, 0, wanted)?;
                    cursor.expect(Kind::Comma, context, "\",\"")?;
                    let both = Box::new([left, expression(cursor, 0, wanted)?]);
                    if keyword == Keyword::MinOf { DurationKind::MinOf(both) } else { DurationKind::MaxOf(both) }
                }
            };
            let end = cursor.expect(Kind::RightParen, context, "\")\"")?;
            Ok(plain(kind, start.to(end)))
        }
        _ => Err(fail(cursor)),
    }
}

fn sign(cursor: &mut Cursor<'_>) -> Option<Sign> {
    let sign = match cursor.kind() {
        Kind::Operator(Operator::Add) => Sign::Plus,
        Kind::Operator(Operator::Subtract) => Sign::Minus,
        _ => return None,
    };
    cursor.next();
    Some(sign)
}

/// The expression with a sign: numbers take it in, and a plus goes.
fn signed(sign: Sign, expr: DurationExpr, start: Span) -> Result<DurationExpr, Fault> {
    let span = start.to(expr.span);
    match (sign, &expr.kind) {
        (Sign::Minus, DurationKind::Number(number)) if !expr.in_parentheses => {
            let number = Number { value: -number.value, ..*number };
            check_size(number, start)?;
            Ok(plain(DurationKind::Number(number), span))
        }
        (Sign::Minus, _) => Ok(plain(DurationKind::Negate(Box::new(expr)), span)),
        (Sign::Plus, _) => Ok(DurationExpr { span, ..expr }),
    }
}

fn plain(kind: DurationKind, span: Span) -> DurationExpr {
    DurationExpr { kind, in_parentheses: false, span }
}

fn check_size(number: Number, at: Span) -> Result<(), Fault> {
    // NaN is found where the duration is computed.
    if number.value.abs() > MAX_SECONDS { Err(Fault::new(at, "duration out of range")) } else { Ok(()) }
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
