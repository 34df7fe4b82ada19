//! What a search asks for.

use lab_model::Interrupt;
use lab_traces::query::search::SearchRequest;
use lab_traces::query::walk::Selection;
use lab_traces::traceql::duration;
use lab_traces::traceql::plan::Plan;
use lab_traces::traceql::syntax::parse;

use crate::error::PlainError;
use crate::tempo::params::given::{Params, text, unsigned};
use crate::tempo::params::{legacy, range};

/// Traces that a search shows unless told otherwise.
const DEFAULT_LIMIT: usize = 20;
/// Traces that a search shows at most, as in Tempo.
const MAX_LIMIT: usize = 262_144;
/// Spans of a spanset that a search shows unless told otherwise.
const DEFAULT_SPANS_PER_SPANSET: usize = 3;
/// Spans of a spanset that a search shows at most, as in Tempo.
const MAX_SPANS_PER_SPANSET: usize = 100;

/// The request of `/api/search`.
pub(crate) fn request(params: &Params) -> Result<SearchRequest, PlainError> {
    let (start_ns, end_ns) = range::of_search(params)?;
    let (min_duration_ns, max_duration_ns) = durations(params)?;
    let query = match (text(params, "q"), text(params, "tags")) {
        (Some(_), Some(_)) => {
            return Err(PlainError::bad_request("invalid request: can't specify tags and q in the same query"));
        }
        (Some(q), None) => {
            parse(q).map_err(|error| PlainError::bad_request(format!("invalid TraceQL query: {error}")))?
        }
        (None, tags) => legacy::query(tags.unwrap_or_default())?,
    };
    let pipeline = query.pipeline().cloned().ok_or_else(only_spansets)?;
    Ok(SearchRequest {
        selection: Selection { plan: Plan::new(pipeline), start_ns, end_ns, enough: Interrupt::default() },
        limit: limit(params)?,
        spans_per_spanset: Some(spans_per_spanset(params)?),
        min_duration_ns,
        max_duration_ns,
    })
}

fn only_spansets() -> PlainError {
    PlainError::bad_request("a search needs a query for spansets, not one for metrics; ask /api/metrics/query_range")
}

fn limit(params: &Params) -> Result<usize, PlainError> {
    match unsigned(params, "limit")? {
        Some(0) => Err(PlainError::bad_request("invalid limit: must be a positive number")),
        Some(limit) if limit > MAX_LIMIT => {
            Err(PlainError::bad_request(format!("limit {limit} exceeds max limit {MAX_LIMIT}")))
        }
        limit => Ok(limit.unwrap_or(DEFAULT_LIMIT)),
    }
}

fn spans_per_spanset(params: &Params) -> Result<usize, PlainError> {
    match unsigned(params, "spss")? {
        // Zero stands for the default; tempo-cli sends it.
        None | Some(0) => Ok(DEFAULT_SPANS_PER_SPANSET),
        Some(spans) if spans > MAX_SPANS_PER_SPANSET => {
            let message = format!("spans per span set exceeds {MAX_SPANS_PER_SPANSET}. received {spans}");
            Err(PlainError::bad_request(message))
        }
        Some(spans) => Ok(spans),
    }
}

/// The shortest and the longest trace, in nanoseconds.
fn durations(params: &Params) -> Result<(i64, i64), PlainError> {
    let least = go_duration(params, "minDuration")?.unwrap_or(0);
    let most = go_duration(params, "maxDuration")?;
    if most.is_some_and(|most| least > most) {
        return Err(PlainError::bad_request("invalid maxDuration: must be greater than minDuration"));
    }
    Ok((least, most.unwrap_or(i64::MAX)))
}

fn go_duration(params: &Params, name: &str) -> Result<Option<i64>, PlainError> {
    let Some(text) = text(params, name) else { return Ok(None) };
    let error = || PlainError::bad_request(format!("invalid {name}: time: invalid duration {text:?}"));
    if text == "0" {
        return Ok(Some(0));
    }
    let (sign, length) = text.strip_prefix('-').map_or((1, text), |length| (-1, length));
    duration::parse(length).map(|length| Some(sign * length)).ok_or_else(error)
}
