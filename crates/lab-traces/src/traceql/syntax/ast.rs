//! The syntax tree of a query. Every part of it knows its place in the text.

use crate::span::kind::{Kind, Status};
use crate::traceql::attribute::Attribute;
use crate::traceql::functions::aggregate::Aggregate;
use crate::traceql::functions::over_time::MetricsFunction;
use crate::traceql::functions::series::SeriesFunction;
use crate::traceql::syntax::node::Node;
use crate::traceql::syntax::operator::{BinaryOp, SpansetOp, UnaryOp};

/// A whole query.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// What selects spansets.
    pub pipeline: Pipeline,
    /// What turns the spansets into series, if it is a metrics query.
    pub metrics: Option<Metrics>,
    /// What stands in `with (name=value, …)`.
    pub hints: Vec<Node<Hint>>,
}

/// A wish on how the query is answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Hint {
    /// The name before the sign of equality.
    pub name: String,
    /// The value behind it.
    pub value: Literal,
}

/// Stages, each fed by the one before it; there is at least one.
#[derive(Clone, Debug, PartialEq)]
pub struct Pipeline {
    /// The stages in the order in which they work.
    pub stages: Vec<Node<Stage>>,
}

/// One step of a pipeline.
#[derive(Clone, Debug, PartialEq)]
pub enum Stage {
    /// Keeps the spans that it selects.
    Spanset(Node<SpansetExpr>),
    /// Keeps the spansets for which a comparison holds: `count() > 2`.
    Scalar {
        /// What stands left of the operator.
        left: Node<ScalarExpr>,
        op: BinaryOp,
        /// What stands right of the operator.
        right: Node<ScalarExpr>,
    },
    /// Splits spansets by the value of an expression.
    By(Node<FieldExpr>),
    /// Merges all spansets into one.
    Coalesce,
    /// Names attributes that the result shall show.
    Select(Vec<Node<Attribute>>),
}

/// What selects spans of a trace.
#[derive(Clone, Debug, PartialEq)]
pub enum SpansetExpr {
    /// `{ … }`; without an expression every span.
    Filter(Option<Node<FieldExpr>>),
    /// Two spansets combined.
    Binary {
        /// How the two are combined.
        op: SpansetOp,
        /// What stands left of the operator.
        left: Box<Node<SpansetExpr>>,
        /// What stands right of the operator.
        right: Box<Node<SpansetExpr>>,
    },
    /// A pipeline in parentheses.
    Nested(Pipeline),
}

/// An expression on one span.
#[derive(Clone, Debug, PartialEq)]
pub enum FieldExpr {
    Literal(Literal),
    /// An attribute or intrinsic of the span.
    Attribute(Attribute),
    /// `!` or `-` before an operand.
    Unary {
        op: UnaryOp,
        /// The expression that it is applied to.
        operand: Box<Node<FieldExpr>>,
    },
    Binary {
        op: BinaryOp,
        /// What stands left of the operator.
        left: Box<Node<FieldExpr>>,
        /// What stands right of the operator.
        right: Box<Node<FieldExpr>>,
    },
}

/// An expression on one spanset.
#[derive(Clone, Debug, PartialEq)]
pub enum ScalarExpr {
    Literal(Literal),
    /// `count()`, `avg(duration)` …
    Aggregate {
        function: &'static Aggregate,
        /// What is aggregated; `None` for `count()`.
        field: Option<Box<Node<FieldExpr>>>,
    },
    /// Arithmetic on two scalars.
    Binary {
        op: BinaryOp,
        /// What stands left of the operator.
        left: Box<Node<ScalarExpr>>,
        /// What stands right of the operator.
        right: Box<Node<ScalarExpr>>,
    },
    /// `({ … } | count())`: a spanset of its own.
    Nested {
        /// What selects the spanset.
        pipeline: Pipeline,
        /// What is computed of it.
        scalar: Box<Node<ScalarExpr>>,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// `nil`: no value.
    Nil,
    /// `true` or `false`.
    Bool(bool),
    Int(i64),
    /// A number with a fraction.
    Float(f64),
    /// A duration in nanoseconds.
    Duration(i64),
    /// A text in quotes.
    Text(String),
    /// `ok`, `error`, `unset`
    Status(Status),
    /// `client`, `server` …
    Kind(Kind),
}

/// What turns spansets into series.
#[derive(Clone, Debug, PartialEq)]
pub struct Metrics {
    /// The function over time.
    pub function: Node<&'static MetricsFunction>,
    /// The attribute whose values it takes, if it takes any.
    pub attribute: Option<Node<Attribute>>,
    /// The quantiles of `quantile_over_time`.
    pub quantiles: Vec<Node<f64>>,
    /// The attributes by which series are told apart.
    pub by: Vec<Node<Attribute>>,
    /// What is done with the finished series.
    pub then: Vec<Node<SeriesStage>>,
}

/// What is done with finished series.
#[derive(Clone, Debug, PartialEq)]
pub enum SeriesStage {
    /// Keeps some of the samples at each step: `topk(3)`.
    Keep {
        /// Which samples are kept.
        function: &'static SeriesFunction,
        /// How many samples are kept.
        count: usize,
    },
    /// Keeps the samples for which a comparison with a number holds.
    Filter(BinaryOp, f64),
}
