//! What a question for one trace asks for, besides its id: a filter, and which spans around a match stay.

use lab_traces::query::by_id::excerpt::Excerpt;
use lab_traces::traceql::plan::Plan;
use lab_traces::traceql::syntax::ast::{SpansetExpr, Stage};
use lab_traces::traceql::syntax::parse;

use crate::error::PlainError;
use crate::tempo::params::given::{Params, text};

/// The part of the trace that a request asks for, if it is a part; without `q` the other parameters mean nothing.
pub(crate) fn excerpt(params: &Params) -> Result<Option<Excerpt>, PlainError> {
    let keeps_hierarchy = flag(params, "keep_hierarchy")?;
    let Some(q) = text(params, "q") else { return Ok(None) };
    let descendants = generations(params, "match_depth", Some(0))?;
    let ancestors = if keeps_hierarchy { generations(params, "ancestor_depth", None)? } else { Some(0) };
    Ok(Some(Excerpt { plan: plan(q)?, ancestors, descendants }))
}

/// A query that is one spanset filter and nothing more.
fn plan(q: &str) -> Result<Plan, PlainError> {
    let invalid = |why: String| PlainError::bad_request(format!("invalid TraceQL filter: {why}"));
    let single = |got: &str| invalid(format!("only a single TraceQL filter is supported: got {got}"));
    let query = parse(q).map_err(|error| invalid(error.to_string()))?;
    let Some(pipeline) = query.pipeline() else { return Err(single("a metrics query")) };
    match pipeline.stages.as_slice() {
        [stage] if matches!(&stage.content, Stage::Spanset(expr) if matches!(**expr, SpansetExpr::Filter(_))) => {
            Ok(Plan::new(pipeline.clone()))
        }
        _ => Err(single("a pipeline")),
    }
}

/// A truth value as Go reads it.
fn flag(params: &Params, name: &str) -> Result<bool, PlainError> {
    match text(params, name) {
        None | Some("0" | "f" | "F" | "false" | "False" | "FALSE") => Ok(false),
        Some("1" | "t" | "T" | "true" | "True" | "TRUE") => Ok(true),
        Some(other) => {
            let message = format!("invalid value for {name}: strconv.ParseBool: parsing {other:?}: invalid syntax");
            Err(PlainError::bad_request(message))
        }
    }
}

/// A number of generations; -1 stands for all.
fn generations(params: &Params, name: &str, default: Option<usize>) -> Result<Option<usize>, PlainError> {
    let Some(text) = text(params, name) else { return Ok(default) };
    let invalid = |why: String| PlainError::bad_request(format!("invalid value for {name}: {why}"));
    match text.parse::<i64>() {
        Ok(-1) => Ok(None),
        Ok(number) => usize::try_from(number).map(Some).map_err(|_| invalid("must be >= -1".to_owned())),
        Err(_) => Err(invalid(format!("strconv.Atoi: parsing {text:?}: invalid syntax"))),
    }
}
