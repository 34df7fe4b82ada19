//! Tempo's API over the trace store, by HTTP and gRPC on one port. Shapes and texts are those observed on Tempo itself.
//!
//! | Endpoint | Answer |
//! |---|---|
//! | `GET /api/traces/{id}`, `/api/v2/traces/{id}` | a trace, by `Accept` JSON, protobuf or (v2) the short form for models |
//! | `GET /api/search` | traces by TraceQL (`q`) or by `tags`, `minDuration`, `maxDuration` |
//! | `GET /api/search/tags`, `/api/v2/search/tags` | names of attributes |
//! | `GET /api/search/tag/{name}/values`, `/api/v2/search/tag/{name}/values` | their values |
//! | `GET /api/metrics/query_range`, `/api/metrics/query` | series from spans |
//! | `GET /status`, `/status/{section}` | version, services, endpoints and limits as text |
//! | `GET /api/echo`, `/api/status/buildinfo`, `/ready` | |
//! | `POST /api/v2/traces/diff` | what differs between two traces |
//! | `POST /api/mcp` | the same questions as tools of the Model Context Protocol |
//! | gRPC `tempopb.StreamingQuerier` | searches, tags, values and metrics, streamed |
//!
//! Search, tags, values and metrics are protobuf for a client that accepts it, and values in version 2 have a short form, too.
//!
//! What arrived is visible at once: there is no cut-off of the last seconds.

mod answer;
mod error;
mod grpc;
mod http;
mod mcp;
mod params;
mod questions;
pub mod state;

#[cfg(test)]
mod tests;

use ::http::StatusCode;
use axum::Router;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, post};

use crate::error::damaged::{self, Saying};
use crate::otlp::transport::grpc::is_grpc;
use crate::tempo::http::{diff, search, status, trace};
use crate::tempo::state::TempoState;

/// The router of port 3200.
pub fn router(state: TempoState) -> Router {
    let store = state.store.clone();
    let router = Router::new()
        .route("/api/traces/{id}", any(trace::by_id))
        .route("/api/v2/traces/{id}", any(trace::by_id_v2))
        .route("/api/v2/traces/diff", post(diff::diff))
        .route("/api/mcp", post(mcp::post))
        .route("/api/search", any(search::search))
        .route("/api/search/tags", any(search::names))
        .route("/api/v2/search/tags", any(search::names_v2))
        .route("/api/search/tag/{name}/values", any(search::values))
        .route("/api/v2/search/tag/{name}/values", any(search::values_v2))
        .route("/api/metrics/query_range", any(search::query_range))
        .route("/api/metrics/query", any(search::query_instant))
        .route("/api/echo", any(|| async { "echo\n" }))
        .route("/api/status/buildinfo", any(status::build_info))
        .route("/status", any(status::all))
        .route("/status/{section}", any(status::one))
        .route("/ready", any(|| async { "ready\n" }))
        .merge(grpc::routes())
        .fallback(elsewhere);
    damaged::said(router, store, Saying::Partial).with_state(state)
}

async fn elsewhere(request: Request) -> Response {
    if is_grpc(request.headers()) {
        return grpc::unknown(request.uri().path());
    }
    (StatusCode::NOT_FOUND, "404 page not found").into_response()
}
