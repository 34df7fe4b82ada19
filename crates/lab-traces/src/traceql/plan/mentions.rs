//! What a pipeline mentions: conditions on attributes, attributes in `select()`, regular expressions.

use std::collections::HashMap;

use crate::traceql::attribute::Attribute;
use crate::traceql::plan::condition::Condition;
use crate::traceql::regex;
use crate::traceql::syntax::ast::{FieldExpr, Literal, Pipeline, ScalarExpr, SpansetExpr, Stage};
use crate::traceql::syntax::operator::BinaryOp;

/// All that a pipeline mentions.
#[derive(Debug, Default)]
pub(crate) struct Mentions {
    /// Conditions on attributes, each once, in order of appearance.
    pub(crate) conditions: Vec<Condition>,
    /// Attributes in `select()`.
    pub(crate) selected: Vec<Attribute>,
    /// Compiled expressions by their text.
    pub(crate) regexes: HashMap<String, lab_model::Expression>,
}

impl Mentions {
    /// Collects what a pipeline mentions.
    pub(crate) fn of(pipeline: &Pipeline) -> Self {
        let mut mentions = Self::default();
        mentions.pipeline(pipeline);
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
            SpansetExpr::Binary { left, right, .. } => {
                self.spanset(left);
                self.spanset(right);
            }
            SpansetExpr::Nested(pipeline) => self.pipeline(pipeline),
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
