//! A request to delete lines: the selector says whose lines, the stages which of them.

use std::sync::Arc;

use lab_model::Labels;

use crate::logql::error::QueryError;
use crate::logql::plan::log::LogPlan;
use crate::logql::scope::Scope;
use crate::logql::syntax::ast::LogQuery;
use crate::store::rows::layout::entry::EntryRef;
use crate::store::select::mask::{Condition, Mask};

/// The lines that come out of a query, within a range of time (ns, both included).
pub fn mask(query: &LogQuery, range: (i64, i64)) -> Result<Mask, QueryError> {
    let plan = LogPlan::compile(query)?;
    let matchers = plan.matchers.clone();
    let condition = (!plan.stages.is_empty()).then(|| Arc::new(Stages(plan)) as Arc<dyn Condition>);
    Ok(Mask { matchers, range, condition })
}

/// Stages through which a line has to come.
#[derive(Debug)]
struct Stages(LogPlan);

impl Condition for Stages {
    fn is_met(&self, stream: &Labels, entry: EntryRef<'_>) -> bool {
        let mut scope = Scope::new(stream, entry);
        self.0.stages.iter().all(|stage| stage.process(&mut scope, &self.0.hints))
    }
}
