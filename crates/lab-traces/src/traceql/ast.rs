//! The syntax tree of a query. It prints as it is written; what it prints parses to the same tree.

mod print;

use crate::span::kind::{Kind, Status};
use crate::traceql::attribute::Attribute;

/// A whole query.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// What selects spansets.
    pub pipeline: Pipeline,
    /// What turns them into series, if it is a metrics query.
    pub metrics: Option<Metrics>,
    /// `with (name=value, …)`
    pub hints: Vec<(String, Literal)>,
}

/// Stages, each fed by the one before.
#[derive(Clone, Debug, PartialEq)]
pub struct Pipeline {
    /// At least one.
    pub stages: Vec<Stage>,
}

/// One step of a pipeline.
#[derive(Clone, Debug, PartialEq)]
pub enum Stage {
    /// Keeps the spans that it selects.
    Spanset(SpansetExpr),
    /// Keeps the spansets for which a comparison holds: `count() > 2`.
    Scalar {
        /// Left of the operator.
        left: ScalarExpr,
        /// The comparison.
        op: BinaryOp,
        /// Right of the operator.
        right: ScalarExpr,
    },
    /// Splits spansets by the value of an expression.
    By(FieldExpr),
    /// Merges all spansets into one.
    Coalesce,
    /// Names attributes that the result shall show.
    Select(Vec<Attribute>),
}

/// What selects spans of a trace.
#[derive(Clone, Debug, PartialEq)]
pub enum SpansetExpr {
    /// `{ … }`; without an expression every span.
    Filter(Option<FieldExpr>),
    /// Two spansets combined.
    Binary {
        /// How.
        op: SpansetOp,
        /// Left of the operator.
        left: Box<SpansetExpr>,
        /// Right of the operator.
        right: Box<SpansetExpr>,
    },
    /// A pipeline in parentheses.
    Nested(Pipeline),
}

/// How two spansets are combined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpansetOp {
    /// `&&`: both, if neither is empty.
    And,
    /// `||`: both.
    Or,
    /// The right-hand spans that stand in this relation to a left-hand one.
    Structural {
        /// The relation.
        relation: Relation,
        /// Which spans the result has.
        result: Matched,
    },
}

/// A relation of the right-hand span to the left-hand one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// `>`
    Child,
    /// `>>`
    Descendant,
    /// `<`
    Parent,
    /// `<<`
    Ancestor,
    /// `~`
    Sibling,
}

/// Which spans a structural operator yields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matched {
    /// The right-hand ones that are related.
    Right,
    /// The right-hand ones that are not: `!>`.
    NotRight,
    /// Both sides of each relation: `&>`.
    Both,
}

/// An expression on one span.
#[derive(Clone, Debug, PartialEq)]
pub enum FieldExpr {
    /// A constant.
    Literal(Literal),
    /// Something of the span.
    Attribute(Attribute),
    /// `!` or `-`.
    Unary {
        /// The operator.
        op: UnaryOp,
        /// What it is applied to.
        operand: Box<FieldExpr>,
    },
    /// Two operands.
    Binary {
        /// The operator.
        op: BinaryOp,
        /// Left of the operator.
        left: Box<FieldExpr>,
        /// Right of the operator.
        right: Box<FieldExpr>,
    },
}

/// An expression on one spanset.
#[derive(Clone, Debug, PartialEq)]
pub enum ScalarExpr {
    /// A constant.
    Literal(Literal),
    /// `count()`, `avg(duration)` …
    Aggregate {
        /// The function.
        op: AggregateOp,
        /// What is aggregated; `None` for `count()`.
        field: Option<FieldExpr>,
    },
    /// Arithmetic.
    Binary {
        /// The operator.
        op: BinaryOp,
        /// Left of the operator.
        left: Box<ScalarExpr>,
        /// Right of the operator.
        right: Box<ScalarExpr>,
    },
    /// `({ … } | count())`: a spanset of its own.
    Nested {
        /// What selects it.
        pipeline: Pipeline,
        /// What is computed of it.
        scalar: Box<ScalarExpr>,
    },
}

/// Operators before one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOp {
    /// `!`
    Not,
    /// `-`
    Negate,
}

/// Operators between two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is its sign")]
pub enum BinaryOp {
    And,
    Or,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Regex,
    NotRegex,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Power,
}

/// Functions of a spanset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is its name")]
pub enum AggregateOp {
    Count,
    Min,
    Max,
    Avg,
    Sum,
}

/// A constant.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// No value.
    Nil,
    /// `true`, `false`
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A number with a fraction.
    Float(f64),
    /// Nanoseconds.
    Duration(i64),
    /// Text in quotes.
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
    pub function: MetricsFunction,
    /// What the series are told apart by.
    pub by: Vec<Attribute>,
    /// What is done with the series.
    pub then: Vec<SeriesStage>,
}

/// A function over time.
#[derive(Clone, Debug, PartialEq)]
pub enum MetricsFunction {
    /// Spans per second.
    Rate,
    /// Spans.
    CountOverTime,
    /// Smallest value.
    MinOverTime(Attribute),
    /// Largest value.
    MaxOverTime(Attribute),
    /// Mean value.
    AvgOverTime(Attribute),
    /// Sum of values.
    SumOverTime(Attribute),
    /// Estimated quantiles.
    QuantileOverTime(Attribute, Vec<f64>),
    /// Counts by power of two.
    HistogramOverTime(Attribute),
}

/// What is done with finished series.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SeriesStage {
    /// The largest at each step.
    TopK(usize),
    /// The smallest at each step.
    BottomK(usize),
    /// Samples that compare so.
    Filter(BinaryOp, f64),
}

impl BinaryOp {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::And => "&&",
            Self::Or => "||",
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessEqual => "<=",
            Self::Greater => ">",
            Self::GreaterEqual => ">=",
            Self::Regex => "=~",
            Self::NotRegex => "!~",
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Modulo => "%",
            Self::Power => "^",
        }
    }

    /// The operator with this sign.
    pub(crate) fn from_symbol(symbol: &str) -> Option<Self> {
        use BinaryOp::{
            Add, And, Divide, Equal, Greater, GreaterEqual, Less, LessEqual, Modulo, Multiply, NotEqual, NotRegex, Or,
            Power, Regex, Subtract,
        };
        let all = [
            And,
            Or,
            Equal,
            NotEqual,
            Less,
            LessEqual,
            Greater,
            GreaterEqual,
            Regex,
            NotRegex,
            Add,
            Subtract,
            Multiply,
            Divide,
            Modulo,
            Power,
        ];
        all.into_iter().find(|op| op.as_str() == symbol)
    }

    /// How strongly it binds; `&&` and `||` bind alike, as in Tempo.
    pub(crate) fn binding(self) -> u8 {
        match self {
            Self::And | Self::Or => 1,
            Self::Add | Self::Subtract => 3,
            Self::Multiply | Self::Divide | Self::Modulo => 4,
            Self::Power => 5,
            _ => 2,
        }
    }

    /// True for `= != < <= > >= =~ !~`.
    pub fn is_comparison(self) -> bool {
        self.binding() == 2
    }

    /// True for `+ - * / % ^`.
    pub fn is_arithmetic(self) -> bool {
        self.binding() > 2
    }
}

impl SpansetOp {
    /// How strongly it binds.
    pub(crate) fn binding(self) -> u8 {
        match self {
            Self::And | Self::Or => 1,
            Self::Structural { .. } => 2,
        }
    }

    /// As it is written.
    pub fn as_str(self) -> &'static str {
        use Matched::{Both, NotRight, Right};
        use Relation::{Ancestor, Child, Descendant, Parent, Sibling};
        let Self::Structural { relation, result } = self else {
            return if self == Self::And { "&&" } else { "||" };
        };
        match (relation, result) {
            (Child, Right) => ">",
            (Child, NotRight) => "!>",
            (Child, Both) => "&>",
            (Descendant, Right) => ">>",
            (Descendant, NotRight) => "!>>",
            (Descendant, Both) => "&>>",
            (Parent, Right) => "<",
            (Parent, NotRight) => "!<",
            (Parent, Both) => "&<",
            (Ancestor, Right) => "<<",
            (Ancestor, NotRight) => "!<<",
            (Ancestor, Both) => "&<<",
            (Sibling, Right) => "~",
            (Sibling, NotRight) => "!~",
            (Sibling, Both) => "&~",
        }
    }

    /// The operator with this sign.
    pub(crate) fn from_symbol(symbol: &str) -> Option<Self> {
        let relations =
            [Relation::Child, Relation::Descendant, Relation::Parent, Relation::Ancestor, Relation::Sibling];
        let results = [Matched::Right, Matched::NotRight, Matched::Both];
        let structural =
            relations.into_iter().flat_map(|relation| results.map(|result| Self::Structural { relation, result }));
        structural.chain([Self::And, Self::Or]).find(|op| op.as_str() == symbol)
    }
}

impl AggregateOp {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Min => "min",
            Self::Max => "max",
            Self::Avg => "avg",
            Self::Sum => "sum",
        }
    }

    /// The function with this name.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        [Self::Count, Self::Min, Self::Max, Self::Avg, Self::Sum].into_iter().find(|op| op.as_str() == name)
    }
}

impl MetricsFunction {
    /// As it is written.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Rate => "rate",
            Self::CountOverTime => "count_over_time",
            Self::MinOverTime(_) => "min_over_time",
            Self::MaxOverTime(_) => "max_over_time",
            Self::AvgOverTime(_) => "avg_over_time",
            Self::SumOverTime(_) => "sum_over_time",
            Self::QuantileOverTime(..) => "quantile_over_time",
            Self::HistogramOverTime(_) => "histogram_over_time",
        }
    }

    /// The attribute whose values are aggregated.
    pub fn attribute(&self) -> Option<&Attribute> {
        match self {
            Self::Rate | Self::CountOverTime => None,
            Self::MinOverTime(attribute)
            | Self::MaxOverTime(attribute)
            | Self::AvgOverTime(attribute)
            | Self::SumOverTime(attribute)
            | Self::QuantileOverTime(attribute, _)
            | Self::HistogramOverTime(attribute) => Some(attribute),
        }
    }
}
