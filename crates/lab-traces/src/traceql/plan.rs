//! What a pipeline needs before it meets a trace: which values its answer shows, its regular expressions
//! compiled, and what a trace must contain to have a chance.

pub mod condition;
pub(crate) mod mentions;
pub(crate) mod required;

use std::collections::HashMap;

use crate::store::index::summary::Trait;
use crate::traceql::attribute::Attribute;
use crate::traceql::plan::condition::Condition;
use crate::traceql::plan::mentions::Mentions;
use crate::traceql::syntax::ast::Pipeline;
use crate::traceql::value::Value;

/// A pipeline ready to be evaluated.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The pipeline that is evaluated.
    pub pipeline: Pipeline,
    /// What the conditions say about attributes, in order of appearance.
    pub conditions: Vec<Condition>,
    /// Attributes that `select()` names.
    pub selected: Vec<Attribute>,
    /// A trace can match only if one of its fragments has every trait of one of these alternatives.
    pub any_of: Vec<Vec<Trait>>,
    /// Compiled expressions by their text.
    pub(crate) regexes: HashMap<String, lab_model::Expression>,
}

impl Plan {
    /// Prepares a pipeline that [`parse`](crate::traceql::syntax::parse) has read and checked.
    pub fn new(pipeline: Pipeline) -> Self {
        let Mentions { conditions, selected, regexes } = Mentions::of(&pipeline);
        Self { any_of: required::alternatives(&pipeline), pipeline, conditions, selected, regexes }
    }

    /// What is left of a list when the query has a condition on its elements: those that fulfil it.
    pub(crate) fn narrowed<'v>(&self, attribute: &Attribute, value: Value<'v>) -> Value<'v> {
        let condition = self.conditions.iter().find(|condition| condition.attribute == *attribute);
        match (condition, value) {
            (Some(condition), value @ Value::Many(_)) => condition.shown(value, &self.regexes).unwrap_or(Value::Nil),
            (_, value) => value,
        }
    }
}
