//! Constants that a query computes: `100 / 3` beside a series. Integers stay integers, as everywhere.

use lab_syntax::Fault;

use crate::traceql::syntax::ast::{Literal, ScalarExpr};
use crate::traceql::syntax::node::Node;
use crate::traceql::value::{Value, compute};

/// The number that an expression without aggregates is. A duration may stand alone, where a value is compared with it;
/// it takes no part in arithmetic.
pub(super) fn constant(expr: &Node<ScalarExpr>) -> Result<Node<Literal>, Fault> {
    let refuse = |why: &str| Err(Fault::new(expr.place, format!("syntax error: {why}")));
    let literal = match &expr.content {
        ScalarExpr::Literal(literal @ (Literal::Int(_) | Literal::Float(_) | Literal::Duration(_))) => literal.clone(),
        ScalarExpr::Binary { op, left, right } => {
            let (left, right) = (operand(left)?, operand(right)?);
            match compute(*op, &left, &right) {
                Value::Int(value) => Literal::Int(value),
                Value::Float(value) if value.is_finite() => Literal::Float(value),
                _ => return refuse("this has no value, for example because it divides by zero"),
            }
        }
        _ => return refuse("beside series only a number can stand"),
    };
    Ok(Node::new(expr.place, literal))
}

/// The number with which the samples of series are computed.
pub(super) fn factor(expr: &Node<ScalarExpr>) -> Result<Literal, Fault> {
    match constant(expr)?.content {
        Literal::Duration(_) => {
            Err(Fault::new(expr.place, "syntax error: a duration cannot be computed with a series"))
        }
        literal => Ok(literal),
    }
}

fn operand(expr: &Node<ScalarExpr>) -> Result<Value<'static>, Fault> {
    match constant(expr)?.content {
        Literal::Int(value) => Ok(Value::Int(value)),
        Literal::Float(value) => Ok(Value::Float(value)),
        _ => Err(Fault::new(expr.place, "syntax error: a duration cannot be part of arithmetic between numbers")),
    }
}
