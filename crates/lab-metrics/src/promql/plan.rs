//! What is to be evaluated: the parsed expression with its selectors compiled, its functions looked up,
//! `start()`, `end()`, `range()` and `step()` replaced by numbers, and parentheses gone. `planner.rs`
//! makes it.

use std::sync::Arc;

use lab_model::{Labels, Matcher};

use super::error::Position;
use super::functions::Function;
use super::steps::Frame;

/// A part of a query.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) kind: Kind,
    /// Where it stands in the query text, for annotations.
    pub(crate) place: Option<Position>,
    /// True if its value is the same at every step (each selector in it has an `@`).
    pub(crate) fixed: bool,
}

/// The kinds of parts.
#[derive(Debug)]
pub(crate) enum Kind {
    Number(f64),
    Text(Arc<str>),
    /// The latest sample of each series.
    Instant(Selector),
    /// The time of the latest sample of each series: `timestamp(selector)`.
    SampleTime(Selector),
    /// The samples of a stretch of time of each series.
    Range(Selector, Stretch),
    /// An instant expression evaluated over a stretch of time, every so many milliseconds.
    Subquery(Box<Node>, Stretch, Option<i64>),
    Negate(Box<Node>),
    Binary(Box<Binary>),
    Aggregate(Box<Aggregate>),
    Call(&'static Function, Vec<Node>),
    /// `absent` and `absent_over_time`, with the labels of the series that says so.
    Absent(Box<Node>, Labels),
    AbsentOverTime(Box<Node>, Labels),
    Info(Box<Info>),
}

/// The type of a part's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ValueType {
    Scalar,
    Text,
    Vector,
    Matrix,
}

impl ValueType {
    /// The type as Prometheus' messages call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Scalar => "scalar",
            Self::Text => "string",
            Self::Vector => "instant vector",
            Self::Matrix => "range vector",
        }
    }
}

/// Which series, and when seen from the step.
#[derive(Debug)]
pub(crate) struct Selector {
    pub(crate) matchers: Vec<Matcher>,
    pub(crate) shift: Shift,
    pub(crate) edges: Edges,
}

/// What a selector reads at the edges of its stretch, or at the instant at which it looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Edges {
    /// Nothing beyond the samples within.
    #[default]
    Open,
    /// `anchored`: the last sample before the start stands at the start.
    Anchored,
    /// `smoothed`: a value between the samples before and behind the edge.
    Smoothed,
}

impl Edges {
    /// The modifier as it is written.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Open => "",
            Self::Anchored => "anchored",
            Self::Smoothed => "smoothed",
        }
    }

    /// How far a selector reads before its start and behind its end, in milliseconds.
    pub(crate) fn reach(self, lookback: i64) -> (i64, i64) {
        match self {
            Self::Open => (0, 0),
            Self::Anchored => (lookback, 0),
            Self::Smoothed => (lookback, lookback),
        }
    }
}

/// `offset` and `@`: from the instant of a step to the instant at which is looked.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Shift {
    /// Milliseconds to go back; negative goes forward.
    pub(crate) offset: i64,
    /// A fixed instant in place of the step's.
    pub(crate) at: Option<i64>,
}

impl Shift {
    /// True without `offset` and `@`.
    pub(crate) fn is_none(self) -> bool {
        self.offset == 0 && self.at.is_none()
    }

    /// The instant at which is looked from the step at `time`.
    #[inline]
    pub(crate) fn apply(self, time: i64) -> i64 {
        self.at.unwrap_or(time).saturating_sub(self.offset)
    }

    /// The first and the last instant at which is looked from the steps of `frame`.
    pub(crate) fn span(self, frame: Frame) -> (i64, i64) {
        (self.apply(frame.start), self.apply(frame.end()))
    }
}

/// A stretch of time before an instant: `[5m]`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stretch {
    /// Its length in milliseconds.
    pub(crate) length: i64,
    /// Where it ends, seen from the step.
    pub(crate) shift: Shift,
}

/// An operator between two parts.
#[derive(Debug)]
pub(crate) struct Binary {
    pub(crate) operator: Operator,
    pub(crate) left: Node,
    pub(crate) right: Node,
    pub(crate) matching: Matching,
    /// `bool`: comparisons answer 0 or 1 in place of filtering.
    pub(crate) returns_bool: bool,
}

/// The binary operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Power,
    Atan2,
    Equal,
    NotEqual,
    Greater,
    Less,
    GreaterOrEqual,
    LessOrEqual,
    And,
    Or,
    Unless,
}

impl Operator {
    /// True for those that filter, or answer 0 or 1.
    pub(crate) fn is_comparison(self) -> bool {
        use Operator::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
        matches!(self, Equal | NotEqual | Greater | Less | GreaterOrEqual | LessOrEqual)
    }
}

/// How series of two vectors find each other.
#[derive(Debug, Default)]
pub(crate) struct Matching {
    /// `on`: only `labels` count; else (`ignoring`) all but `labels` and the metric name.
    pub(crate) on: bool,
    pub(crate) labels: Vec<String>,
    pub(crate) cardinality: Cardinality,
    /// Labels of the "one" side that the result takes over (`group_left(…)`).
    pub(crate) include: Vec<String>,
    /// Values in place of a missing partner on the left and on the right.
    pub(crate) fill_left: Option<f64>,
    pub(crate) fill_right: Option<f64>,
}

/// How many series of each side may share a match group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Cardinality {
    #[default]
    OneToOne,
    /// `group_left`
    ManyToOne,
    /// `group_right`
    OneToMany,
}

/// An aggregation over series.
#[derive(Debug)]
pub(crate) struct Aggregate {
    pub(crate) operation: Aggregation,
    pub(crate) inner: Node,
    pub(crate) parameter: Option<Node>,
    pub(crate) grouping: Grouping,
}

/// The aggregations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Aggregation {
    Sum,
    Avg,
    Count,
    Min,
    Max,
    Group,
    Stddev,
    Stdvar,
    Topk,
    Bottomk,
    Limitk,
    LimitRatio,
    Quantile,
    CountValues,
}

/// `by (…)` or `without (…)`; `by ()` if neither is said.
#[derive(Clone, Debug, Default)]
pub(crate) struct Grouping {
    pub(crate) without: bool,
    pub(crate) labels: Vec<String>,
}

impl Grouping {
    /// The labels that stay.
    pub(crate) fn apply(&self, labels: &Labels) -> Labels {
        let named = |name: &str| self.labels.iter().any(|label| label == name);
        if self.without {
            labels.filtered(|name| !named(name) && name != lab_model::labels::METRIC_NAME)
        } else if self.labels.is_empty() {
            Labels::empty()
        } else {
            labels.filtered(named)
        }
    }
}

/// `info(inner, {conditions})`: the series of `inner` with labels of their info series.
#[derive(Debug)]
pub(crate) struct Info {
    pub(crate) inner: Node,
    /// The conditions on the names of info series.
    pub(crate) names: Vec<Matcher>,
    /// The conditions on their other labels; without any all labels are taken.
    pub(crate) data: Vec<Matcher>,
    /// When info series are looked for, seen from the step.
    pub(crate) shift: Shift,
}

impl Node {
    /// What it reads at the edges of its stretch, if it is a range selector.
    pub(crate) fn edges(&self) -> Edges {
        if let Kind::Range(selector, _) = &self.kind { selector.edges } else { Edges::Open }
    }

    /// The type of its value.
    pub(crate) fn value_type(&self) -> ValueType {
        match &self.kind {
            Kind::Number(_) => ValueType::Scalar,
            Kind::Text(_) => ValueType::Text,
            Kind::Range(..) | Kind::Subquery(..) => ValueType::Matrix,
            Kind::Negate(inner) => inner.value_type(),
            Kind::Binary(binary) => match (binary.left.value_type(), binary.right.value_type()) {
                (ValueType::Scalar, ValueType::Scalar) => ValueType::Scalar,
                _ => ValueType::Vector,
            },
            Kind::Call(function, _) if function.is_scalar() => ValueType::Scalar,
            Kind::Instant(_)
            | Kind::SampleTime(_)
            | Kind::Aggregate(_)
            | Kind::Call(..)
            | Kind::Absent(..)
            | Kind::AbsentOverTime(..)
            | Kind::Info(_) => ValueType::Vector,
        }
    }
}
