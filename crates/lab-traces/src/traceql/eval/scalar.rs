//! Expressions on one spanset: aggregates and arithmetic on them.

use crate::span::Trace;
use crate::traceql::ast::{AggregateOp, FieldExpr, ScalarExpr};
use crate::traceql::eval::field::{self, SpanContext};
use crate::traceql::eval::{Spanset, pipeline};
use crate::traceql::plan::Plan;
use crate::traceql::value::{Value, compute, order};

/// The value of an expression; what its aggregates yield is added to `found`.
pub(crate) fn evaluate<'a>(
    plan: &'a Plan,
    expr: &'a ScalarExpr,
    trace: &'a Trace,
    spanset: &Spanset,
    found: &mut Vec<(String, Value<'static>)>,
) -> Value<'a> {
    match expr {
        ScalarExpr::Literal(literal) => Value::from_literal(literal),
        ScalarExpr::Aggregate { op, field } => {
            let value = aggregate(plan, *op, field.as_ref(), trace, spanset);
            found.push((expr.to_string(), value.clone()));
            value
        }
        ScalarExpr::Binary { op, left, right } => {
            let left = evaluate(plan, left, trace, spanset, found);
            compute(*op, &left, &evaluate(plan, right, trace, spanset, found))
        }
        ScalarExpr::Nested { pipeline: inner, scalar } => {
            let all = Spanset { spans: (0..trace.spans.len()).collect(), attributes: Vec::new() };
            let selected = pipeline(plan, inner, trace, vec![all]);
            let spans = selected.into_iter().flat_map(|spanset| spanset.spans).collect();
            evaluate(plan, scalar, trace, &Spanset { spans, attributes: Vec::new() }, found)
        }
    }
}

/// Nil if no span has a number, except for counts.
fn aggregate(
    plan: &Plan,
    op: AggregateOp,
    field: Option<&FieldExpr>,
    trace: &Trace,
    spanset: &Spanset,
) -> Value<'static> {
    let Some(field) = field.filter(|_| op != AggregateOp::Count) else {
        return Value::Int(spanset.spans.len() as i64);
    };
    let values = spanset.spans.iter().map(|span| field::evaluate(plan, field, SpanContext { trace, span: *span }));
    let numbers: Vec<Value<'_>> = values.filter(|value| value.number().is_some()).collect();
    let durations = numbers.iter().all(|value| matches!(value, Value::Duration(_)));
    let sum: f64 = numbers.iter().filter_map(Value::number).sum();
    let by_order = |a: &&Value<'_>, b: &&Value<'_>| order(a, b).unwrap_or(std::cmp::Ordering::Equal);
    let number = |value: f64| if durations { Value::Duration(value as i64) } else { Value::Float(value) };
    if numbers.is_empty() {
        return Value::Nil;
    }
    match op {
        AggregateOp::Min => numbers.iter().min_by(by_order).cloned().map_or(Value::Nil, Value::into_owned),
        AggregateOp::Max => numbers.iter().max_by(by_order).cloned().map_or(Value::Nil, Value::into_owned),
        AggregateOp::Avg => number(sum / numbers.len() as f64),
        AggregateOp::Sum | AggregateOp::Count => number(sum),
    }
}
