//! A log query with its stages compiled.

use lab_model::Matcher;

use crate::logql::error::QueryError;
use crate::logql::plan::asked;
use crate::logql::plan::hints::Hints;
use crate::logql::plan::stage::Stage;
use crate::logql::plan::wanted;
use crate::logql::syntax::ast::LogQuery;

/// A selector and compiled stages.
#[derive(Debug)]
pub(crate) struct LogPlan {
    /// The conditions on stream labels.
    pub(crate) matchers: Vec<Matcher>,
    /// What happens to each line, in order.
    pub(crate) stages: Vec<Stage>,
    /// What the parsers among them need not do.
    pub(crate) hints: Hints,
    /// The trace that every line must belong to, if the query names one.
    pub(crate) trace: Option<String>,
    /// Lists of texts, of each of which every line contains one.
    pub(crate) texts: Vec<Vec<String>>,
}

impl LogPlan {
    /// Compiles a log query.
    pub(crate) fn compile(query: &LogQuery) -> Result<Self, QueryError> {
        let stages = query.stages.iter().map(Stage::compile).collect::<Result<Vec<_>, _>>();
        let stages = stages.map_err(QueryError::Invalid)?;
        Ok(Self {
            matchers: query.matchers.clone(),
            hints: asked::by_lines(&stages),
            stages,
            trace: wanted::trace(&query.stages).map(str::to_owned),
            texts: wanted::texts(&query.stages),
        })
    }
}
