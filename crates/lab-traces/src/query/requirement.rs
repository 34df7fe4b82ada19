//! What a trace needs so that a query can match it: spans that fulfil conditions, read off its first stage.

use crate::store::index::summary::Trait;
use crate::traceql::plan::required;
use crate::traceql::syntax::ast::{FieldExpr, Pipeline, SpansetExpr, Stage};
use crate::traceql::syntax::operator::{Matched, SpansetOp};

/// Conditions that are told apart; of a query with more, every trace is looked at.
const MOST: usize = 64;

/// A condition on one span.
#[derive(Debug)]
pub(crate) struct Condition<'q> {
    pub(crate) expr: &'q FieldExpr,
    /// What the summary of a fragment must have, all of one of these.
    pub(crate) any_of: Vec<Vec<Trait>>,
}

/// Which conditions spans of a trace must fulfil.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Requirement {
    /// Any trace will do.
    Nothing,
    /// The condition with this number.
    Condition(usize),
    /// Both of these.
    Both(Box<(Self, Self)>),
    /// One of these.
    Either(Box<(Self, Self)>),
}

impl Requirement {
    /// What a pipeline needs, with the conditions by their numbers.
    pub(crate) fn of(pipeline: &Pipeline) -> (Self, Vec<Condition<'_>>) {
        let mut conditions = Vec::new();
        let requirement = Self::of_pipeline(pipeline, &mut conditions);
        if conditions.len() > MOST { (Self::Nothing, Vec::new()) } else { (requirement, conditions) }
    }

    /// True if it is met where the conditions with these bits are fulfilled.
    pub(crate) fn is_met_by(&self, bits: u64) -> bool {
        match self {
            Self::Nothing => true,
            Self::Condition(number) => bits >> number & 1 == 1,
            Self::Both(both) => both.0.is_met_by(bits) && both.1.is_met_by(bits),
            Self::Either(either) => either.0.is_met_by(bits) || either.1.is_met_by(bits),
        }
    }

    fn of_pipeline<'q>(pipeline: &'q Pipeline, conditions: &mut Vec<Condition<'q>>) -> Self {
        match pipeline.stages.first().map(|stage| &stage.content) {
            Some(Stage::Spanset(expr)) => Self::of_spanset(expr, conditions),
            _ => Self::Nothing,
        }
    }

    fn of_spanset<'q>(expr: &'q SpansetExpr, conditions: &mut Vec<Condition<'q>>) -> Self {
        match expr {
            SpansetExpr::Filter(None) => Self::Nothing,
            SpansetExpr::Filter(Some(expr)) => {
                conditions.push(Condition { expr, any_of: required::field(expr) });
                Self::Condition(conditions.len() - 1)
            }
            SpansetExpr::Nested(pipeline) => Self::of_pipeline(pipeline, conditions),
            SpansetExpr::Binary { op: SpansetOp::Or, left, right } => {
                Self::Either(Box::new((Self::of_spanset(left, conditions), Self::of_spanset(right, conditions))))
            }
            // What stands left of a negated relation must not be there.
            SpansetExpr::Binary { op: SpansetOp::Structural { result: Matched::NotRight, .. }, right, .. } => {
                Self::of_spanset(right, conditions)
            }
            SpansetExpr::Binary { left, right, .. } => {
                Self::Both(Box::new((Self::of_spanset(left, conditions), Self::of_spanset(right, conditions))))
            }
        }
    }
}
