//! `query`, `query_range` and `format_query`.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use lab_logs::logql::error::QueryError;
use lab_logs::logql::eval::hints;
use lab_logs::logql::eval::lines::{self, LinesRequest};
use lab_logs::logql::eval::value::Value;
use lab_logs::logql::eval::{metric, steps};
use lab_logs::logql::limits::QueryLimits;
use lab_logs::logql::syntax::ast::{LineFilter, LineOp, LogQuery, Metric, Query, Stage, Wanted};
use lab_logs::logql::syntax::{layout, parser};
use lab_logs::{Grid, LogStore};
use lab_model::{Grant, MemoryError, QueryMemory};
use serde_json::json;

use crate::error::PlainError;
use crate::loki::state::LokiState;
use crate::loki::{answer, params};
use crate::params::Params;

/// Most points of a series.
const MOST_POINTS: i64 = 11_000;

/// `query`: samples at one time; lines come as the newest up to that time, where Loki itself refuses.
pub(crate) async fn instant(
    State(state): State<LokiState>,
    headers: HeaderMap,
    request: Params,
) -> Result<Response, PlainError> {
    let time = params::time(&request, "time")?.unwrap_or_else(|| state.clock.now_ns());
    let query = parse(&request)?;
    match query {
        Query::Metric(metric) => {
            let write = move |value: &Value, hints: &[String], memory: &QueryMemory| {
                answer::instant(value, time, hints, memory)
            };
            samples(&state, metric, Grid::instant(time), write).await
        }
        Query::Logs(query) => {
            let start = params::time(&request, "start")?.unwrap_or(i64::MIN);
            let (limit, direction) = (params::limit(&request)?, params::direction(&request)?);
            let wanted = LinesRequest { start, end: time.saturating_add(1), limit, direction, interval: 0 };
            lines(&state, query, wanted, answer::categorizes(&headers)).await
        }
    }
}

/// `query_range`: lines or samples of a time range.
pub(crate) async fn range(
    State(state): State<LokiState>,
    headers: HeaderMap,
    request: Params,
) -> Result<Response, PlainError> {
    let range = params::range(&request, state.clock.now_ns())?;
    let (limit, direction) = (params::limit(&request)?, params::direction(&request)?);
    let (step, interval) = (params::step(&request, range)?, params::interval(&request)?);
    if (range.end - range.start) / step > MOST_POINTS {
        return Err(PlainError::bad_request(
            "exceeded maximum resolution of 11,000 points per time series. Try increasing the value of the step parameter",
        ));
    }
    match parse(&request)? {
        Query::Metric(metric) => {
            let steps = steps::aligned(range.start, range.end, step);
            let write = move |value: &Value, hints: &[String], memory: &QueryMemory| {
                answer::matrix(value, steps, hints, memory)
            };
            samples(&state, metric, steps, write).await
        }
        Query::Logs(query) => {
            let wanted = LinesRequest { start: range.start, end: range.end, limit, direction, interval };
            lines(&state, query, wanted, answer::categorizes(&headers)).await
        }
    }
}

/// `/api/prom/query`: lines in the form of Loki's first versions; `regexp` is one more condition on them.
pub(crate) async fn legacy(State(state): State<LokiState>, request: Params) -> Result<Response, PlainError> {
    let range = params::range(&request, state.clock.now_ns())?;
    let (limit, direction) = (params::limit(&request)?, params::direction(&request)?);
    let Query::Logs(mut query) = parse(&request)? else {
        return Err(PlainError::bad_request(
            "legacy endpoints only support streams result type, the query answers samples",
        ));
    };
    if let Some(regexp) = request.get("regexp") {
        let wanted = vec![Wanted::Text(regexp.to_owned())];
        query.stages.insert(0, Stage::Line(LineFilter { op: LineOp::Regex, wanted }));
    }
    let wanted = LinesRequest { start: range.start, end: range.end, limit, direction, interval: 0 };
    let query = move |store: &LogStore, limits: &QueryLimits, grant: &Grant| {
        let found = lines::lines(store, &query, wanted, limits, grant)?;
        Ok::<_, QueryError>(answer::legacy(&found.lines, &grant.memory)?)
    };
    state.run(query).await.map(answer::written)
}

/// `format_query`: the query in the form in which Loki writes it.
pub(crate) async fn format(request: Params) -> Response {
    match parser::parse(request.get("query").unwrap_or_default()) {
        Ok(query) => answer::success(layout::layout(&query)),
        Err(error) => {
            let status = axum::http::StatusCode::BAD_REQUEST;
            (status, answer::json_response(&json!({"status": "invalid-query", "error": error.to_string()})))
                .into_response()
        }
    }
}

/// Lines, written on the thread that has read them.
async fn lines(
    state: &LokiState,
    query: LogQuery,
    wanted: LinesRequest,
    categorize: bool,
) -> Result<Response, PlainError> {
    let query = move |store: &LogStore, limits: &QueryLimits, grant: &Grant| {
        let found = lines::lines(store, &query, wanted, limits, grant)?;
        Ok::<_, QueryError>(answer::streams(&found, categorize, &grant.memory)?)
    };
    state.run(query).await.map(answer::written)
}

/// Samples, and why there are none, written on the thread that has computed them.
async fn samples(
    state: &LokiState,
    metric: Metric,
    steps: Grid,
    write: impl FnOnce(&Value, &[String], &QueryMemory) -> Result<String, MemoryError> + Send + 'static,
) -> Result<Response, PlainError> {
    let query = move |store: &LogStore, limits: &QueryLimits, grant: &Grant| {
        let value = metric::metric(store, &metric, steps, limits, grant)?;
        let empty = matches!(&value, Value::Vector(series) if series.is_empty());
        let hints = if empty { hints::of_metric(store, &metric, steps)? } else { Vec::new() };
        Ok::<_, QueryError>(write(&value, &hints, &grant.memory)?)
    };
    state.run(query).await.map(answer::written)
}

fn parse(request: &Params) -> Result<Query, PlainError> {
    Ok(parser::parse(request.get("query").unwrap_or_default())?)
}
