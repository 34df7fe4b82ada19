//! What metrics queries ask for.

use lab_model::Interrupt;
use lab_traces::query::metrics::MetricsRequest;
use lab_traces::traceql::duration;
use lab_traces::traceql::syntax::ast::{Literal, Query};
use lab_traces::traceql::syntax::parse;

use crate::error::PlainError;
use crate::tempo::params::given::{Params, lenient, text, unsigned};
use crate::tempo::params::range;

/// Exemplars of an answer unless told otherwise, and at most.
const DEFAULT_EXEMPLARS: usize = 100;
/// Series of an answer unless told otherwise, and at most.
const MAX_SERIES: usize = 1_000;
/// Samples that the default step aims at.
const AIM_SAMPLES: i64 = 240;
/// Steps that a range may have, as in Tempo.
const MAX_STEPS: i64 = 10_000;
const SECOND: i64 = 1_000_000_000;

/// The request of `/api/metrics/query_range`.
pub(crate) fn over_steps(params: &Params, now_ns: i64) -> Result<MetricsRequest, PlainError> {
    let query = query(params)?;
    let (start_ns, end_ns) = range::of_metrics(params, now_ns)?;
    let range_ns = end_ns - start_ns;
    let step_ns = match text(params, "step") {
        Some(step) => step_duration(step)?,
        None => (range_ns / AIM_SAMPLES / SECOND).max(1) * SECOND,
    };
    if step_ns == 0 || range_ns / step_ns > MAX_STEPS {
        let (step, least) = (duration::format(step_ns), duration::format(range_ns / MAX_STEPS));
        let message = format!("step of {step} is too small, minimum step for given range is {least}");
        return Err(PlainError::bad_request(message));
    }
    let exemplars = exemplars(params, &query);
    let (enough, max_series) = (Interrupt::default(), max_series(params));
    Ok(MetricsRequest { query, start_ns, end_ns, enough, step_ns: Some(step_ns), exemplars, max_series })
}

/// The request of `/api/metrics/query`.
pub(crate) fn instant(params: &Params, now_ns: i64) -> Result<MetricsRequest, PlainError> {
    let query = query(params)?;
    let (start_ns, end_ns) = range::of_metrics(params, now_ns)?;
    let (enough, max_series) = (Interrupt::default(), max_series(params));
    Ok(MetricsRequest { query, start_ns, end_ns, enough, step_ns: None, exemplars: 0, max_series })
}

/// Grafana writes `query`, everyone else `q`.
fn query(params: &Params) -> Result<Query, PlainError> {
    let q = text(params, "q").or_else(|| text(params, "query")).unwrap_or_default();
    parse(q).map_err(|error| PlainError::bad_request(error.to_string()))
}

fn max_series(params: &Params) -> usize {
    lenient(params, "maxSeries").unwrap_or(MAX_SERIES).min(MAX_SERIES)
}

/// How many exemplars are wanted: as the hint `exemplars` of the query says, or else the parameter, if it can be read.
fn exemplars(params: &Params, query: &Query) -> usize {
    let parameter = unsigned(params, "exemplars").ok().flatten().unwrap_or(DEFAULT_EXEMPLARS);
    let wanted = match query.hint("exemplars") {
        Some(Literal::Int(number)) => usize::try_from(*number).unwrap_or(0),
        Some(Literal::Bool(false)) => 0,
        _ => parameter,
    };
    wanted.min(DEFAULT_EXEMPLARS)
}

/// A duration, or bare seconds.
fn step_duration(text: &str) -> Result<i64, PlainError> {
    let wrong =
        |why: &str| PlainError::bad_request(format!("rpc error: code = Code(400) desc = cannot parse {text:?}{why}"));
    let length = text.strip_prefix('-').unwrap_or(text);
    let seconds = || length.parse::<f64>().ok().filter(|seconds| seconds.is_finite()).map(|seconds| seconds * 1e9);
    match duration::parse(length).or_else(|| seconds().map(|nanoseconds| nanoseconds as i64)) {
        Some(i64::MAX) => Err(wrong(" to a valid duration. It overflows int64")),
        Some(step) if step > 0 && length.len() < text.len() => Err(wrong(": step must be positive")),
        Some(step) => Ok(step),
        None => Err(wrong(" to a valid duration")),
    }
}
