//! Expressions: operands, the operators between them, and what they are made of.

use lab_algebra::{Aggregation, Grouping};
use lab_model::nearest::did_you_mean;

use crate::promql::functions;
use crate::promql::syntax::ast::{Aggregate, Binary, Expr, ExprKind};
use crate::promql::syntax::operator::{POWER, binding, has_parameter, right_binding};
use crate::promql::syntax::parser::cursor::Cursor;
use crate::promql::syntax::parser::{labels, operator, postfix, selector};
use crate::promql::syntax::span::{Fault, Span};
use crate::promql::syntax::token::Kind;

/// An expression of operators that bind at least as tightly as `least`.
pub(super) fn expression(cursor: &mut Cursor<'_>, least: u8) -> Result<Expr, Fault> {
    let mut left = unary(cursor)?;
    while let Kind::Operator(operator) = cursor.kind() {
        if binding(operator) < least {
            break;
        }
        // The tree of `a + b + c` is deeper with each operator.
        cursor.descend()?;
        let place = cursor.next();
        let (returns_bool, matching) = operator::modifiers(cursor)?;
        let right = expression(cursor, right_binding(operator))?;
        let span = left.span.to(right.span);
        let binary = Binary { operator, place, left, right, returns_bool, matching: Some(matching) };
        left = Expr { kind: ExprKind::Binary(Box::new(binary)), span };
    }
    Ok(left)
}

fn unary(cursor: &mut Cursor<'_>) -> Result<Expr, Fault> {
    let start = cursor.peek().span;
    let Some(sign) = cursor.take_sign() else { return postfixed(cursor) };
    cursor.descend()?;
    // Only `^` binds tighter than a sign.
    let inner = expression(cursor, POWER)?;
    let span = start.to(inner.span);
    let kind = match inner.kind {
        ExprKind::Number(number) => ExprKind::Number(number.signed(Some(sign))),
        _ => ExprKind::Unary(sign, Box::new(inner)),
    };
    Ok(Expr { kind, span })
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
    let token = cursor.peek();
    let called = cursor.second() == Kind::Symbol("(");
    let kind = match token.kind {
        Kind::Number | Kind::Duration => ExprKind::Number(labels::number(cursor)?),
        Kind::Text => {
            cursor.next();
            ExprKind::Text(cursor.bytes(token.span))
        }
        Kind::Symbol("(") => return parentheses(cursor),
        Kind::Aggregation(operation) if called || matches!(cursor.second(), Kind::Keyword("by" | "without")) => {
            return aggregation(cursor, operation);
        }
        kind if called && kind.names_function() => return call(cursor),
        kind if kind == Kind::Symbol("{") || kind.can_be_metric() => return selector::selector(cursor),
        _ => return Err(cursor.unexpected("", "")),
    };
    Ok(Expr { kind, span: token.span })
}

fn parentheses(cursor: &mut Cursor<'_>) -> Result<Expr, Fault> {
    let start = cursor.next();
    let inner = expression(cursor, 0)?;
    let end = cursor.expect(")", "", "")?;
    Ok(Expr { kind: ExprKind::Paren(Box::new(inner)), span: start.to(end) })
}

fn call(cursor: &mut Cursor<'_>) -> Result<Expr, Fault> {
    let start = cursor.next();
    let name = cursor.text(start);
    let arguments = arguments(cursor)?;
    let Some(function) = functions::find(name) else {
        let near = did_you_mean(name, &functions::names());
        return Err(Fault::new(start, format!("unknown function with name {name:?}{near}")));
    };
    Ok(Expr { kind: ExprKind::Call(&function.signature, arguments), span: cursor.span_from(start) })
}

fn aggregation(cursor: &mut Cursor<'_>, operation: Aggregation) -> Result<Expr, Fault> {
    let start = cursor.next();
    cursor.aggregations += 1;
    let before = grouping(cursor)?;
    if !cursor.is("(") {
        return Err(cursor.unexpected("aggregation", ""));
    }
    let arguments = arguments(cursor)?;
    cursor.aggregations -= 1;
    let behind = if before.is_none() { grouping(cursor)? } else { None };
    let span = cursor.span_from(start);
    let (parameter, inner) = operands(operation, arguments, span)?;
    let aggregate = Aggregate { operation, parameter, inner, grouping: before.or(behind).unwrap_or_default() };
    Ok(Expr { kind: ExprKind::Aggregate(Box::new(aggregate)), span })
}

/// `by (…)` or `without (…)`
fn grouping(cursor: &mut Cursor<'_>) -> Result<Option<Grouping>, Fault> {
    let without = cursor.is("without");
    if cursor.take("by").or_else(|| cursor.take("without")).is_none() {
        return Ok(None);
    }
    Ok(Some(Grouping { without, labels: labels::list(cursor)? }))
}

/// The parameter of an aggregation, if it takes one, and its vector.
fn operands(operation: Aggregation, mut arguments: Vec<Expr>, span: Span) -> Result<(Option<Expr>, Expr), Fault> {
    let (got, wanted) = (arguments.len(), 1 + usize::from(has_parameter(operation)));
    match arguments.pop() {
        None => Err(Fault::new(span, "no arguments for aggregate expression provided")),
        Some(inner) if got == wanted => Ok((arguments.pop(), inner)),
        Some(_) => {
            let text = "wrong number of arguments for aggregate expression provided";
            Err(Fault::new(span, format!("{text}, expected {wanted}, got {got}")))
        }
    }
}

// `(expression, …)`
fn arguments(cursor: &mut Cursor<'_>) -> Result<Vec<Expr>, Fault> {
    cursor.next();
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
