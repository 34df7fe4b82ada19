//! The tree of a query. Every node knows its [`Place`], the bytes of the query that it takes.
//!
//! String literals, and the names and values of label matchers, are bytes: `"\xff"` is a string of PromQL.

use lab_algebra::{Aggregation, Grouping, Matching, Operator};
use lab_model::labels::METRIC_NAME;
use lab_model::{MatchOp, Matcher};
use lab_syntax::Place;

use crate::promql::functions::signature::Signature;
use crate::promql::syntax::ast::condition::Condition;
use crate::promql::value::ValueType;

pub mod condition;

/// A part of a query that has a value.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands.
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
    Unary(Sign, Box<Expr>),
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
    pub(super) fn signed(self, sign: Option<Sign>) -> Self {
        if sign == Some(Sign::Minus) { Self { value: -self.value, ..self } } else { self }
    }
}

impl PartialEq for Number {
    /// Numbers are equal whatever their spelling, and so are two NaNs.
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value || (self.value.is_nan() && other.value.is_nan())
    }
}

/// The sign before an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    // `+`
    Plus,
    // `-`
    Minus,
}

impl Sign {
    /// The sign as it is written.
    pub fn name(self) -> &'static str {
        if self == Self::Plus { "+" } else { "-" }
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
    pub edges: Option<Edges>,
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
        name.into_iter().chain(self.matchers.iter().filter_map(|matcher| matcher.condition.matcher())).collect()
    }
}

/// A condition on a label, `name="value"`; a name in quotes alone is one on the name of the metric.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelMatcher {
    /// The name of the label.
    pub name: Vec<u8>,
    /// What the value is compared with.
    pub value: Vec<u8>,
    /// The operator: `=`, `!=`, `=~`, `!~`.
    pub op: MatchOp,
    /// What that demands of a series.
    pub condition: Condition,
    /// Where it stands.
    pub place: Place,
}

/// What a selector reads at the edges of its range, beyond the samples within.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edges {
    /// `anchored`: the last sample before the start stands at the start.
    Anchored,
    /// `smoothed`: a value between the samples before and behind the edge.
    Smoothed,
}

impl Edges {
    /// The modifier as it is written.
    pub fn name(self) -> &'static str {
        if self == Self::Anchored { "anchored" } else { "smoothed" }
    }
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
    /// What an expression comes to.
    Computed(Box<DurationExpr>),
}

/// Arithmetic with durations, in seconds.
#[derive(Clone, Debug, PartialEq)]
pub struct DurationExpr {
    /// What it is.
    pub kind: DurationKind,
    /// It stands in parentheses.
    pub in_parentheses: bool,
    /// Where it stands.
    pub place: Place,
}

/// The kinds of duration expressions.
#[derive(Clone, Debug, PartialEq)]
pub enum DurationKind {
    // `5m`, `300`
    Number(Number),
    /// `step()`: the distance between two instants of the query.
    Step,
    /// `range()`: the distance between the first and the last of them.
    Range,
    /// `-operand`; a plus before an operand says nothing, and goes.
    Negate(Box<DurationExpr>),
    /// `left + right`; the operators are those of arithmetic.
    Binary {
        operator: Operator,
        /// Where the operator is written.
        operator_place: Place,
        /// What stands on its two sides.
        operands: Box<[DurationExpr; 2]>,
    },
    // `min_of(left, right)`
    MinOf(Box<[DurationExpr; 2]>),
    // `max_of(left, right)`
    MaxOf(Box<[DurationExpr; 2]>),
}

/// An operator between two expressions.
#[derive(Clone, Debug, PartialEq)]
pub struct Binary {
    pub operator: Operator,
    /// Where the operator is written.
    pub operator_place: Place,
    /// The left operand.
    pub left: Expr,
    /// The right operand.
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
    /// The type of its value.
    pub fn value_type(&self) -> ValueType {
        match &self.kind {
            ExprKind::Number(_) => ValueType::Scalar,
            ExprKind::Text(_) => ValueType::Text,
            ExprKind::Selector(_) | ExprKind::Aggregate(_) => ValueType::Vector,
            ExprKind::Range(..) | ExprKind::Subquery(_) => ValueType::Matrix,
            ExprKind::Paren(inner) | ExprKind::Unary(_, inner) => inner.value_type(),
            ExprKind::Binary(binary) => match (binary.left.value_type(), binary.right.value_type()) {
                (ValueType::Scalar, ValueType::Scalar) => ValueType::Scalar,
                _ => ValueType::Vector,
            },
            ExprKind::Call(signature, _) => signature.returns,
        }
    }
}
