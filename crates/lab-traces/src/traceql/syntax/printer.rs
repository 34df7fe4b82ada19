//! Queries as text, with no more parentheses than are needed. What is printed parses to an equal tree.

use std::fmt::{self, Display, Formatter};

use lab_syntax::literal::quote::quote_text;

use crate::traceql::duration;
use crate::traceql::syntax::ast::{
    Comparison, FieldExpr, Hint, Literal, Metrics, OverTime, Pipeline, Query, Question, ScalarExpr, SeriesExpr,
    SeriesStage, SpansetExpr, Stage,
};
use crate::traceql::syntax::node::Node;
use crate::traceql::syntax::operator::{Binding, UnaryOp};

impl Display for Query {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.question {
            Question::Traces(pipeline) => write!(f, "{pipeline}")?,
            Question::Series(series) => write!(f, "{series}")?,
        }
        if !self.hints.is_empty() {
            f.write_str(" with(")?;
            write_list(f, &self.hints)?;
            f.write_str(")")?;
        }
        Ok(())
    }
}

impl Display for Hint {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.name, self.value)
    }
}

impl Display for Pipeline {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (at, stage) in self.stages.iter().enumerate() {
            write!(f, "{}{stage}", if at > 0 { " | " } else { "" })?;
        }
        Ok(())
    }
}

impl Display for Stage {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Spanset(expr) => write!(f, "{expr}"),
            Self::Scalar { left, op, right } => write!(f, "{left} {} {right}", op.as_str()),
            Self::By(expr) => write!(f, "by({expr})"),
            Self::Coalesce => f.write_str("coalesce()"),
            Self::Select(attributes) => {
                f.write_str("select(")?;
                write_list(f, attributes)?;
                f.write_str(")")
            }
        }
    }
}

/// An expression of operators and operands.
trait Operation: Display {
    /// How strongly its outermost operator binds.
    fn binding(&self) -> Binding;
}

impl Operation for SpansetExpr {
    fn binding(&self) -> Binding {
        if let Self::Binary { op, .. } = self { op.binding() } else { Binding::Operand }
    }
}

impl Operation for FieldExpr {
    fn binding(&self) -> Binding {
        match self {
            Self::Binary { op, .. } => op.binding(),
            // What binds more strongly than a sum belongs to the operand of a sign.
            Self::Unary { .. } => Binding::Sum,
            Self::Literal(literal) if is_negative(literal) => Binding::Sum,
            Self::Literal(_) | Self::Attribute(_) => Binding::Operand,
        }
    }
}

/// True for a number that is written with a sign.
fn is_negative(literal: &Literal) -> bool {
    match literal {
        Literal::Int(value) | Literal::Duration(value) => *value < 0,
        Literal::Float(value) => value.is_sign_negative(),
        _ => false,
    }
}

impl Operation for ScalarExpr {
    fn binding(&self) -> Binding {
        if let Self::Binary { op, .. } = self { op.binding() } else { Binding::Operand }
    }
}

/// Writes an operand, in parentheses if its own operator binds more weakly than `lowest`.
fn write_operand<T: Operation>(f: &mut Formatter<'_>, operand: &Node<T>, lowest: Binding) -> fmt::Result {
    if operand.binding() < lowest { write!(f, "({operand})") } else { write!(f, "{operand}") }
}

/// Writes `left symbol right`.
fn write_operation<T: Operation>(
    f: &mut Formatter<'_>,
    (left, left_binding): (&Node<T>, Binding),
    symbol: &str,
    (right, right_binding): (&Node<T>, Binding),
) -> fmt::Result {
    write_operand(f, left, left_binding)?;
    write!(f, " {symbol} ")?;
    write_operand(f, right, right_binding)
}

impl Display for SpansetExpr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Filter(None) => f.write_str("{ }"),
            Self::Filter(Some(expr)) => write!(f, "{{ {expr} }}"),
            Self::Nested(pipeline) => write!(f, "({pipeline})"),
            Self::Binary { op, left, right } => {
                write_operation(f, (left, op.binding()), op.as_str(), (right, op.binding().tighter()))
            }
        }
    }
}

impl Display for FieldExpr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Literal(literal) => write!(f, "{literal}"),
            Self::Attribute(attribute) => write!(f, "{attribute}"),
            Self::Unary { op, operand } => {
                f.write_str(if *op == UnaryOp::Not { "!" } else { "-" })?;
                write_operand(f, operand, Binding::Product)
            }
            Self::Binary { op, left, right } => {
                write_operation(f, (left, op.left_binding()), op.as_str(), (right, op.right_binding()))
            }
        }
    }
}

impl Display for ScalarExpr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Literal(literal) => write!(f, "{literal}"),
            Self::Aggregate { function, field: None } => write!(f, "{}()", function.name),
            Self::Aggregate { function, field: Some(field) } => write!(f, "{}({field})", function.name),
            Self::Nested { pipeline, scalar } => write!(f, "({pipeline} | {scalar})"),
            Self::Binary { op, left, right } => {
                write_operation(f, (left, op.left_binding()), op.as_str(), (right, op.right_binding()))
            }
        }
    }
}

impl Display for Literal {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nil => f.write_str("nil"),
            Self::Bool(value) => write!(f, "{value}"),
            // Without its sign it is no integer any more.
            Self::Int(i64::MIN) => f.write_str("minInt"),
            Self::Int(value) => write!(f, "{value}"),
            Self::Float(value) => write_float(f, *value),
            Self::Duration(value) => f.write_str(&duration::format(*value)),
            Self::Text(value) => f.write_str(&quote_text(value)),
            Self::Status(value) => f.write_str(value.as_str()),
            Self::Kind(value) => f.write_str(value.as_str()),
        }
    }
}

impl Display for SeriesExpr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Spans { pipeline, metrics } => write!(f, "{pipeline} | {metrics}"),
            Self::Then { series, stage } if matches!(series.content, Self::Spans { .. } | Self::Then { .. }) => {
                write!(f, "{series}{stage}")
            }
            Self::Then { series, stage } => write!(f, "({series}){stage}"),
            Self::Scaled { op, number, number_first: true, series } => {
                write!(f, "{number} {} ({series})", op.as_str())
            }
            Self::Scaled { op, number, number_first: false, series } => {
                write!(f, "({series}) {} {number}", op.as_str())
            }
            Self::Binary { op, left, right } => write!(f, "({left}) {} ({right})", op.as_str()),
        }
    }
}

impl Display for Metrics {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::OverTime(call) => write!(f, "{call}"),
            Self::Compare(comparison) => write!(f, "{comparison}"),
        }
    }
}

impl Display for OverTime {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}(", self.function.name)?;
        if let Some(attribute) = &self.attribute {
            write!(f, "{attribute}")?;
        }
        for quantile in &self.quantiles {
            f.write_str(", ")?;
            write_float(f, **quantile)?;
        }
        f.write_str(")")?;
        if !self.by.is_empty() {
            f.write_str(" by(")?;
            write_list(f, &self.by)?;
            f.write_str(")")?;
        }
        Ok(())
    }
}

impl Display for Comparison {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.selection {
            Some(selection) => write!(f, "compare({{ {selection} }}")?,
            None => f.write_str("compare({ }")?,
        }
        let window = self.window.iter().flat_map(|(start, end)| [start, end]);
        self.most.iter().chain(window).try_for_each(|number| write!(f, ", {number}"))?;
        f.write_str(")")
    }
}

impl Display for SeriesStage {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Keep { function, count } => write!(f, " | {}({count})", function.name),
            Self::Filter(op, value) => write!(f, " {} {value}", op.as_str()),
        }
    }
}

fn write_list<T: Display>(f: &mut Formatter<'_>, items: &[T]) -> fmt::Result {
    for (at, item) in items.iter().enumerate() {
        write!(f, "{}{item}", if at > 0 { ", " } else { "" })?;
    }
    Ok(())
}

/// Writes a number with a fraction, which tells it from an integer, and without an exponent.
fn write_float(f: &mut Formatter<'_>, value: f64) -> fmt::Result {
    let text = value.to_string();
    write!(f, "{text}{}", if text.contains('.') { "" } else { ".0" })
}
