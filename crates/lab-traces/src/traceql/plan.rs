//! What a query needs before it meets a trace: which attributes its answer shows, its regular expressions
//! compiled, and what a trace must contain to have a chance.

pub(crate) mod mentions;
pub(crate) mod required;

use std::collections::HashMap;

use crate::store::index::summary::Trait;
use crate::traceql::attribute::Attribute;
use crate::traceql::plan::mentions::Mentions;
use crate::traceql::syntax::ast::Query;

/// A query ready to be evaluated.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The query that is evaluated.
    pub query: Query,
    /// Attributes that the conditions name, in order of appearance.
    pub named: Vec<Attribute>,
    /// Attributes that `select()` names.
    pub selected: Vec<Attribute>,
    /// A trace can match only if one of its fragments has every trait of one of these alternatives.
    pub any_of: Vec<Vec<Trait>>,
    /// Compiled expressions by their text.
    pub(crate) regexes: HashMap<String, regex::Regex>,
}

impl Plan {
    /// Prepares a query that [`parse`](crate::traceql::syntax::parse) has read.
    pub fn new(query: Query) -> Self {
        let Mentions { named, selected, regexes } = Mentions::of(&query.pipeline);
        Self { any_of: required::alternatives(&query.pipeline), query, named, selected, regexes }
    }
}
