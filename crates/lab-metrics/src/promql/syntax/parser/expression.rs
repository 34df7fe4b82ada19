//! Expressions: operands, the operators between them, and what they are made of.

use lab_model::nearest::did_you_mean;

use crate::promql::functions;
use crate::promql::syntax::ast::{Aggregate, Binary, Expr, ExprKind, Number, Sign};
use crate::promql::syntax::literal;
use crate::promql::syntax::operator::{Aggregation, Operator, POWER};
use crate::promql::syntax::parser::cursor::Cursor;
use crate::promql::syntax::parser::{labels, operator, postfix, selector};
use crate::promql::syntax::span::{Fault, Span};
use crate::promql::syntax::token::{Keyword, Kind};

/// An expression of operators that bind at least as tightly as `least`.
pub(super) fn expression(cursor: &mut Cursor<'_>, least: u8) -> Result<Expr, Fault> {
    let depth = cursor.depth();
    let mut left = unary(cursor)?;
    while let Kind::Operator(operator) = cursor.kind() {
        if operator.binding() < least {
            break;
        }
        // The tree of `a + b + c` is deeper with each operator.
        cursor.descend()?;
        let place = cursor.next();
        let (returns_bool, matching) = operator::modifiers(cursor)?;
        let right = expression(cursor, operator.right_binding())?;
        let span = left.span.to(right.span);
        let binary = Binary { operator, place, left, right, returns_bool, matching: Some(matching) };
        left = Expr { kind: ExprKind::Binary(Box::new(binary)), span };
    }
    cursor.rise(depth);
    Ok(left)
}

fn unary(cursor: &mut Cursor<'_>) -> Result<Expr, Fault> {
    let sign = match cursor.kind() {
        Kind::Operator(Operator::Add) => Sign::Plus,
        Kind::Operator(Operator::Subtract) => Sign::Minus,
        _ => return postfixed(cursor),
    };
    let depth = cursor.depth();
    cursor.descend()?;
    let start = cursor.next();
    // Only `^` binds tighter than a sign.
    let inner = expression(cursor, POWER)?;
    cursor.rise(depth);
    let span = start.to(inner.span);
    let kind = match inner.kind {
        ExprKind::Number(number) => ExprKind::Number(signed(number, sign)),
        _ => ExprKind::Unary(sign, Box::new(inner)),
    };
    Ok(Expr { kind, span })
}

fn signed(number: Number, sign: Sign) -> Number {
    if sign == Sign::Minus { Number { value: -number.value, ..number } } else { number }
}

fn postfixed(cursor: &mut Cursor<'_>) -> Result<Expr, Fault> {
    let depth = cursor.depth();
    let mut expr = primary(cursor)?;
    while let Some(next) = postfix::postfix(cursor, &mut expr)? {
        // The tree of `a[1m:][1m:]` is deeper with each bracket.
        if next == postfix::Effect::Wrapped {
            cursor.descend()?;
        }
    }
    cursor.rise(depth);
    Ok(expr)
}

fn primary(cursor: &mut Cursor<'_>) -> Result<Expr, Fault> {
    let token = cursor.peek();
    let called = cursor.second() == Kind::LeftParen;
    match token.kind {
        Kind::Number | Kind::Duration => {
            let number = labels::number(cursor)?;
            Ok(Expr { kind: ExprKind::Number(number), span: token.span })
        }
        Kind::Text => {
            let text = literal::unquote(cursor.text(cursor.peek().span));
            cursor.next();
            Ok(Expr { kind: ExprKind::Text(text), span: token.span })
        }
        Kind::LeftParen => parentheses(cursor),
        Kind::Aggregation(operation) if called || is_grouping(cursor.second()) => aggregation(cursor, operation),
        kind if called && kind.names_function() => call(cursor),
        kind if kind == Kind::LeftBrace || kind.can_be_metric() => selector::selector(cursor),
        _ => Err(cursor.unexpected("", "")),
    }
}

fn is_grouping(kind: Kind) -> bool {
    matches!(kind, Kind::Keyword(Keyword::By | Keyword::Without))
}

fn parentheses(cursor: &mut Cursor<'_>) -> Result<Expr, Fault> {
    let depth = cursor.depth();
    cursor.descend()?;
    let start = cursor.next();
    let inner = expression(cursor, 0)?;
    let end = cursor.expect(Kind::RightParen, "", "")?;
    cursor.rise(depth);
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
    let mut grouping = grouping(cursor)?;
    if cursor.kind() != Kind::LeftParen {
        return Err(cursor.unexpected("aggregation", ""));
    }
    let arguments = arguments(cursor)?;
    cursor.aggregations -= 1;
    if grouping.is_none() {
        grouping = self::grouping(cursor)?;
    }
    let span = cursor.span_from(start);
    let (without, labels) = grouping.unwrap_or_default();
    let (parameter, inner) = operands(operation, arguments, span)?;
    let aggregate = Aggregate { operation, parameter, inner, without, labels };
    Ok(Expr { kind: ExprKind::Aggregate(Box::new(aggregate)), span })
}

/// `by (…)`: false, or `without (…)`: true, and the labels.
fn grouping(cursor: &mut Cursor<'_>) -> Result<Option<(bool, Vec<String>)>, Fault> {
    if !is_grouping(cursor.kind()) {
        return Ok(None);
    }
    let without = cursor.kind() == Kind::Keyword(Keyword::Without);
    cursor.next();
    Ok(Some((without, labels::list(cursor)?)))
}

/// The parameter of an aggregation, if it takes one, and its vector.
fn operands(operation: Aggregation, arguments: Vec<Expr>, span: Span) -> Result<(Option<Expr>, Expr), Fault> {
    let (got, wanted) = (arguments.len(), 1 + usize::from(operation.has_parameter()));
    let mut arguments = arguments.into_iter();
    match (arguments.next(), arguments.next(), arguments.next()) {
        (None, ..) => Err(Fault::new(span, "no arguments for aggregate expression provided")),
        (Some(inner), None, None) if wanted == 1 => Ok((None, inner)),
        (Some(parameter), Some(inner), None) if wanted == 2 => Ok((Some(parameter), inner)),
        _ => {
            let text = "wrong number of arguments for aggregate expression provided";
            Err(Fault::new(span, format!("{text}, expected {wanted}, got {got}")))
        }
    }
}

/// `(expression, …)`
fn arguments(cursor: &mut Cursor<'_>) -> Result<Vec<Expr>, Fault> {
    let depth = cursor.depth();
    cursor.descend()?;
    cursor.next();
    let mut arguments = Vec::new();
    if cursor.take(Kind::RightParen).is_none() {
        loop {
            arguments.push(expression(cursor, 0)?);
            if cursor.take(Kind::RightParen).is_some() {
                break;
            }
            let comma = cursor.expect(Kind::Comma, "", "")?;
            if cursor.kind() == Kind::RightParen {
                return Err(Fault::new(comma, "trailing commas not allowed in function call args"));
            }
        }
    }
    cursor.rise(depth);
    Ok(arguments)
}
