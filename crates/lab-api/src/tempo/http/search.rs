//! Searches, tags and metrics over HTTP. Any method is taken, as in Tempo: what is asked stands in the address.

use axum::extract::{Path, Query, State};
use axum::response::Response;
use http::HeaderMap;

use crate::error::PlainError;
use crate::tempo::answer::format::respond;
use crate::tempo::params::given::Params;
use crate::tempo::questions;
use crate::tempo::state::TempoState;

/// `/api/search?q=…` or `?tags=…`; `minDuration`, `maxDuration`, `limit`, `spss`, `start`, `end`
pub(crate) async fn search(
    State(state): State<TempoState>,
    Query(params): Query<Params>,
    headers: HeaderMap,
) -> Result<Response, PlainError> {
    Ok(respond(&headers, questions::search::search(&state, &params).await?))
}

/// `/api/search/tags`; `scope`, `q`, `start`, `end`, `limit`
pub(crate) async fn names(
    State(state): State<TempoState>,
    Query(params): Query<Params>,
    headers: HeaderMap,
) -> Result<Response, PlainError> {
    Ok(respond(&headers, questions::tags::names(&state, &params).await?))
}

/// `/api/v2/search/tags`; `scope`, `q`, `start`, `end`, `limit`
pub(crate) async fn names_v2(
    State(state): State<TempoState>,
    Query(params): Query<Params>,
    headers: HeaderMap,
) -> Result<Response, PlainError> {
    Ok(respond(&headers, questions::tags::names_v2(&state, &params).await?))
}

/// `/api/search/tag/{name}/values`; `q`, `start`, `end`, `limit`
pub(crate) async fn values(
    State(state): State<TempoState>,
    Path(name): Path<String>,
    Query(params): Query<Params>,
    headers: HeaderMap,
) -> Result<Response, PlainError> {
    Ok(respond(&headers, questions::tags::values(&state, &name, &params).await?))
}

/// `/api/v2/search/tag/{name}/values`; `q`, `start`, `end`, `limit`
pub(crate) async fn values_v2(
    State(state): State<TempoState>,
    Path(name): Path<String>,
    Query(params): Query<Params>,
    headers: HeaderMap,
) -> Result<Response, PlainError> {
    Ok(respond(&headers, questions::tags::values_v2(&state, &name, &params).await?))
}

/// `/api/metrics/query_range?q=…`; `start` and `end` or `since`, `step`, `exemplars`, `maxSeries`
pub(crate) async fn query_range(
    State(state): State<TempoState>,
    Query(params): Query<Params>,
    headers: HeaderMap,
) -> Result<Response, PlainError> {
    Ok(respond(&headers, questions::metrics::query_range(&state, &params).await?))
}

/// `/api/metrics/query?q=…`: one value for the whole range
pub(crate) async fn query_instant(
    State(state): State<TempoState>,
    Query(params): Query<Params>,
    headers: HeaderMap,
) -> Result<Response, PlainError> {
    Ok(respond(&headers, questions::metrics::query_instant(&state, &params).await?))
}
