//! What is to be evaluated: the tree of the query with its selectors compiled, its functions looked up,
//! `start()`, `end()`, `range()` and `step()` replaced by numbers, and parentheses gone. The
//! [builder](crate::promql::plan::builder) makes it.

use std::sync::Arc;

use lab_algebra::{Aggregation, Grouping, Matching, Operator};
use lab_model::{Labels, Matcher};
use lab_syntax::Position;

use crate::promql::functions::Function;
use crate::promql::functions::signature::Edges;
use crate::promql::plan::time::{Shift, Stretch};
use crate::promql::value::ValueType;

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

/// Which series, and when seen from the step.
#[derive(Debug)]
pub(crate) struct Selector {
    pub(crate) matchers: Vec<Matcher>,
    pub(crate) shift: Shift,
    pub(crate) edges: Edges,
    pub(crate) wanted: Wanted,
}

/// What of native histograms is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Nothing in particular has been said.
    #[default]
    Any,
    /// Only count and sum. As in Prometheus it is then found out, while the samples are read, whether the counter was reset
    /// between two of them.
    Totals,
    /// All of them, whatever stands further in.
    Buckets,
}

impl Wanted {
    /// What a function wants within something that wants this.
    pub(crate) fn within(self, function: &str) -> Self {
        match (self, function) {
            (Self::Buckets, _) | (_, "histogram_quantile" | "histogram_quantiles" | "histogram_fraction") => {
                Self::Buckets
            }
            (_, "histogram_count" | "histogram_sum" | "histogram_avg") => Self::Totals,
            (wanted, _) => wanted,
        }
    }
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

/// An aggregation over series.
#[derive(Debug)]
pub(crate) struct Aggregate {
    pub(crate) operation: Aggregation,
    pub(crate) inner: Node,
    pub(crate) parameter: Option<Node>,
    pub(crate) grouping: Grouping,
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
            Kind::Call(function, _) => function.signature.returns,
            Kind::Instant(_)
            | Kind::SampleTime(_)
            | Kind::Aggregate(_)
            | Kind::Absent(..)
            | Kind::AbsentOverTime(..)
            | Kind::Info(_) => ValueType::Vector,
        }
    }
}
