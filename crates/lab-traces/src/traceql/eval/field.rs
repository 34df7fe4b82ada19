//! Expressions on one span.

use crate::traceql::eval::attribute::attribute_value;
use crate::traceql::eval::spanset::SpanContext;
use crate::traceql::plan::Plan;
use crate::traceql::syntax::ast::{FieldExpr, Literal};
use crate::traceql::syntax::operator::{BinaryOp, UnaryOp};
use crate::traceql::value::{Value, compare, compute};

/// The value of an expression.
pub(crate) fn evaluate<'a>(plan: &'a Plan, expr: &'a FieldExpr, at: SpanContext<'a>) -> Value<'a> {
    match expr {
        FieldExpr::Literal(literal) => literal_value(literal),
        FieldExpr::Attribute(attribute) => attribute_value(attribute, at),
        FieldExpr::Unary { op, operand } => match (op, evaluate(plan, operand, at)) {
            (UnaryOp::Not, value) => Value::Bool(value != Value::Bool(true)),
            (UnaryOp::Negate, Value::Int(value)) => Value::Int(value.saturating_neg()),
            (UnaryOp::Negate, Value::Float(value)) => Value::Float(-value),
            (UnaryOp::Negate, Value::Duration(value)) => Value::Duration(value.saturating_neg()),
            (UnaryOp::Negate, _) => Value::Nil,
        },
        FieldExpr::Binary { op, left, right } => binary(plan, *op, left, right, at),
    }
}

/// True if a condition holds for the span.
pub(crate) fn holds(plan: &Plan, condition: &FieldExpr, at: SpanContext<'_>) -> bool {
    evaluate(plan, condition, at) == Value::Bool(true)
}

fn binary<'a>(
    plan: &'a Plan,
    op: BinaryOp,
    left: &'a FieldExpr,
    right: &'a FieldExpr,
    at: SpanContext<'a>,
) -> Value<'a> {
    let is_nil = |expr: &FieldExpr| *expr == FieldExpr::Literal(Literal::Nil);
    match op {
        BinaryOp::And => Value::Bool(holds(plan, left, at) && holds(plan, right, at)),
        BinaryOp::Or => Value::Bool(holds(plan, left, at) || holds(plan, right, at)),
        BinaryOp::Equal | BinaryOp::NotEqual if is_nil(left) || is_nil(right) => {
            let asked = if is_nil(right) { left } else { right };
            Value::Bool(evaluate(plan, asked, at).is_some() == (op == BinaryOp::NotEqual))
        }
        BinaryOp::Regex | BinaryOp::NotRegex => {
            let FieldExpr::Literal(Literal::Text(pattern)) = right else { return Value::Bool(false) };
            let regex = plan.regexes.get(pattern);
            let value = evaluate(plan, left, at);
            Value::Bool(regex.is_some_and(|regex| matches(op, regex, &value)))
        }
        op if op.is_arithmetic() => compute(op, &evaluate(plan, left, at), &evaluate(plan, right, at)),
        op => Value::Bool(compare(op, &evaluate(plan, left, at), &evaluate(plan, right, at))),
    }
}

fn matches(op: BinaryOp, regex: &regex::Regex, value: &Value<'_>) -> bool {
    match value {
        Value::Text(text) => regex.is_match(text) == (op == BinaryOp::Regex),
        Value::Many(values) if op == BinaryOp::Regex => values.iter().any(|value| matches(op, regex, value)),
        Value::Many(values) => !values.is_empty() && values.iter().all(|value| matches(op, regex, value)),
        _ => false,
    }
}

/// The value of a constant.
pub(crate) fn literal_value(literal: &Literal) -> Value<'_> {
    match literal {
        Literal::Nil => Value::Nil,
        Literal::Bool(value) => Value::Bool(*value),
        Literal::Int(value) => Value::Int(*value),
        Literal::Float(value) => Value::Float(*value),
        Literal::Duration(value) => Value::Duration(*value),
        Literal::Text(value) => Value::text(value),
        Literal::Status(value) => Value::Status(*value),
        Literal::Kind(value) => Value::Kind(*value),
    }
}
