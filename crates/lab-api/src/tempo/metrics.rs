//! Series from spans.

use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use http::header;
use lab_model::{Grant, Interrupt};
use lab_traces::TraceStore;
use lab_traces::query::metrics::series::{Exemplar, Series};
use lab_traces::query::metrics::{MetricsError, MetricsRequest, MetricsResult, query as run_query};
use lab_traces::query::walk::WalkError;
use lab_traces::traceql::duration;
use lab_traces::traceql::syntax::ast::{Literal, Query as TraceQlQuery};
use lab_traces::traceql::syntax::parse;
use lab_traces::traceql::value::Value as QueryValue;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use crate::error::PlainError;
use crate::tempo::encode::{Object, double, each, leading};
use crate::tempo::params::{Params, text};
use crate::tempo::search::{attributes, metrics};
use crate::tempo::state::TempoState;

/// Exemplars of an answer unless told otherwise, and at most.
const DEFAULT_EXEMPLARS: usize = 100;
/// Series of an answer unless told otherwise, and at most.
const MAX_SERIES: usize = 1_000;
/// The range unless told otherwise, in seconds.
const DEFAULT_RANGE_S: i64 = 3600;
/// Samples that the default step aims at.
const AIM_SAMPLES: i64 = 240;
const SECOND: i64 = 1_000_000_000;

/// `GET /api/metrics/query_range?q=…`; `start` and `end` or `since`, `step`, `exemplars`
pub(crate) async fn query_range(
    State(state): State<TempoState>,
    Query(params): Query<Params>,
) -> Result<Response, PlainError> {
    let (start_ns, end_ns) = range(&params, state.clock.now_ns())?;
    let step_ns = match text(&params, "step") {
        Some(step) => step_duration(step)?,
        None => ((end_ns - start_ns) / AIM_SAMPLES / SECOND).max(1) * SECOND,
    };
    run(&state, &params, (start_ns, end_ns), Some(step_ns), |result| {
        let mut rest = Object::default();
        rest.put("metrics", metrics(&result.inspected));
        rest.completeness(&result.inspected);
        leading("series", &each(&result.series, RangeSeries), rest)
    })
    .await
}

/// `GET /api/metrics/query?q=…`: one value for the whole range
pub(crate) async fn query(
    State(state): State<TempoState>,
    Query(params): Query<Params>,
) -> Result<Response, PlainError> {
    let range = range(&params, state.clock.now_ns())?;
    run(&state, &params, range, None, |result| {
        let mut answer = Object::default();
        answer.list("series", &result.series, instant_series);
        answer.put("metrics", metrics(&result.inspected));
        answer.completeness(&result.inspected);
        answer.finish().to_string()
    })
    .await
}

async fn run(
    state: &TempoState,
    params: &Params,
    (start_ns, end_ns): (i64, i64),
    step_ns: Option<i64>,
    write: fn(&MetricsResult) -> String,
) -> Result<Response, PlainError> {
    let q = text(params, "q").or_else(|| text(params, "query")).unwrap_or_default();
    let query = parse(q).map_err(|error| PlainError::bad_request(error.to_string()))?;
    let exemplars = exemplars(params, &query)?;
    let max_series = text(params, "maxSeries").and_then(|number| number.parse().ok()).filter(|number| *number > 0);
    let max_series = max_series.unwrap_or(MAX_SERIES).min(MAX_SERIES);
    let enough = Interrupt::default();
    let request = MetricsRequest { query, start_ns, end_ns, enough: enough.clone(), step_ns, exemplars, max_series };
    let question = move |store: &TraceStore, grant: &Grant| {
        let result = run_query(store, &request, grant)?;
        let samples: usize =
            result.series.iter().map(|one| one.samples.len() * SAMPLE + one.exemplars.len() * EXEMPLAR).sum();
        grant.memory.take(samples).map_err(WalkError::Memory)?;
        Ok::<_, MetricsError>(write(&result))
    };
    let body = state.run(enough, question).await?;
    Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
}

/// How many exemplars are wanted: as the hint `exemplars` of the query says, or else the parameter.
fn exemplars(params: &Params, query: &TraceQlQuery) -> Result<usize, PlainError> {
    let parameter = match text(params, "exemplars") {
        Some(number) => {
            number.parse().map_err(|_| PlainError::bad_request(format!("invalid exemplars: {number:?}")))?
        }
        None => DEFAULT_EXEMPLARS,
    };
    let wanted = match query.hint("exemplars") {
        Some(Literal::Int(number)) => usize::try_from(*number).unwrap_or(0),
        Some(Literal::Bool(false)) => 0,
        _ => parameter,
    };
    Ok(wanted.min(DEFAULT_EXEMPLARS))
}

/// `start` and `end` in seconds (fractions allowed) or nanoseconds, else the time `since`.
fn range(params: &Params, now_ns: i64) -> Result<(i64, i64), PlainError> {
    // Up to the end of the current second, so that what has just arrived is in.
    let second_end_ns = (now_ns / SECOND).saturating_add(1).saturating_mul(SECOND);
    let end_ns = time(params, "end")?.unwrap_or(second_end_ns);
    let since_ns = text(params, "since").map(step_duration).transpose()?.unwrap_or(DEFAULT_RANGE_S * SECOND);
    let start_ns = time(params, "start")?.unwrap_or(end_ns.saturating_sub(since_ns));
    if start_ns >= end_ns {
        let (start, end) = (start_ns / SECOND, end_ns / SECOND);
        let message = format!("http parameter start must be before end. received start={start} end={end}");
        return Err(PlainError::bad_request(message));
    }
    Ok((start_ns, end_ns))
}

fn time(params: &Params, name: &str) -> Result<Option<i64>, PlainError> {
    let Some(text) = text(params, name) else { return Ok(None) };
    let error =
        || PlainError::bad_request(format!("invalid {name}: strconv.ParseInt: parsing {text:?}: invalid syntax"));
    match text.parse::<i64>() {
        // Ten digits are seconds until the year 2286.
        Ok(number) if number.abs() < 100_000_000_000 => Ok(Some(number * SECOND)),
        Ok(number) => Ok(Some(number)),
        Err(_) => {
            let seconds: f64 = text.parse().map_err(|_| error())?;
            if seconds.is_finite() { Ok(Some((seconds * 1e9) as i64)) } else { Err(error()) }
        }
    }
}

/// A duration, or bare seconds.
fn step_duration(text: &str) -> Result<i64, PlainError> {
    let seconds = || text.parse::<f64>().ok().filter(|seconds| *seconds > 0.0).map(|seconds| (seconds * 1e9) as i64);
    duration::parse(text).filter(|step| *step > 0).or_else(seconds).ok_or_else(|| {
        PlainError::bad_request(format!("rpc error: code = Code(400) desc = cannot parse {text:?} to a valid duration"))
    })
}

/// Bytes of a sample, and of an exemplar with some labels, as they are written.
const SAMPLE: usize = r#"{"timestampMs":"1700000000000","value":0.1234567890123456},"#.len();
const EXEMPLAR: usize = 500;

/// A series over steps, written sample by sample.
struct RangeSeries<'a>(&'a Series);

impl Serialize for RangeSeries<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(series) = self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("labels", &attributes(&series.labels))?;
        if !series.samples.is_empty() {
            map.serialize_entry("samples", &each(&series.samples, |(time_ns, value)| sample(*time_ns, *value)))?;
        }
        if !series.exemplars.is_empty() {
            map.serialize_entry("exemplars", &each(&series.exemplars, |found| exemplar(found, &series.labels)))?;
        }
        map.end()
    }
}

fn instant_series(series: &Series) -> Value {
    let mut object = Object::default();
    object.put("labels", json!(attributes(&series.labels)));
    if let Some((_, value)) = series.samples.first().filter(|(_, value)| *value != 0.0) {
        object.put("value", double(*value));
    }
    object.finish()
}

fn exemplar(exemplar: &Exemplar, labels: &[(String, QueryValue<'static>)]) -> Value {
    let mut all = vec![json!({"key": "trace:id", "value": {"stringValue": exemplar.trace_id.to_string()}})];
    all.extend(attributes(labels));
    let mut object = Object::default();
    object.put("labels", json!(all));
    object.put("value", double(exemplar.value.unwrap_or(f64::NAN)));
    object.large("timestampMs", (exemplar.time_ns / 1_000_000) as u64);
    object.finish()
}

fn sample(time_ns: i64, value: f64) -> Value {
    let mut object = Object::default();
    object.large("timestampMs", (time_ns / 1_000_000) as u64);
    if value != 0.0 {
        object.put("value", double(value));
    }
    object.finish()
}
