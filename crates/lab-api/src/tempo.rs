//! Tempo's HTTP API over the trace store. Shapes and texts are those observed on Tempo itself.
//!
//! | Endpoint | Answer |
//! |---|---|
//! | `GET /api/traces/{id}`, `/api/v2/traces/{id}` | a trace, JSON or protobuf by `Accept` |
//! | `GET /api/search` | traces by TraceQL (`q`) or by `tags`, `minDuration`, `maxDuration` |
//! | `GET /api/search/tags`, `/api/v2/search/tags` | names of attributes |
//! | `GET /api/search/tag/{name}/values`, `/api/v2/search/tag/{name}/values` | their values |
//! | `GET /api/metrics/query_range`, `/api/metrics/query` | series from spans |
//! | `GET /api/echo`, `/api/status/buildinfo`, `/ready` | |
//!
//! What arrived is visible at once: there is no cut-off of the last seconds.

mod encode;
mod error;
mod metrics;
mod params;
mod search;
pub mod state;
mod status;
mod tags;
mod trace;

#[cfg(test)]
mod tests;

use axum::Router;
use axum::routing::get;
use http::StatusCode;

use crate::error::damaged::{self, Saying};
use crate::tempo::state::TempoState;

/// The router of port 3200.
pub fn router(state: TempoState) -> Router {
    let store = state.store.clone();
    let router = Router::new()
        .route("/api/traces/{id}", get(trace::by_id))
        .route("/api/v2/traces/{id}", get(trace::by_id_v2))
        .route("/api/search", get(search::search))
        .route("/api/search/tags", get(tags::names))
        .route("/api/v2/search/tags", get(tags::names_v2))
        .route("/api/search/tag/{name}/values", get(tags::values))
        .route("/api/v2/search/tag/{name}/values", get(tags::values_v2))
        .route("/api/metrics/query_range", get(metrics::query_range))
        .route("/api/metrics/query", get(metrics::query))
        .route("/api/echo", get(|| async { "echo\n" }))
        .route("/api/status/buildinfo", get(status::build_info))
        .route("/ready", get(|| async { "ready\n" }))
        .fallback(|| async { (StatusCode::NOT_FOUND, "404 page not found") });
    damaged::said(router, store, Saying::Partial).with_state(state)
}
