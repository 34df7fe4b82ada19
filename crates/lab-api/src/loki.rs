//! Loki's HTTP API over the log store. Shapes, status codes and texts are those observed on Loki itself.
//!
//! | Path under `/loki/api/v1` | Methods | Answers |
//! |---|---|---|
//! | `push` | POST | takes entries: JSON, or protobuf in snappy; gzip, deflate |
//! | `query`, `query_range` | GET, POST | lines or samples; an instant log query answers the newest lines |
//! | `labels` (`label`), `label/{name}/values`, `series` | GET, POST | what there is |
//! | `index/stats`, `index/volume`, `index/volume_range`, `index/shards` | GET, POST | how much there is |
//! | `detected_labels`, `detected_fields`, `detected_field/{name}/values`, `patterns` | GET, POST | what could be asked for |
//! | `tail` | GET | new lines as they come, over a WebSocket |
//! | `rules`, `rules/{namespace}`, `rules/{namespace}/{group}` | GET, POST, DELETE | rules in LogQL, as YAML |
//! | `delete` | GET, POST, PUT, DELETE | lines that are to be deleted |
//! | `format_query`, `status/buildinfo`, `drilldown-limits` | GET | |
//!
//! Beside it `/prometheus/api/v1/{rules,alerts}` (how the rules stand), `/ready`, `/config`, `/services`, `/flush`, `/log_level`, and the older paths `/api/prom/{push,query,label,series,tail,rules}`. Answers
//! are protobuf for who accepts `application/vnd.google.protobuf`, and packed by gzip where the client takes it. Errors are bare text. Queries run on blocking threads, a few at a time, and stop when
//! their time is up or the client has gone.

mod answer;
mod error;
pub mod manage;
mod params;
mod push;
mod query;
pub mod state;
mod streams;
mod tail;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::routing::{MethodRouter, get, post};
use tower_http::compression::CompressionLayer;

use crate::error::damaged::{self, Saying};
use crate::loki::manage::ruler::groups as ruler;
use crate::loki::manage::{deletes, log_level, status};
use crate::loki::state::LokiState;
use crate::loki::streams::{detected, labels, patterns, volume};

/// Largest push body as it arrives.
const MAX_PUSH: usize = 16 << 20;
/// Largest form body of a query.
const MAX_FORM: usize = 1 << 20;

/// Everything on Loki's port but `/metrics`.
pub fn router(state: LokiState) -> Router {
    let api = Router::new()
        .route("/query", read(query::instant))
        .route("/query_range", read(query::range))
        .route("/labels", read(labels::names))
        .route("/label", read(labels::names))
        .route("/label/{name}/values", read(labels::values))
        .route("/series", read(labels::series))
        .route("/tail", get(tail::upgrade))
        .route("/index/stats", read(volume::stats))
        .route("/index/shards", read(volume::shards))
        .route("/index/volume", read(volume::volume))
        .route("/index/volume_range", read(volume::volume_range))
        .route("/detected_labels", read(detected::labels))
        .route("/detected_fields", read(detected::fields))
        .route("/detected_field/{name}/values", read(detected::values))
        .route("/patterns", read(patterns::patterns))
        .route("/format_query", read(query::format))
        .route("/status/buildinfo", get(status::build_info))
        .route("/drilldown-limits", get(status::drilldown_limits))
        .merge(rules())
        .route("/delete", get(deletes::list).post(deletes::add).put(deletes::add).delete(deletes::cancel))
        .route("/cache/generation_numbers", get(deletes::generation))
        .layer(DefaultBodyLimit::max(MAX_FORM))
        .route("/push", post(push::receive).layer(DefaultBodyLimit::max(MAX_PUSH)));
    let store = state.store.clone();
    let legacy = Router::new()
        .route("/query", read(query::legacy))
        .route("/label", read(labels::names))
        .route("/label/{name}/values", read(labels::values))
        .route("/series", read(labels::series))
        .route("/tail", get(tail::upgrade))
        .merge(rules())
        .layer(DefaultBodyLimit::max(MAX_FORM))
        .route("/push", post(push::receive_legacy).layer(DefaultBodyLimit::max(MAX_PUSH)));
    let router = Router::new()
        .nest("/loki/api/v1", api)
        .nest("/api/prom", legacy)
        .route("/prometheus/api/v1/rules", get(ruler::standing))
        .route("/prometheus/api/v1/alerts", get(ruler::alerts))
        .route("/ready", get(status::ready))
        .route("/config", get(status::config))
        .route("/services", get(status::services))
        .route("/flush", post(status::flush))
        .route("/log_level", get(log_level::show).post(log_level::change))
        .fallback(|| async { (StatusCode::NOT_FOUND, "404 page not found\n") });
    damaged::said(router, store, Saying::Warnings).layer(CompressionLayer::new()).with_state(state)
}

/// The groups of the ruler.
fn rules() -> Router<LokiState> {
    Router::new()
        .route("/rules", get(ruler::all))
        .route("/rules/{namespace}", get(ruler::namespace).post(ruler::create).delete(ruler::remove_namespace))
        .route("/rules/{namespace}/{group}", get(ruler::group).delete(ruler::remove_group))
}

/// An endpoint that takes its parameters from the URL or from a form.
fn read<H, T>(handler: H) -> MethodRouter<LokiState>
where
    H: axum::handler::Handler<T, LokiState>,
    T: 'static,
{
    get(handler.clone()).post(handler)
}
