//! What questions for tags ask for.

use lab_model::Interrupt;
use lab_traces::query::walk::Selection;
use lab_traces::traceql::plan::Plan;
use lab_traces::traceql::syntax::ast::Query;
use lab_traces::traceql::syntax::parse;

use crate::error::PlainError;
use crate::tempo::params::given::{Params, text};
use crate::tempo::params::{legacy, range};

/// The traces that the tag endpoints look at. Editors send an unfinished `q`: of one that cannot be read the conditions
/// before its end count.
pub(crate) fn selection(params: &Params, now_ns: i64) -> Result<Selection, PlainError> {
    let query = text(params, "q").and_then(complete_part);
    let pipeline = query.and_then(|query| query.pipeline().cloned()).unwrap_or_else(legacy::all_spans);
    let (start_ns, end_ns) = range::of_tags(params, now_ns)?;
    Ok(Selection { plan: Plan::new(pipeline), start_ns, end_ns, enough: Interrupt::default() })
}

/// The query, or as many of its conditions from the left as can be read.
pub(crate) fn complete_part(q: &str) -> Option<Query> {
    let mut conditions = q.trim_end().trim_end_matches('}');
    let mut query = parse(q);
    while query.is_err() {
        conditions = conditions.rsplit_once("&&")?.0;
        query = parse(&format!("{conditions} }}"));
    }
    query.ok()
}
