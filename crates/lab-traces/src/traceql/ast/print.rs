//! Queries as text, with no more parentheses than are needed.

use std::fmt::{self, Display, Formatter};

use crate::traceql::ast::{
    BinaryOp, FieldExpr, Literal, Metrics, MetricsFunction, Pipeline, Query, ScalarExpr, SeriesStage, SpansetExpr,
    Stage, UnaryOp,
};
use crate::traceql::duration;
use crate::traceql::quote::write_quoted;

impl Display for Query {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.pipeline)?;
        if let Some(metrics) = &self.metrics {
            write!(f, " | {metrics}")?;
        }
        if !self.hints.is_empty() {
            let hints: Vec<_> = self.hints.iter().map(|(name, value)| format!("{name}={value}")).collect();
            write!(f, " with({})", hints.join(", "))?;
        }
        Ok(())
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
            Self::Select(attributes) => write!(f, "select({})", list(attributes)),
        }
    }
}

impl Display for SpansetExpr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Filter(None) => f.write_str("{ }"),
            Self::Filter(Some(expr)) => write!(f, "{{ {expr} }}"),
            Self::Nested(pipeline) => write!(f, "({pipeline})"),
            // Operands of the same operator group to the left.
            Self::Binary { op, left, right } => {
                let operand = |f: &mut Formatter<'_>, expr: &Self, lowest: u8| match expr {
                    Self::Binary { op, .. } if op.binding() < lowest => write!(f, "({expr})"),
                    _ => write!(f, "{expr}"),
                };
                operand(f, left, op.binding())?;
                write!(f, " {} ", op.as_str())?;
                operand(f, right, op.binding() + 1)
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
                match **operand {
                    Self::Binary { .. } => write!(f, "({operand})"),
                    _ => write!(f, "{operand}"),
                }
            }
            Self::Binary { op, left, right } => {
                let right_first = *op == BinaryOp::Power;
                field_operand(f, left, op.binding() + u8::from(right_first))?;
                write!(f, " {} ", op.as_str())?;
                field_operand(f, right, op.binding() + u8::from(!right_first))
            }
        }
    }
}

fn field_operand(f: &mut Formatter<'_>, expr: &FieldExpr, lowest: u8) -> fmt::Result {
    match expr {
        FieldExpr::Binary { op, .. } if op.binding() < lowest => write!(f, "({expr})"),
        _ => write!(f, "{expr}"),
    }
}

impl Display for ScalarExpr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Literal(literal) => write!(f, "{literal}"),
            Self::Aggregate { op, field: None } => write!(f, "{}()", op.as_str()),
            Self::Aggregate { op, field: Some(field) } => write!(f, "{}({field})", op.as_str()),
            Self::Nested { pipeline, scalar } => write!(f, "({pipeline} | {scalar})"),
            Self::Binary { op, left, right } => {
                let right_first = *op == BinaryOp::Power;
                let operand = |f: &mut Formatter<'_>, expr: &Self, lowest: u8| match expr {
                    Self::Binary { op, .. } if op.binding() < lowest => write!(f, "({expr})"),
                    _ => write!(f, "{expr}"),
                };
                operand(f, left, op.binding() + u8::from(right_first))?;
                write!(f, " {} ", op.as_str())?;
                operand(f, right, op.binding() + u8::from(!right_first))
            }
        }
    }
}

impl Display for Literal {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nil => f.write_str("nil"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Int(value) => write!(f, "{value}"),
            Self::Float(value) => write_float(f, *value),
            Self::Duration(value) => f.write_str(&duration::format(*value)),
            Self::Text(value) => write_quoted(f, value),
            Self::Status(value) => f.write_str(value.as_str()),
            Self::Kind(value) => f.write_str(value.as_str()),
        }
    }
}

impl Display for Metrics {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}(", self.function.name())?;
        if let Some(attribute) = self.function.attribute() {
            write!(f, "{attribute}")?;
        }
        if let MetricsFunction::QuantileOverTime(_, quantiles) = &self.function {
            quantiles.iter().try_for_each(|quantile| {
                f.write_str(", ")?;
                write_float(f, *quantile)
            })?;
        }
        f.write_str(")")?;
        if !self.by.is_empty() {
            write!(f, " by({})", list(&self.by))?;
        }
        for stage in &self.then {
            match stage {
                SeriesStage::TopK(count) => write!(f, " | topk({count})")?,
                SeriesStage::BottomK(count) => write!(f, " | bottomk({count})")?,
                SeriesStage::Filter(op, value) => {
                    write!(f, " {} ", op.as_str())?;
                    write_float(f, *value)?;
                }
            }
        }
        Ok(())
    }
}

fn list<T: Display>(items: &[T]) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Without an exponent, which the language lacks, and with a fraction, which tells it from an integer.
fn write_float(f: &mut Formatter<'_>, value: f64) -> fmt::Result {
    let text = value.to_string();
    write!(f, "{text}{}", if text.contains('.') { "" } else { ".0" })
}
