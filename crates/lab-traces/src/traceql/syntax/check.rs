//! Whether a query makes sense: conditions are boolean, operands have types that go together.

use std::fmt;

use lab_syntax::Fault;

use crate::traceql::attribute::{Attribute, Intrinsic, Scope};
use crate::traceql::regex;
use crate::traceql::syntax::ast::{
    Comparison, FieldExpr, Literal, Metrics, OverTime, Pipeline, Query, Question, ScalarExpr, SeriesExpr, SeriesStage,
    SpansetExpr, Stage,
};
use crate::traceql::syntax::node::Node;
use crate::traceql::syntax::operator::{BinaryOp, UnaryOp};

/// Attributes that series can be told apart by, as in Tempo.
const MOST_GROUPING: usize = 5;
/// Values of an attribute that `compare()` shows, as in Tempo.
const MOST_COMPARED: i64 = 1_000;

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
    match &query.question {
        Question::Traces(of) => pipeline(of),
        Question::Series(of) => series(of),
    }
}

fn series(expr: &Node<SeriesExpr>) -> Result<(), Fault> {
    match &expr.content {
        SeriesExpr::Spans { pipeline: of, metrics: what } => {
            pipeline(of)?;
            metrics(what)
        }
        SeriesExpr::Then { series: of, stage } => {
            series(of)?;
            not_compared(of, stage)?;
            series_stage(stage)
        }
        SeriesExpr::Scaled { op, series: of, .. } => {
            sample_arithmetic(expr, *op)?;
            not_compared(of, expr)?;
            series(of)
        }
        SeriesExpr::Binary { op, left, right } => {
            sample_arithmetic(expr, *op)?;
            not_compared(left, expr)?;
            not_compared(right, expr)?;
            series(left).and_then(|()| series(right))
        }
    }
}

/// What `compare()` answers is a table, whose numbers nothing more is done with.
fn not_compared<T>(of: &Node<SeriesExpr>, user: &Node<T>) -> Result<(), Fault> {
    match &of.content {
        SeriesExpr::Spans { metrics: Node { content: Metrics::Compare(_), .. }, .. } => {
            refuse(user, "`compare()` cannot be used with second stage functions".to_owned())
        }
        _ => Ok(()),
    }
}

fn sample_arithmetic(expr: &Node<SeriesExpr>, op: BinaryOp) -> Result<(), Fault> {
    if matches!(op, BinaryOp::Add | BinaryOp::Subtract | BinaryOp::Multiply | BinaryOp::Divide) {
        return Ok(());
    }
    refuse(expr, format!("series can be computed with + - * and /, but not with {}", op.as_str()))
}

fn series_stage(stage: &Node<SeriesStage>) -> Result<(), Fault> {
    match &stage.content {
        SeriesStage::Keep { function, count: 0 } => {
            refuse(stage, format!("{}() needs a positive number", function.name))
        }
        SeriesStage::Filter(op @ (BinaryOp::Regex | BinaryOp::NotRegex), _) => {
            refuse(stage, format!("the values of series are numbers and cannot be compared by {}", op.as_str()))
        }
        _ => Ok(()),
    }
}

fn metrics(metrics: &Node<Metrics>) -> Result<(), Fault> {
    match &metrics.content {
        Metrics::OverTime(call) => over_time(call),
        Metrics::Compare(call) => comparison(metrics, call),
    }
}

fn over_time(call: &OverTime) -> Result<(), Fault> {
    let name = call.function.name;
    if let Some(wrong) = call.quantiles.iter().find(|quantile| !(0.0..=1.0).contains(&***quantile)) {
        return refuse(wrong, format!("{name}() needs quantiles between 0 and 1, but {wrong} is not"));
    }
    // A histogram tells its series apart by the bucket, too.
    let most = if call.function.adds_label { MOST_GROUPING - 1 } else { MOST_GROUPING };
    if let Some(beyond) = call.by.get(most) {
        return refuse(beyond, format!("{name}() can be grouped by at most {most} attributes"));
    }
    Ok(())
}

fn comparison(place: &Node<Metrics>, call: &Comparison) -> Result<(), Fault> {
    if let Some(selection) = &call.selection {
        condition(selection, selection)?;
    }
    if let Some(most) = call.most.as_ref().filter(|most| !(1..=MOST_COMPARED).contains(&most.content)) {
        return refuse(most, format!("compare() shows at least 1 and at most {MOST_COMPARED} values of an attribute"));
    }
    match call.window {
        Some((start, end)) if (start.content, end.content) != (0, 0) && (start.content <= 0 || *end <= *start) => {
            refuse(
                place,
                "the times of compare() are nanoseconds since 1970, and its start must be before its end".to_owned(),
            )
        }
        _ => Ok(()),
    }
}

fn pipeline(pipeline: &Pipeline) -> Result<(), Fault> {
    if let Some(first) = pipeline.stages.first().filter(|first| first.content == Stage::Coalesce) {
        return refuse(first, "a pipeline cannot begin with coalesce(), which merges what stands before it".to_owned());
    }
    pipeline.stages.iter().try_for_each(stage)
}

fn stage(stage: &Node<Stage>) -> Result<(), Fault> {
    match &stage.content {
        Stage::Spanset(expr) => spanset(expr),
        Stage::Scalar { left, op, right } if !has_aggregate(left) && !has_aggregate(right) => {
            refuse(stage, format!("a scalar filter needs an aggregate such as count(): {left} {} {right}", op.as_str()))
        }
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
        SpansetExpr::Filter(Some(of)) => condition(of, expr),
        SpansetExpr::Binary { left, right, .. } => spanset(left).and_then(|()| spanset(right)),
        SpansetExpr::Nested(inner) => pipeline(inner),
    }
}

/// Checks a condition that stands in `place`.
fn condition(condition: &Node<FieldExpr>, place: &impl fmt::Display) -> Result<(), Fault> {
    match field(condition)? {
        Type::Bool | Type::Unknown => Ok(()),
        _ => refuse(condition, format!("span filter field expressions must resolve to a boolean: {place}")),
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
    if nil && op == Equal {
        never_nil(expr)?;
    }
    if !(alike || asks_for_nil) {
        return refuse(expr, format!("binary operations must operate on the same type: {expr}"));
    }
    let both = |good: &[Type]| [left, right].iter().all(|of| *of == Type::Unknown || good.contains(of));
    let legal = match op {
        And | Or => both(&[Type::Bool]),
        Equal | NotEqual => true,
        Regex | NotRegex => both(&[Type::Text]),
        op if op.is_arithmetic() => both(&[Type::Number]),
        _ => both(&[Type::Number, Type::Text]),
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

/// What every span has is never nil, so that the question has no sense.
fn never_nil(expr: &Node<FieldExpr>) -> Result<(), Fault> {
    let FieldExpr::Binary { left, right, .. } = &expr.content else { return Ok(()) };
    for side in [left, right] {
        let FieldExpr::Attribute(attribute) = &side.content else { continue };
        let everywhere = match attribute {
            Attribute::Intrinsic(_) => true,
            Attribute::Custom { scope, parent, name } => *scope == Scope::Resource && !parent && name == "service.name",
        };
        if everywhere {
            return refuse(expr, format!("{attribute} = nil is never true, because every span has {attribute}"));
        }
    }
    Ok(())
}

fn has_aggregate(expr: &ScalarExpr) -> bool {
    match expr {
        ScalarExpr::Literal(_) => false,
        ScalarExpr::Aggregate { .. } | ScalarExpr::Nested { .. } => true,
        ScalarExpr::Binary { left, right, .. } => has_aggregate(left) || has_aggregate(right),
    }
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
