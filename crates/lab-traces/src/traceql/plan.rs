//! What a pipeline needs before it meets a trace: which values its answer shows, its regular expressions
//! compiled, and what a trace must contain to have a chance.

pub mod condition;
pub(crate) mod joined;
pub(crate) mod mentions;
pub(crate) mod missing;
pub(crate) mod required;

use std::collections::HashMap;

use crate::store::index::summary::Trait;
use crate::traceql::attribute::{Attribute, Scope};
use crate::traceql::plan::condition::Condition;
use crate::traceql::plan::joined::{filters, joined};
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
    /// True if a filter joins conditions on events, or on links.
    pub(crate) joins_elements: bool,
    /// Compiled expressions by their text.
    pub(crate) regexes: HashMap<String, lab_model::Expression>,
}

impl Plan {
    /// Prepares a pipeline that [`parse`](crate::traceql::syntax::parse) has read and checked.
    pub fn new(pipeline: Pipeline) -> Self {
        let Mentions { conditions, selected, regexes, .. } = Mentions::of(&pipeline);
        let joins_elements = filters(&pipeline).into_iter().any(|condition| joined(condition).is_some());
        let any_of = required::alternatives(&pipeline);
        Self { pipeline, conditions, selected, any_of, joins_elements, regexes }
    }

    /// What the conditions on an attribute let pass of its value in a scope: of several values those that fulfil one of them. Where
    /// several attributes share a column, as in Tempo, what a condition on one of them lets pass comes with it.
    pub(crate) fn passing<'v>(&self, attribute: &Attribute, scope: Scope, value: Value<'v>) -> Option<Value<'v>> {
        let named = self.conditions.iter().filter(|condition| condition.attribute == *attribute);
        let conditions: Vec<_> = named.filter(|condition| !condition.asks_for_nil()).collect();
        if conditions.iter().any(|condition| condition.needs.is_none()) {
            return value.is_some().then_some(value);
        }
        let is_shared = conditions.iter().any(|condition| condition.is_shared(scope));
        let beside: Vec<_> = self.conditions.iter().filter(|other| is_shared && other.is_shared(scope)).collect();
        let fulfils = |value: &Value<'_>| {
            conditions.iter().any(|condition| condition.fulfils(value, &self.regexes))
                || beside.iter().any(|other| other.lets_pass(value, &self.regexes))
        };
        match value {
            Value::Many(values) => Value::several(values.into_iter().filter(fulfils)),
            value => Some(value).filter(fulfils),
        }
    }

    /// What is left of several values when the query has a condition on them: those that fulfil it.
    pub(crate) fn narrowed<'v>(&self, attribute: &Attribute, value: Value<'v>) -> Value<'v> {
        let is_named = self.conditions.iter().any(|condition| condition.attribute == *attribute);
        match value {
            value @ Value::Many(_) if is_named => {
                let scope = match attribute {
                    Attribute::Custom { scope, .. } => *scope,
                    Attribute::Intrinsic(_) => Scope::Any,
                };
                self.passing(attribute, scope, value).unwrap_or(Value::Nil)
            }
            value => value,
        }
    }
}
