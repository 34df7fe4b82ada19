//! What a trace must contain to have a chance: read off the query, asked of the summaries of the store.

use crate::span::kind::Status;
use crate::store::index::summary::Trait;
use crate::traceql::attribute::{Attribute, Intrinsic};
use crate::traceql::syntax::ast::{FieldExpr, Literal, Pipeline, SpansetExpr, Stage};
use crate::traceql::syntax::operator::{BinaryOp, Matched, SpansetOp};

/// Alternatives beyond which a search looks at every trace instead.
const MAX_ALTERNATIVES: usize = 64;

/// Alternatives for a pipeline: its first stage decides which traces are in at all.
pub(crate) fn alternatives(pipeline: &Pipeline) -> Vec<Vec<Trait>> {
    match pipeline.stages.first().map(|stage| &stage.content) {
        Some(Stage::Spanset(expr)) => spanset(expr),
        _ => anything(),
    }
}

fn spanset(expr: &SpansetExpr) -> Vec<Vec<Trait>> {
    match expr {
        SpansetExpr::Filter(None) => anything(),
        SpansetExpr::Filter(Some(condition)) => field(condition),
        SpansetExpr::Nested(pipeline) => alternatives(pipeline),
        SpansetExpr::Binary { op: SpansetOp::Or, left, right } => either(spanset(left), spanset(right)),
        // Both sides are needed; the one that says more is asked for. Negated relations need the right one.
        SpansetExpr::Binary { op, left, right } => {
            let (left, right) = (spanset(left), spanset(right));
            let negated = matches!(op, SpansetOp::Structural { result: Matched::NotRight, .. });
            let says = |traits: &[Vec<Trait>]| traits.iter().map(Vec::len).min().unwrap_or(0);
            if !negated && says(&left) > says(&right) { left } else { right }
        }
    }
}

/// Alternatives for a condition on one span.
pub(crate) fn field(expr: &FieldExpr) -> Vec<Vec<Trait>> {
    let FieldExpr::Binary { op, left, right } = expr else { return anything() };
    match op {
        BinaryOp::And => {
            let (left, right) = (field(left), field(right));
            if left.len() * right.len() > MAX_ALTERNATIVES {
                return anything();
            }
            left.iter().flat_map(|left| right.iter().map(move |right| [left.as_slice(), right].concat())).collect()
        }
        BinaryOp::Or => either(field(left), field(right)),
        BinaryOp::Equal => match (&left.content, &right.content) {
            (FieldExpr::Attribute(attribute), FieldExpr::Literal(literal))
            | (FieldExpr::Literal(literal), FieldExpr::Attribute(attribute)) => equality(attribute, literal),
            _ => anything(),
        },
        _ => anything(),
    }
}

/// What `attribute = literal` asks for. The parent may be in another fragment, so nothing is known of it.
fn equality(attribute: &Attribute, literal: &Literal) -> Vec<Vec<Trait>> {
    match (attribute, literal) {
        // A name or a text that is empty need not be sent at all.
        (_, Literal::Text(value)) if value.is_empty() => anything(),
        (Attribute::Custom { parent: false, name, .. }, Literal::Text(value)) => vec![vec![Trait::text(name, value)]],
        (Attribute::Intrinsic(Intrinsic::Name), Literal::Text(value)) => vec![vec![Trait::name(value)]],
        (Attribute::Intrinsic(Intrinsic::Status), Literal::Status(Status::Error)) => vec![vec![Trait::error()]],
        _ => anything(),
    }
}

fn either(mut left: Vec<Vec<Trait>>, right: Vec<Vec<Trait>>) -> Vec<Vec<Trait>> {
    left.extend(right);
    if left.len() > MAX_ALTERNATIVES { anything() } else { left }
}

/// One alternative that asks for nothing.
fn anything() -> Vec<Vec<Trait>> {
    vec![Vec::new()]
}
