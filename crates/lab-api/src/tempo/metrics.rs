//! Series from spans.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use lab_traces::TraceStore;
use lab_traces::query::metrics::series::{Exemplar, Series};
use lab_traces::query::metrics::{MetricsError, MetricsRequest, MetricsResult, query as run_query};
use lab_traces::query::walk::{Bounds, Selection};
use lab_traces::traceql::duration;
use lab_traces::traceql::plan::Plan;
use lab_traces::traceql::syntax::parse;
use lab_traces::traceql::value::Value as QueryValue;
use serde_json::{Value, json};

use crate::tempo::encode::{Object, double};
use crate::tempo::error::ApiError;
use crate::tempo::params::{Params, text};
use crate::tempo::search::{attributes, metrics};
use crate::tempo::work;

/// Exemplars of a series unless told otherwise.
const DEFAULT_EXEMPLARS: usize = 100;
/// The range unless told otherwise, in seconds.
const DEFAULT_RANGE_S: i64 = 3600;
/// Samples that the default step aims at.
const AIM_SAMPLES: i64 = 240;
const SECOND: i64 = 1_000_000_000;

/// `GET /api/metrics/query_range?q=…`; `start` and `end` or `since`, `step`, `exemplars`
pub(crate) async fn query_range(
    State(store): State<Arc<TraceStore>>,
    Query(params): Query<Params>,
) -> Result<Json<Value>, ApiError> {
    let (start_ns, end_ns) = range(&params)?;
    let step_ns = match text(&params, "step") {
        Some(step) => step_duration(step)?,
        None => ((end_ns - start_ns) / AIM_SAMPLES / SECOND).max(1) * SECOND,
    };
    let result = run(store, &params, (start_ns, end_ns), Some(step_ns)).await?;
    let series: Vec<Value> = result.series.iter().map(range_series).collect();
    Ok(Json(json!({"series": series, "metrics": metrics(result.inspected)})))
}

/// `GET /api/metrics/query?q=…`: one value for the whole range
pub(crate) async fn query(
    State(store): State<Arc<TraceStore>>,
    Query(params): Query<Params>,
) -> Result<Json<Value>, ApiError> {
    let range = range(&params)?;
    let result = run(store, &params, range, None).await?;
    let mut answer = Object::default();
    answer.list("series", &result.series, instant_series);
    answer.put("metrics", metrics(result.inspected));
    Ok(Json(answer.finish()))
}

async fn run(
    store: Arc<TraceStore>,
    params: &Params,
    (start_ns, end_ns): (i64, i64),
    step_ns: Option<i64>,
) -> Result<MetricsResult, ApiError> {
    let query =
        parse(text(params, "q").unwrap_or_default()).map_err(|error| ApiError::bad_request(error.to_string()))?;
    let exemplars = match text(params, "exemplars") {
        Some(number) => number.parse().map_err(|_| ApiError::bad_request(format!("invalid exemplars: {number:?}")))?,
        None => DEFAULT_EXEMPLARS,
    };
    let exemplars = usize::min(exemplars, DEFAULT_EXEMPLARS);
    let selection = Selection { plan: Plan::new(query), start_ns, end_ns, bounds: Bounds::default() };
    let request = MetricsRequest { selection, step_ns, exemplars };
    let compute = move |store: &TraceStore, interrupt: &_| {
        run_query(store, &request, interrupt).map_err(|error| match error {
            MetricsError::Walk(error) => error.into(),
            error => ApiError::bad_request(error.to_string()),
        })
    };
    work::run(store, compute).await
}

/// `start` and `end` in seconds (fractions allowed) or nanoseconds, else the time `since`.
fn range(params: &Params) -> Result<(i64, i64), ApiError> {
    let now_ns = work::now_s().saturating_add(1).saturating_mul(SECOND);
    let end_ns = time(params, "end")?.unwrap_or(now_ns);
    let since_ns = text(params, "since").map(step_duration).transpose()?.unwrap_or(DEFAULT_RANGE_S * SECOND);
    let start_ns = time(params, "start")?.unwrap_or(end_ns.saturating_sub(since_ns));
    if start_ns >= end_ns {
        let (start, end) = (start_ns / SECOND, end_ns / SECOND);
        let message = format!("http parameter start must be before end. received start={start} end={end}");
        return Err(ApiError::bad_request(message));
    }
    Ok((start_ns, end_ns))
}

fn time(params: &Params, name: &str) -> Result<Option<i64>, ApiError> {
    let Some(text) = text(params, name) else { return Ok(None) };
    let error = || ApiError::bad_request(format!("invalid {name}: strconv.ParseInt: parsing {text:?}: invalid syntax"));
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
fn step_duration(text: &str) -> Result<i64, ApiError> {
    let seconds = || text.parse::<f64>().ok().filter(|seconds| *seconds > 0.0).map(|seconds| (seconds * 1e9) as i64);
    duration::parse(text).filter(|step| *step > 0).or_else(seconds).ok_or_else(|| {
        ApiError::bad_request(format!("rpc error: code = Code(400) desc = cannot parse {text:?} to a valid duration"))
    })
}

fn range_series(series: &Series) -> Value {
    let mut object = Object::default();
    object.put("labels", json!(attributes(&series.labels)));
    object.list("samples", &series.samples, |(time_ns, value)| sample(*time_ns, *value));
    object.list("exemplars", &series.exemplars, |found| exemplar(found, &series.labels));
    object.finish()
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
    object.put("value", double(exemplar.value));
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
