//! Which pipelines look at each span by itself, so that it does not matter which others its trace has.

use crate::query::columns::mask::{Mask, mask, mentioned, tells_roots};
use crate::query::columns::values::Single;
use crate::query::columns::view::View;
use crate::store::select::sources::PartError;
use crate::traceql::attribute::{Attribute, Intrinsic};
use crate::traceql::eval::field;
use crate::traceql::plan::Plan;
use crate::traceql::syntax::ast::{FieldExpr, Pipeline, SpansetExpr, Stage};
use crate::traceql::syntax::operator::{BinaryOp, SpansetOp, UnaryOp};

/// A condition on one span that is all that a pipeline asks.
#[derive(Clone, Debug)]
pub(crate) enum SpanTest<'q> {
    /// Every span passes.
    Every,
    /// A span passes for which this holds.
    Holds(&'q FieldExpr),
    /// A span passes that passes both.
    Both(Box<(Self, Self)>),
    /// A span passes that passes one of them.
    Either(Box<(Self, Self)>),
}

impl<'q> SpanTest<'q> {
    /// What a pipeline asks of each span; `None` if it asks for more than one span at a time.
    pub(crate) fn of(plan: &Plan, pipeline: &'q Pipeline) -> Option<Self> {
        let mut test = Self::Every;
        for stage in &pipeline.stages {
            let next = match &stage.content {
                Stage::Spanset(expr) => Self::of_spanset(plan, expr)?,
                Stage::Select(_) => Self::Every,
                _ => return None,
            };
            test = match (test, next) {
                (test, Self::Every) | (Self::Every, test) => test,
                both => Self::Both(Box::new(both)),
            };
        }
        Some(test)
    }

    fn of_spanset(plan: &Plan, expr: &'q SpansetExpr) -> Option<Self> {
        match expr {
            SpansetExpr::Filter(None) => Some(Self::Every),
            SpansetExpr::Filter(Some(condition)) => is_local(plan, condition).then_some(Self::Holds(condition)),
            SpansetExpr::Nested(pipeline) => Self::of(plan, pipeline),
            SpansetExpr::Binary { op: SpansetOp::Or, left, right } => {
                Some(Self::Either(Box::new((Self::of_spanset(plan, left)?, Self::of_spanset(plan, right)?))))
            }
            SpansetExpr::Binary { .. } => None,
        }
    }

    /// The rows of a part that pass.
    pub(crate) fn mask(&self, view: &View<'_>, plan: &Plan) -> Result<Mask, PartError> {
        match self {
            Self::Every => Ok(Mask::ALL),
            Self::Holds(condition) => mask(view, plan, condition),
            Self::Both(tests) => Ok(tests.0.mask(view, plan)?.and(tests.1.mask(view, plan)?)),
            Self::Either(tests) => Ok(tests.0.mask(view, plan)?.or(tests.1.mask(view, plan)?)),
        }
    }
}

/// True if the value of an attribute does not depend on other spans.
pub(crate) fn is_of_one_span(attribute: &Attribute) -> bool {
    use Intrinsic::{ChildCount, NestedSetLeft, NestedSetParent, NestedSetRight, RootName, RootService, TraceDuration};
    match attribute {
        Attribute::Custom { parent, .. } => !parent,
        Attribute::Intrinsic(intrinsic) => !matches!(
            intrinsic,
            ChildCount | TraceDuration | RootName | RootService | NestedSetLeft | NestedSetRight | NestedSetParent
        ),
    }
}

/// True if a condition on a span does not depend on other spans.
fn is_local(plan: &Plan, condition: &FieldExpr) -> bool {
    match condition {
        FieldExpr::Binary { op: BinaryOp::And | BinaryOp::Or, left, right } => {
            is_local(plan, left) && is_local(plan, right)
        }
        FieldExpr::Unary { op: UnaryOp::Not, operand } => is_local(plan, operand),
        condition => {
            let mut attributes = Vec::new();
            mentioned(condition, &mut attributes);
            let holds = |value: &_| field::holds(plan, condition, Single(value));
            let tells = |attribute| tells_roots(condition, attribute, holds).is_some();
            let alone = attributes.len() == 1;
            attributes.iter().all(|attribute| is_of_one_span(attribute) || alone && tells(attribute))
        }
    }
}
