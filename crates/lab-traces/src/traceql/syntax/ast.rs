//! The syntax tree of a query. Every part of it knows its place in the text.

use crate::span::kind::{Kind, Status};
use crate::traceql::attribute::Attribute;
use crate::traceql::functions::aggregate::Aggregate;
use crate::traceql::functions::over_time::MetricsFunction;
use crate::traceql::functions::series::SeriesFunction;
use crate::traceql::syntax::node::Node;
use crate::traceql::syntax::operator::{BinaryOp, SpansetOp, UnaryOp};
use crate::traceql::value::Value;

/// A whole query.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// What is asked for.
    pub question: Question,
    /// What stands in `with (name=value, …)`.
    pub hints: Vec<Node<Hint>>,
}

/// What a query asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Question {
    /// The spansets that a pipeline selects.
    Traces(Pipeline),
    /// Series that are computed from spans.
    Series(Node<SeriesExpr>),
}

impl Query {
    /// The pipeline of a query for traces; `None` for a metrics query.
    pub fn pipeline(&self) -> Option<&Pipeline> {
        match &self.question {
            Question::Traces(pipeline) => Some(pipeline),
            Question::Series(_) => None,
        }
    }

    /// The value of the hint with this name; of several the first.
    pub fn hint(&self, name: &str) -> Option<&Literal> {
        self.hints.iter().find(|hint| hint.name == name).map(|hint| &hint.value)
    }
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

/// An expression whose value is a set of series.
#[derive(Clone, Debug, PartialEq)]
pub enum SeriesExpr {
    /// `{ … } | rate()`: series of the spans that a pipeline selects.
    Spans {
        /// What selects the spans.
        pipeline: Pipeline,
        /// What turns them into series.
        metrics: Node<Metrics>,
    },
    /// `series | topk(3)` or `series > 5`.
    Then {
        /// The finished series.
        series: Box<Node<SeriesExpr>>,
        /// What is done with them.
        stage: Node<SeriesStage>,
    },
    /// `series * 100` or `1 - series`: arithmetic of each sample with a number.
    Scaled {
        op: BinaryOp,
        /// What each sample is computed with; an integer or a number with a fraction.
        number: Literal,
        /// True if the number stands left of the operator.
        number_first: bool,
        /// What stands on the other side.
        series: Box<Node<SeriesExpr>>,
    },
    /// Arithmetic of the samples of series with equal labels.
    Binary {
        op: BinaryOp,
        /// What stands left of the operator.
        left: Box<Node<SeriesExpr>>,
        /// What stands right of the operator.
        right: Box<Node<SeriesExpr>>,
    },
}

impl Literal {
    /// The value of the constant.
    pub(crate) fn value(&self) -> Value<'_> {
        match self {
            Self::Nil => Value::Nil,
            Self::Bool(value) => Value::Bool(*value),
            Self::Int(value) => Value::Int(*value),
            Self::Float(value) => Value::Float(*value),
            Self::Duration(value) => Value::Duration(*value),
            Self::Text(value) => Value::text(value),
            Self::Status(value) => Value::Status(*value),
            Self::Kind(value) => Value::Kind(*value),
        }
    }

    /// The number that series are compared or computed with, durations in seconds; `None` for what is no number.
    pub(crate) fn sample(&self) -> Option<f64> {
        match self {
            Self::Int(value) => Some(*value as f64),
            Self::Float(value) => Some(*value),
            Self::Duration(nanoseconds) => Some(*nanoseconds as f64 / 1e9),
            _ => None,
        }
    }
}

/// What turns spans into series.
#[derive(Clone, Debug, PartialEq)]
pub enum Metrics {
    /// A function over time, for each combination of the values of some attributes.
    OverTime(OverTime),
    /// `compare({ … })`: how often each attribute has each value in a selection, and in the rest.
    Compare(Comparison),
}

/// A call of a function over time.
#[derive(Clone, Debug, PartialEq)]
pub struct OverTime {
    /// The function over time.
    pub function: Node<&'static MetricsFunction>,
    /// The attribute whose values it takes, if it takes any.
    pub attribute: Option<Node<Attribute>>,
    /// The quantiles of `quantile_over_time`.
    pub quantiles: Vec<Node<f64>>,
    /// The attributes by which series are told apart.
    pub by: Vec<Node<Attribute>>,
}

/// A call of `compare()`.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// What a span of the selection fulfils; `None` for every span.
    pub selection: Option<Node<FieldExpr>>,
    /// How many values of an attribute are shown.
    pub most: Option<Node<i64>>,
    /// Spans of the selection begin after the first time and not after the second, in nanoseconds since the epoch.
    pub window: Option<(Node<i64>, Node<i64>)>,
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
    /// Keeps the samples for which a comparison with a number holds; durations count in seconds.
    Filter(BinaryOp, Literal),
}
