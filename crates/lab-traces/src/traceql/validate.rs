//! Whether a query makes sense: conditions are boolean, operands have types that go together.

use crate::traceql::ast::{
    AggregateOp, BinaryOp, FieldExpr, Literal, MetricsFunction, Pipeline, Query, ScalarExpr, SeriesStage, SpansetExpr,
    Stage, UnaryOp,
};
use crate::traceql::attribute::{Attribute, Intrinsic};
use crate::traceql::error::QueryError;
use crate::traceql::regex;

/// What is known of an expression's type before it meets a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Type {
    /// An attribute: anything.
    Unknown,
    Nil,
    Bool,
    /// Integers, floats and durations.
    Number,
    Text,
    Status,
    Kind,
}

/// Checks a whole query.
pub(crate) fn query(query: &Query) -> Result<(), QueryError> {
    pipeline(&query.pipeline)?;
    let Some(metrics) = &query.metrics else { return Ok(()) };
    if let Some(attribute) = metrics.function.attribute() {
        let of = attribute_type(attribute);
        if !matches!(of, Type::Number | Type::Unknown) {
            return invalid(format!("{}() needs numbers, {attribute} has none", metrics.function.name()));
        }
    }
    if let MetricsFunction::QuantileOverTime(_, quantiles) = &metrics.function
        && let Some(wrong) = quantiles.iter().find(|quantile| !(0.0..=1.0).contains(*quantile))
    {
        return invalid(format!("quantile_over_time(): {wrong} is not between 0 and 1"));
    }
    for stage in &metrics.then {
        match stage {
            SeriesStage::TopK(0) | SeriesStage::BottomK(0) => {
                return invalid("topk() and bottomk() need a positive number".to_owned());
            }
            SeriesStage::Filter(op @ (BinaryOp::Regex | BinaryOp::NotRegex), _) => {
                return invalid(format!("numbers cannot be compared by {}", op.as_str()));
            }
            _ => {}
        }
    }
    Ok(())
}

fn pipeline(pipeline: &Pipeline) -> Result<(), QueryError> {
    pipeline.stages.iter().try_for_each(stage)
}

fn stage(stage: &Stage) -> Result<(), QueryError> {
    match stage {
        Stage::Spanset(expr) => spanset(expr),
        Stage::Scalar { left, op, right } => match (scalar(left)?, scalar(right)?) {
            (Type::Number | Type::Unknown, Type::Number | Type::Unknown) => Ok(()),
            _ => invalid(format!("scalar filters compare numbers: {left} {} {right}", op.as_str())),
        },
        Stage::By(expr) => {
            field(expr)?;
            if has_attribute(expr) { Ok(()) } else { invalid(format!("by({expr}) must refer to the span")) }
        }
        Stage::Coalesce | Stage::Select(_) => Ok(()),
    }
}

fn spanset(expr: &SpansetExpr) -> Result<(), QueryError> {
    match expr {
        SpansetExpr::Filter(None) => Ok(()),
        SpansetExpr::Filter(Some(condition)) => match field(condition)? {
            Type::Bool | Type::Unknown => Ok(()),
            _ => invalid(format!("span filter field expressions must resolve to a boolean: {expr}")),
        },
        SpansetExpr::Binary { left, right, .. } => spanset(left).and_then(|()| spanset(right)),
        SpansetExpr::Nested(inner) => pipeline(inner),
    }
}

fn scalar(expr: &ScalarExpr) -> Result<Type, QueryError> {
    match expr {
        ScalarExpr::Literal(literal) => Ok(literal_type(literal)),
        ScalarExpr::Aggregate { op: AggregateOp::Count, .. } | ScalarExpr::Aggregate { field: None, .. } => {
            Ok(Type::Number)
        }
        ScalarExpr::Aggregate { op, field: Some(of) } => match field(of)? {
            Type::Number | Type::Unknown if has_attribute(of) => Ok(Type::Number),
            Type::Number | Type::Unknown => invalid(format!("{}({of}) must refer to the span", op.as_str())),
            _ => invalid(format!("{}() needs numbers, {of} has none", op.as_str())),
        },
        ScalarExpr::Binary { op, left, right } => match (scalar(left)?, scalar(right)?) {
            (Type::Number, Type::Number) => Ok(Type::Number),
            _ => invalid(format!("arithmetic needs numbers: {left} {} {right}", op.as_str())),
        },
        ScalarExpr::Nested { pipeline: inner, scalar: of } => pipeline(inner).and_then(|()| scalar(of)),
    }
}

fn field(expr: &FieldExpr) -> Result<Type, QueryError> {
    match expr {
        FieldExpr::Literal(literal) => Ok(literal_type(literal)),
        FieldExpr::Attribute(attribute) => Ok(attribute_type(attribute)),
        FieldExpr::Unary { op, operand } => match (op, field(operand)?) {
            (UnaryOp::Not, Type::Bool | Type::Unknown) => Ok(Type::Bool),
            (UnaryOp::Negate, Type::Number | Type::Unknown) => Ok(Type::Number),
            _ => invalid(format!("illegal operation for the given type: {expr}")),
        },
        FieldExpr::Binary { op, left, right } => binary(expr, *op, (left, field(left)?), (right, field(right)?)),
    }
}

fn binary(
    expr: &FieldExpr,
    op: BinaryOp,
    (_, left): (&FieldExpr, Type),
    (right_expr, right): (&FieldExpr, Type),
) -> Result<Type, QueryError> {
    use BinaryOp::{And, Equal, NotEqual, NotRegex, Or, Regex};
    let nil = left == Type::Nil || right == Type::Nil;
    let alike = left == right || left == Type::Unknown || right == Type::Unknown;
    let asks_for_nil = nil && matches!(op, Equal | NotEqual);
    if !(alike || asks_for_nil) {
        return invalid(format!("binary operations must operate on the same type: {expr}"));
    }
    let both = |good: &[Type]| [left, right].iter().all(|of| *of == Type::Unknown || good.contains(of));
    let legal = match op {
        And | Or => both(&[Type::Bool]),
        Equal | NotEqual => true,
        Regex | NotRegex => both(&[Type::Text]),
        op if op.is_arithmetic() => both(&[Type::Number]),
        _ => both(&[Type::Number, Type::Text, Type::Status, Type::Kind]),
    };
    if !legal {
        return invalid(format!("illegal operation for the given types: {expr}"));
    }
    if matches!(op, Regex | NotRegex) {
        let FieldExpr::Literal(Literal::Text(pattern)) = right_expr else {
            return invalid(format!("a regular expression must be written as text: {expr}"));
        };
        regex::compile(pattern).map_err(QueryError::Invalid)?;
    }
    Ok(if op.is_arithmetic() { Type::Number } else { Type::Bool })
}

fn has_attribute(expr: &FieldExpr) -> bool {
    match expr {
        FieldExpr::Literal(_) => false,
        FieldExpr::Attribute(_) => true,
        FieldExpr::Unary { operand, .. } => has_attribute(operand),
        FieldExpr::Binary { left, right, .. } => has_attribute(left) || has_attribute(right),
    }
}

fn literal_type(literal: &Literal) -> Type {
    match literal {
        Literal::Nil => Type::Nil,
        Literal::Bool(_) => Type::Bool,
        Literal::Int(_) | Literal::Float(_) | Literal::Duration(_) => Type::Number,
        Literal::Text(_) => Type::Text,
        Literal::Status(_) => Type::Status,
        Literal::Kind(_) => Type::Kind,
    }
}

fn attribute_type(attribute: &Attribute) -> Type {
    let Attribute::Intrinsic(intrinsic) = attribute else { return Type::Unknown };
    match intrinsic {
        Intrinsic::Status => Type::Status,
        Intrinsic::Kind => Type::Kind,
        Intrinsic::Duration
        | Intrinsic::TraceDuration
        | Intrinsic::ChildCount
        | Intrinsic::EventTimeSinceStart
        | Intrinsic::NestedSetLeft
        | Intrinsic::NestedSetRight
        | Intrinsic::NestedSetParent => Type::Number,
        _ => Type::Text,
    }
}

fn invalid<T>(message: String) -> Result<T, QueryError> {
    Err(QueryError::Invalid(message))
}
