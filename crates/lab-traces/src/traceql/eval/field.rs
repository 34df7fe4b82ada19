//! Expressions on one span.

use crate::traceql::attribute::{Attribute, Intrinsic, NO_SPAN_ID};
use crate::traceql::eval::attribute::{Lookup, first};
use crate::traceql::plan::Plan;
use crate::traceql::syntax::ast::{FieldExpr, Literal};
use crate::traceql::syntax::operator::{BinaryOp, UnaryOp};
use crate::traceql::value::{Value, compare, compute, matches};

/// The value of an expression.
pub(crate) fn evaluate<'a>(plan: &'a Plan, expr: &'a FieldExpr, at: impl Lookup<'a>) -> Value<'a> {
    match expr {
        FieldExpr::Literal(literal) => literal.value(),
        FieldExpr::Attribute(attribute) => first(attribute, at.value(attribute)),
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
pub(crate) fn holds<'a>(plan: &'a Plan, condition: &'a FieldExpr, at: impl Lookup<'a>) -> bool {
    evaluate(plan, condition, at) == Value::Bool(true)
}

fn binary<'a>(
    plan: &'a Plan,
    op: BinaryOp,
    left: &'a FieldExpr,
    right: &'a FieldExpr,
    at: impl Lookup<'a>,
) -> Value<'a> {
    let is_nil = |expr: &FieldExpr| *expr == FieldExpr::Literal(Literal::Nil);
    match op {
        BinaryOp::And => Value::Bool(holds(plan, left, at) && holds(plan, right, at)),
        BinaryOp::Or => Value::Bool(holds(plan, left, at) || holds(plan, right, at)),
        BinaryOp::Equal | BinaryOp::NotEqual if is_nil(left) || is_nil(right) => {
            let asked = if is_nil(right) { left } else { right };
            Value::Bool(match (asked, op) {
                (FieldExpr::Attribute(attribute), BinaryOp::Equal) => at.lacks(attribute),
                _ => evaluate(plan, asked, at).is_some() == (op == BinaryOp::NotEqual),
            })
        }
        BinaryOp::Regex | BinaryOp::NotRegex => {
            let FieldExpr::Literal(Literal::Text(pattern)) = right else { return Value::Bool(false) };
            let Some(regex) = plan.regexes.get(pattern) else { return Value::Bool(false) };
            Value::Bool(each(plan, left, right, at).iter().any(|value| matches(op, regex, value)))
        }
        op if op.is_arithmetic() => compute(op, &evaluate(plan, left, at), &evaluate(plan, right, at)),
        op => {
            let rights = each(plan, right, left, at);
            let holds = |left: &Value<'_>| rights.iter().any(|right| compare(op, left, right));
            Value::Bool(each(plan, left, right, at).iter().any(holds))
        }
    }
}

/// What is compared with `other`: the empty text stands for the parent of a root.
fn beside<'a>(other: &FieldExpr, value: Value<'a>) -> Value<'a> {
    let is_parent = matches!(other, FieldExpr::Attribute(Attribute::Intrinsic(Intrinsic::ParentId)));
    if is_parent && value == Value::text("") { Value::text(NO_SPAN_ID) } else { value }
}

/// The values of which one has to fulfil a comparison with `other`. With a literal, these are the values of all events or
/// links; with anything else it is the first one, as in Tempo.
fn each<'a>(plan: &'a Plan, expr: &'a FieldExpr, other: &'a FieldExpr, at: impl Lookup<'a>) -> Vec<Value<'a>> {
    if let (FieldExpr::Attribute(attribute), FieldExpr::Literal(_)) = (expr, other)
        && attribute.is_repeated()
        && let Value::Many(values) = at.value(attribute)
    {
        return values;
    }
    vec![beside(other, evaluate(plan, expr, at))]
}
