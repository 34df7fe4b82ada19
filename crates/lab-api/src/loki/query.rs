//! `query`, `query_range` and `format_query`.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use lab_logs::logql::error::QueryError;
use lab_logs::logql::eval::lines::{self, LinesRequest};
use lab_logs::logql::eval::survey::hints;
use lab_logs::logql::eval::value::Value;
use lab_logs::logql::eval::{metric, steps};
use lab_logs::logql::limits::QueryLimits;
use lab_logs::logql::syntax::ast::{LineFilter, LineOp, LogQuery, Metric, Query, Stage, Wanted};
use lab_logs::logql::syntax::{layout, parser};
use lab_logs::{Grid, LogStore};
use lab_model::{Grant, MemoryError, QueryMemory};
use serde_json::json;

use crate::error::PlainError;
use crate::loki::answer::by_stream::Manner;
use crate::loki::answer::envelope::{self, Beside};
use crate::loki::answer::form::{Form, Written};
use crate::loki::answer::samples as written;
use crate::loki::answer::statistics::{Statistics, Watch};
use crate::loki::answer::streams;
use crate::loki::params;
use crate::loki::state::LokiState;
use crate::params::Params;

/// Most points of a series.
const MOST_POINTS: i64 = 11_000;

/// `query`: samples at one time; lines come as the newest up to that time, where Loki itself refuses.
pub(crate) async fn instant(
    State(state): State<LokiState>,
    (form, headers): (Form, HeaderMap),
    request: Params,
) -> Result<Written, PlainError> {
    let time = params::time(&request, "time")?.unwrap_or_else(|| state.clock.now_ns());
    let query = parse(&request)?;
    match query {
        Query::Metric(metric) => {
            let write = move |value: &Value, beside: &Beside<'_>, memory: &QueryMemory| {
                written::instant(form, value, time, beside, memory)
            };
            samples(&state, metric, Grid::instant(time), write).await
        }
        Query::Logs(query) => {
            let start = params::time(&request, "start")?.unwrap_or(i64::MIN);
            let (limit, direction) = (params::limit(&request)?, params::direction(&request)?);
            let wanted = LinesRequest { start, end: time.saturating_add(1), limit, direction, interval: 0 };
            lines(&state, query, wanted, (form, streams::categorizes(&headers))).await
        }
    }
}

/// `query_range`: lines or samples of a time range.
pub(crate) async fn range(
    State(state): State<LokiState>,
    (form, headers): (Form, HeaderMap),
    request: Params,
) -> Result<Written, PlainError> {
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
            let write = move |value: &Value, beside: &Beside<'_>, memory: &QueryMemory| {
                written::matrix(form, value, steps, beside, memory)
            };
            samples(&state, metric, steps, write).await
        }
        Query::Logs(query) => {
            let wanted = LinesRequest { start: range.start, end: range.end, limit, direction, interval };
            lines(&state, query, wanted, (form, streams::categorizes(&headers))).await
        }
    }
}

/// `/api/prom/query`: lines in the form of Loki's first versions; `regexp` is one more condition on them.
pub(crate) async fn legacy(State(state): State<LokiState>, request: Params) -> Result<Written, PlainError> {
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
    let mut watch = Watch::start();
    let query = move |store: &LogStore, limits: &QueryLimits, grant: &Grant| {
        watch.begin();
        let found = lines::lines(store, &query, wanted, limits, grant)?;
        let statistics = Statistics::of(&found.figures, found.lines.len(), watch);
        Ok::<_, QueryError>(Written::Json(streams::legacy(&found.lines, statistics, &grant.memory)?))
    };
    state.run(query).await
}

/// `format_query`: the query in the form in which Loki writes it.
pub(crate) async fn format(request: Params) -> Response {
    match parser::parse(request.get("query").unwrap_or_default()) {
        Ok(query) => envelope::success(layout::layout(&query)),
        Err(error) => {
            let status = axum::http::StatusCode::BAD_REQUEST;
            (status, envelope::json_response(&json!({"status": "invalid-query", "error": error.to_string()})))
                .into_response()
        }
    }
}

/// Lines, written on the thread that has read them.
async fn lines(
    state: &LokiState,
    query: LogQuery,
    wanted: LinesRequest,
    (form, categorize): (Form, bool),
) -> Result<Written, PlainError> {
    let manner = Manner { form, categorize, direction: wanted.direction, limit: wanted.limit };
    let mut watch = Watch::start();
    let query = move |store: &LogStore, limits: &QueryLimits, grant: &Grant| {
        watch.begin();
        let found = lines::lines(store, &query, wanted, limits, grant)?;
        let statistics = Statistics::of(&found.figures, found.lines.len(), watch);
        Ok::<_, QueryError>(streams::write(&found, manner, statistics, &grant.memory)?)
    };
    state.run(query).await
}

/// Samples, and why there are none, written on the thread that has computed them.
async fn samples(
    state: &LokiState,
    metric: Metric,
    steps: Grid,
    write: impl FnOnce(&Value, &Beside<'_>, &QueryMemory) -> Result<Written, MemoryError> + Send + 'static,
) -> Result<Written, PlainError> {
    let mut watch = Watch::start();
    let query = move |store: &LogStore, limits: &QueryLimits, grant: &Grant| {
        watch.begin();
        let (value, figures) = metric::measured(store, &metric, steps, limits, grant)?;
        let empty = matches!(&value, Value::Vector(series) if series.is_empty());
        let hints = if empty { hints::of_metric(store, &metric, steps)? } else { Vec::new() };
        let entries = match &value {
            Value::Scalar(_) => 1,
            Value::Vector(series) => series.iter().map(|one| one.samples().count()).sum(),
        };
        let beside = Beside { warnings: &hints, statistics: Statistics::of(&figures, entries, watch) };
        Ok::<_, QueryError>(write(&value, &beside, &grant.memory)?)
    };
    state.run(query).await
}

fn parse(request: &Params) -> Result<Query, PlainError> {
    Ok(parser::parse(request.get("query").unwrap_or_default())?)
}
