//! Whether a query makes sense: conditions are boolean, operands have types that go together.

use lab_syntax::Fault;

use crate::traceql::attribute::{Attribute, Intrinsic};
use crate::traceql::regex;
use crate::traceql::syntax::ast::{
    FieldExpr, Literal, Metrics, Pipeline, Query, ScalarExpr, SeriesStage, SpansetExpr, Stage,
};
use crate::traceql::syntax::node::Node;
use crate::traceql::syntax::operator::{BinaryOp, UnaryOp};

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
pub(crate) fn query(query: &Query) -> Result<(), Fault> {
    pipeline(&query.pipeline)?;
    query.metrics.as_ref().map_or(Ok(()), metrics)
}

fn metrics(metrics: &Metrics) -> Result<(), Fault> {
    let name = metrics.function.name;
    if let Some(attribute) = &metrics.attribute
        && !matches!(attribute_type(attribute), Type::Number | Type::Unknown)
    {
        return refuse(attribute, format!("{name}() needs numbers, but {attribute} has none"));
    }
    if let Some(wrong) = metrics.quantiles.iter().find(|quantile| !(0.0..=1.0).contains(&***quantile)) {
        return refuse(wrong, format!("{name}() needs quantiles between 0 and 1, but {wrong} is not"));
    }
    for stage in &metrics.then {
        match &stage.content {
            SeriesStage::Keep { function, count: 0 } => {
                return refuse(stage, format!("{}() needs a positive number", function.name));
            }
            SeriesStage::Filter(op @ (BinaryOp::Regex | BinaryOp::NotRegex), _) => {
                return refuse(
                    stage,
                    format!("the values of series are numbers and cannot be compared by {}", op.as_str()),
                );
            }
            _ => {}
        }
    }
    Ok(())
}

fn pipeline(pipeline: &Pipeline) -> Result<(), Fault> {
    pipeline.stages.iter().try_for_each(stage)
}

fn stage(stage: &Node<Stage>) -> Result<(), Fault> {
    match &stage.content {
        Stage::Spanset(expr) => spanset(expr),
        Stage::Scalar { left, op, right } => match (scalar(left)?, scalar(right)?) {
            (Type::Number | Type::Unknown, Type::Number | Type::Unknown) => Ok(()),
            _ => refuse(stage, format!("scalar filters compare numbers: {left} {} {right}", op.as_str())),
        },
        Stage::By(expr) => {
            field(expr)?;
            if has_attribute(expr) { Ok(()) } else { refuse(stage, format!("by({expr}) must refer to the span")) }
        }
        Stage::Coalesce | Stage::Select(_) => Ok(()),
    }
}

fn spanset(expr: &Node<SpansetExpr>) -> Result<(), Fault> {
    match &expr.content {
        SpansetExpr::Filter(None) => Ok(()),
        SpansetExpr::Filter(Some(condition)) => match field(condition)? {
            Type::Bool | Type::Unknown => Ok(()),
            _ => refuse(condition, format!("span filter field expressions must resolve to a boolean: {expr}")),
        },
        SpansetExpr::Binary { left, right, .. } => spanset(left).and_then(|()| spanset(right)),
        SpansetExpr::Nested(inner) => pipeline(inner),
    }
}

fn scalar(expr: &Node<ScalarExpr>) -> Result<Type, Fault> {
    match &expr.content {
        ScalarExpr::Literal(literal) => Ok(literal_type(literal)),
        ScalarExpr::Aggregate { field: None, .. } => Ok(Type::Number),
        ScalarExpr::Aggregate { function, field: Some(of) } => match field(of)? {
            Type::Number | Type::Unknown if has_attribute(of) => Ok(Type::Number),
            Type::Number | Type::Unknown => refuse(expr, format!("{}({of}) must refer to the span", function.name)),
            _ => refuse(of, format!("{}() needs numbers, but {of} has none", function.name)),
        },
        ScalarExpr::Binary { op, left, right } => match (scalar(left)?, scalar(right)?) {
            (Type::Number, Type::Number) => Ok(Type::Number),
            _ => refuse(expr, format!("arithmetic needs numbers: {left} {} {right}", op.as_str())),
        },
        ScalarExpr::Nested { pipeline: inner, scalar: of } => pipeline(inner).and_then(|()| scalar(of)),
    }
}

fn field(expr: &Node<FieldExpr>) -> Result<Type, Fault> {
    match &expr.content {
        FieldExpr::Literal(literal) => Ok(literal_type(literal)),
        FieldExpr::Attribute(attribute) => Ok(attribute_type(attribute)),
        FieldExpr::Unary { op, operand } => match (op, field(operand)?) {
            (UnaryOp::Not, Type::Bool | Type::Unknown) => Ok(Type::Bool),
            (UnaryOp::Negate, Type::Number | Type::Unknown) => Ok(Type::Number),
            _ => refuse(expr, format!("illegal operation for the given type: {expr}")),
        },
        FieldExpr::Binary { op, left, right } => {
            let types = (field(left)?, field(right)?);
            binary(expr, *op, types, right)
        }
    }
}

fn binary(
    expr: &Node<FieldExpr>,
    op: BinaryOp,
    (left, right): (Type, Type),
    right_expr: &Node<FieldExpr>,
) -> Result<Type, Fault> {
    use BinaryOp::{And, Equal, NotEqual, NotRegex, Or, Regex};
    let nil = left == Type::Nil || right == Type::Nil;
    let alike = left == right || left == Type::Unknown || right == Type::Unknown;
    let asks_for_nil = nil && matches!(op, Equal | NotEqual);
    if !(alike || asks_for_nil) {
        return refuse(expr, format!("binary operations must operate on the same type: {expr}"));
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
        return refuse(expr, format!("illegal operation for the given types: {expr}"));
    }
    if matches!(op, Regex | NotRegex) {
        let FieldExpr::Literal(Literal::Text(pattern)) = &right_expr.content else {
            return refuse(right_expr, format!("a regular expression must be written as a text in quotes: {expr}"));
        };
        regex::compile(pattern).map_err(|message| Fault::new(right_expr.place, message))?;
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

fn refuse<T, R>(node: &Node<T>, message: String) -> Result<R, Fault> {
    Err(Fault::new(node.place, message))
}
