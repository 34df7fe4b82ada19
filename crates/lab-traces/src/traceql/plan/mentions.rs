//! What a pipeline mentions: conditions on attributes, attributes in `select()`, regular expressions.

use std::collections::HashMap;

use crate::traceql::attribute::{Attribute, Intrinsic};
use crate::traceql::plan::condition::Condition;
use crate::traceql::regex;
use crate::traceql::syntax::ast::{FieldExpr, Literal, Pipeline, ScalarExpr, SpansetExpr, Stage};
use crate::traceql::syntax::operator::{BinaryOp, Relation, SpansetOp};

/// All that a pipeline mentions.
#[derive(Debug, Default)]
pub(crate) struct Mentions {
    /// Conditions on attributes, each once, in order of appearance.
    pub(crate) conditions: Vec<Condition>,
    /// Attributes in `select()`.
    pub(crate) selected: Vec<Attribute>,
    /// Compiled expressions by their text.
    pub(crate) regexes: HashMap<String, lab_model::Expression>,
    /// The numbers of spans in their traces that relations between spans are told by.
    numbers: Vec<Intrinsic>,
}

impl Mentions {
    /// Collects what a pipeline mentions.
    pub(crate) fn of(pipeline: &Pipeline) -> Self {
        let mut mentions = Self::default();
        mentions.pipeline(pipeline);
        mentions.free_numbers();
        mentions
    }

    fn pipeline(&mut self, pipeline: &Pipeline) {
        for stage in &pipeline.stages {
            match &stage.content {
                Stage::Spanset(expr) => self.spanset(expr),
                Stage::Scalar { left, right, .. } => {
                    self.scalar(left);
                    self.scalar(right);
                }
                Stage::By(expr) => self.field(expr),
                Stage::Coalesce => {}
                Stage::Select(attributes) => {
                    self.selected.extend(attributes.iter().map(|attribute| attribute.content.clone()));
                }
            }
        }
    }

    fn spanset(&mut self, expr: &SpansetExpr) {
        match expr {
            SpansetExpr::Filter(condition) => condition.iter().for_each(|condition| self.field(condition)),
            SpansetExpr::Binary { op, left, right } => {
                if let SpansetOp::Structural { relation, .. } = op {
                    self.numbers.extend(numbers_of(*relation));
                }
                self.spanset(left);
                self.spanset(right);
            }
            SpansetExpr::Nested(pipeline) => self.pipeline(pipeline),
        }
    }

    /// As in Tempo, numbers by which a relation is told pass whatever a condition says of them.
    fn free_numbers(&mut self) {
        for number in std::mem::take(&mut self.numbers) {
            let attribute = Attribute::Intrinsic(number);
            if self.conditions.iter().any(|condition| condition.attribute == attribute) {
                self.condition(&attribute, None);
            }
        }
    }

    fn scalar(&mut self, expr: &ScalarExpr) {
        match expr {
            ScalarExpr::Literal(_) => {}
            ScalarExpr::Aggregate { field, .. } => field.iter().for_each(|field| self.field(field)),
            ScalarExpr::Binary { left, right, .. } => {
                self.scalar(left);
                self.scalar(right);
            }
            ScalarExpr::Nested { pipeline, scalar } => {
                self.pipeline(pipeline);
                self.scalar(scalar);
            }
        }
    }

    fn field(&mut self, expr: &FieldExpr) {
        match expr {
            FieldExpr::Literal(_) => {}
            FieldExpr::Attribute(attribute) => self.condition(attribute, None),
            FieldExpr::Unary { operand, .. } => self.field(operand),
            FieldExpr::Binary { op, left, right } => {
                if let (BinaryOp::Regex | BinaryOp::NotRegex, FieldExpr::Literal(Literal::Text(pattern))) =
                    (op, &right.content)
                    && let Ok(regex) = regex::compile(pattern)
                {
                    self.regexes.insert(pattern.clone(), regex);
                }
                match (&left.content, &right.content) {
                    (FieldExpr::Attribute(attribute), FieldExpr::Literal(literal)) if op.is_comparison() => {
                        self.condition(attribute, Some((*op, literal.clone())));
                    }
                    (FieldExpr::Literal(literal), FieldExpr::Attribute(attribute)) if op.is_comparison() => {
                        self.condition(attribute, Some((op.mirrored(), literal.clone())));
                    }
                    (left, right) => {
                        self.field(left);
                        self.field(right);
                    }
                }
            }
        }
    }

    fn condition(&mut self, attribute: &Attribute, needs: Option<(BinaryOp, Literal)>) {
        let condition = Condition { attribute: attribute.clone(), needs };
        if !self.conditions.contains(&condition) {
            self.conditions.push(condition);
        }
    }
}

/// The numbers by which a relation is told.
fn numbers_of(relation: Relation) -> &'static [Intrinsic] {
    match relation {
        Relation::Descendant | Relation::Ancestor => &[Intrinsic::NestedSetLeft, Intrinsic::NestedSetRight],
        Relation::Child | Relation::Parent => &[Intrinsic::NestedSetLeft, Intrinsic::NestedSetParent],
        Relation::Sibling => &[Intrinsic::NestedSetParent],
    }
}
