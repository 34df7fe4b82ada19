//! What a query needs before it meets a trace: its regular expressions compiled, the attributes that its
//! answer shows, and what a trace must contain to have a chance.

use std::collections::HashMap;

use crate::store::summary::Trait;
use crate::traceql::ast::{BinaryOp, FieldExpr, Literal, Pipeline, Query, ScalarExpr, SpansetExpr, SpansetOp, Stage};
use crate::traceql::attribute::{Attribute, Intrinsic};
use crate::traceql::regex;

use crate::span::kind::Status;

/// Alternatives beyond which a search looks at every trace instead.
const MAX_ALTERNATIVES: usize = 64;

/// A query ready to be evaluated.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What is evaluated.
    pub query: Query,
    /// Attributes that the conditions name, in order of appearance.
    pub named: Vec<Attribute>,
    /// Attributes that `select()` names.
    pub selected: Vec<Attribute>,
    /// A trace can match only if one of its fragments has every trait of one of these alternatives.
    pub any_of: Vec<Vec<Trait>>,
    /// Compiled expressions by their text.
    pub(crate) regexes: HashMap<String, ::regex::Regex>,
}

impl Plan {
    /// Prepares a query that [`parse`](crate::traceql::parse) has read.
    pub fn new(query: Query) -> Self {
        let mut plan =
            Self { named: Vec::new(), selected: Vec::new(), any_of: Vec::new(), regexes: HashMap::new(), query };
        let query = plan.query.clone();
        plan.note_pipeline(&query.pipeline);
        plan.any_of = pipeline_traits(&query.pipeline);
        plan
    }

    fn note_pipeline(&mut self, pipeline: &Pipeline) {
        for stage in &pipeline.stages {
            match stage {
                Stage::Spanset(expr) => self.note_spanset(expr),
                Stage::Scalar { left, right, .. } => {
                    self.note_scalar(left);
                    self.note_scalar(right);
                }
                Stage::By(expr) => self.note_field(expr),
                Stage::Coalesce => {}
                Stage::Select(attributes) => self.selected.extend(attributes.iter().cloned()),
            }
        }
    }

    fn note_spanset(&mut self, expr: &SpansetExpr) {
        match expr {
            SpansetExpr::Filter(condition) => condition.iter().for_each(|condition| self.note_field(condition)),
            SpansetExpr::Binary { left, right, .. } => {
                self.note_spanset(left);
                self.note_spanset(right);
            }
            SpansetExpr::Nested(pipeline) => self.note_pipeline(pipeline),
        }
    }

    fn note_scalar(&mut self, expr: &ScalarExpr) {
        match expr {
            ScalarExpr::Literal(_) | ScalarExpr::Aggregate { field: None, .. } => {}
            ScalarExpr::Aggregate { field: Some(field), .. } => self.note_field(field),
            ScalarExpr::Binary { left, right, .. } => {
                self.note_scalar(left);
                self.note_scalar(right);
            }
            ScalarExpr::Nested { pipeline, scalar } => {
                self.note_pipeline(pipeline);
                self.note_scalar(scalar);
            }
        }
    }

    fn note_field(&mut self, expr: &FieldExpr) {
        match expr {
            FieldExpr::Literal(_) => {}
            FieldExpr::Attribute(attribute) => {
                if !self.named.contains(attribute) {
                    self.named.push(attribute.clone());
                }
            }
            FieldExpr::Unary { operand, .. } => self.note_field(operand),
            FieldExpr::Binary { op, left, right } => {
                if let (BinaryOp::Regex | BinaryOp::NotRegex, FieldExpr::Literal(Literal::Text(pattern))) =
                    (op, &**right)
                    && let Ok(regex) = regex::compile(pattern)
                {
                    self.regexes.insert(pattern.clone(), regex);
                }
                self.note_field(left);
                self.note_field(right);
            }
        }
    }
}

/// Alternatives for a pipeline: its first stage decides which traces are in at all.
fn pipeline_traits(pipeline: &Pipeline) -> Vec<Vec<Trait>> {
    match pipeline.stages.first() {
        Some(Stage::Spanset(expr)) => spanset_traits(expr),
        _ => anything(),
    }
}

fn spanset_traits(expr: &SpansetExpr) -> Vec<Vec<Trait>> {
    match expr {
        SpansetExpr::Filter(None) => anything(),
        SpansetExpr::Filter(Some(condition)) => field_traits(condition),
        SpansetExpr::Nested(pipeline) => pipeline_traits(pipeline),
        SpansetExpr::Binary { op: SpansetOp::Or, left, right } => either(spanset_traits(left), spanset_traits(right)),
        // Both sides are needed; the one that says more is asked for. Negated relations need the right one.
        SpansetExpr::Binary { op, left, right } => {
            let (left, right) = (spanset_traits(left), spanset_traits(right));
            let negated = op.as_str().starts_with('!');
            let says = |traits: &[Vec<Trait>]| traits.iter().map(Vec::len).min().unwrap_or(0);
            if !negated && says(&left) > says(&right) { left } else { right }
        }
    }
}

fn field_traits(expr: &FieldExpr) -> Vec<Vec<Trait>> {
    let FieldExpr::Binary { op, left, right } = expr else { return anything() };
    match op {
        BinaryOp::And => {
            let (left, right) = (field_traits(left), field_traits(right));
            if left.len() * right.len() > MAX_ALTERNATIVES {
                return anything();
            }
            left.iter().flat_map(|left| right.iter().map(move |right| [left.as_slice(), right].concat())).collect()
        }
        BinaryOp::Or => either(field_traits(left), field_traits(right)),
        BinaryOp::Equal => match (&**left, &**right) {
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
