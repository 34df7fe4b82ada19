//! The tree of a query. Every node knows its [`Place`], the bytes of the query that it takes.
//!
//! String literals, and the names and values of label matchers, are bytes: `"\xff"` is a string of PromQL.

use lab_algebra::{Aggregation, Grouping, Matching, Operator};
use lab_model::labels::METRIC_NAME;
use lab_model::{MatchOp, Matcher};
use lab_syntax::Place;

use crate::promql::functions::signature::{Edges, Signature};

pub mod condition;

/// A part of a query that has a value.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    pub kind: ExprKind,
    pub place: Place,
}

/// The kinds of expressions.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    // `1.5`, `5m`
    Number(Number),
    // `"text"`
    Text(Vec<u8>),
    // `metric{label="value"}`
    Selector(Box<Selector>),
    // `metric[5m]`
    Range(Box<Selector>, Duration),
    // `expression[1h:1m]`
    Subquery(Box<Subquery>),
    // `(expression)`
    Paren(Box<Expr>),
    /// `-expression`, or `+expression`
    Unary(Operator, Box<Expr>),
    /// `left + right`
    Binary(Box<Binary>),
    /// `sum by (label) (expression)`
    Aggregate(Box<Aggregate>),
    // `rate(expression)`
    Call(&'static Signature, Vec<Expr>),
}

/// A number, written as such or as a duration, which stands for its seconds.
#[derive(Clone, Copy, Debug)]
pub struct Number {
    pub value: f64,
    /// It was written as a duration.
    pub is_duration: bool,
}

impl Number {
    /// The number with a sign before it.
    pub(super) fn signed(self, sign: Operator) -> Self {
        if sign == Operator::Subtract { Self { value: -self.value, ..self } } else { self }
    }
}

impl Eq for Number {}

impl PartialEq for Number {
    /// Numbers are equal whatever their spelling, and so are two NaNs.
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value || (self.value.is_nan() && other.value.is_nan())
    }
}

/// Which series, and when.
#[derive(Clone, Debug)]
pub struct Selector {
    /// The name of the metric, if it stands before the braces.
    pub name: Option<String>,
    /// The conditions in the braces.
    pub matchers: Vec<LabelMatcher>,
    /// When it looks.
    pub time: TimeShift,
    /// What it reads at the edges of its range.
    pub edges: Edges,
}

impl PartialEq for Selector {
    /// The order of the matchers says nothing.
    fn eq(&self, other: &Self) -> bool {
        let within = |some: &[LabelMatcher], all: &[LabelMatcher]| some.iter().all(|matcher| all.contains(matcher));
        let same = within(&self.matchers, &other.matchers) && within(&other.matchers, &self.matchers);
        same && self.name == other.name && self.time == other.time && self.edges == other.edges
    }
}

impl Selector {
    /// The matchers that a series must meet.
    pub(crate) fn conditions(&self) -> Vec<Matcher> {
        let name = self.name.as_ref().map(|name| Matcher::equal(METRIC_NAME, name.as_str()));
        name.into_iter().chain(self.matchers.iter().filter_map(|matcher| matcher.condition.clone())).collect()
    }
}

/// A condition on a label, `name="value"`; a name in quotes alone is one on the name of the metric.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelMatcher {
    pub name: Vec<u8>,
    /// What the value is compared with.
    pub value: Vec<u8>,
    /// The operator: `=`, `!=`, `=~`, `!~`.
    pub op: MatchOp,
    /// What that demands of a series; nothing if every series meets it.
    pub condition: Option<Matcher>,
    pub place: Place,
}

/// `offset` and `@`.
#[derive(Clone, Debug, PartialEq)]
pub struct TimeShift {
    /// How far back; negative goes forward.
    pub offset: Duration,
    /// A fixed instant in place of the query's.
    pub at: Option<At>,
}

impl TimeShift {
    /// Neither `offset` nor `@`.
    pub const NONE: Self = Self { offset: Duration::Literal(0), at: None };
}

/// The instant behind `@`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// Milliseconds since the epoch.
    Time(i64),
    // `start()`
    Start,
    // `end()`
    End,
}

/// An instant expression evaluated over a stretch of time.
#[derive(Clone, Debug, PartialEq)]
pub struct Subquery {
    /// What is evaluated.
    pub inner: Expr,
    /// Over which time before the instant.
    pub range: Duration,
    /// How often; if nothing is said, as often as rules are evaluated.
    pub step: Option<Duration>,
    /// When it looks.
    pub time: TimeShift,
}

/// A length of time.
#[derive(Clone, Debug, PartialEq)]
pub enum Duration {
    Literal(i64),
    /// What an expression of numbers comes to, in seconds. It has no label, no signs but minus, and of the functions only
    /// `step`, `range`, `min_of` and `max_of`.
    Computed(Box<Expr>),
}

/// An operator between two expressions.
#[derive(Clone, Debug, PartialEq)]
pub struct Binary {
    pub operator: Operator,
    /// Where the operator is written.
    pub operator_place: Place,
    pub left: Expr,
    pub right: Expr,
    /// `bool`: comparisons answer 0 or 1 in place of filtering.
    pub returns_bool: bool,
    /// How series of the two find each other, if both are vectors.
    pub matching: Option<Matching>,
}

/// An aggregation over series.
#[derive(Clone, Debug, PartialEq)]
pub struct Aggregate {
    pub operation: Aggregation,
    /// Its parameter, if it has one: the `k` of `topk`.
    pub parameter: Option<Expr>,
    pub inner: Expr,
    /// The labels of `by` or `without`.
    pub grouping: Grouping,
}

impl Expr {
    /// The expression with a sign before it, which begins at `start`; numbers take it in.
    pub(super) fn signed(self, sign: Operator, start: Place) -> Self {
        let place = start.to(self.place);
        let kind = match self.kind {
            ExprKind::Number(number) => ExprKind::Number(number.signed(sign)),
            _ => ExprKind::Unary(sign, Box::new(self)),
        };
        Self { kind, place }
    }
}
