//! The HTTP API of Prometheus 3 over the metric store.
//!
//! | Path under `/api/v1` | Methods | Answers |
//! |---|---|---|
//! | `query`, `query_range`, `query_exemplars` | GET, POST | values, exemplars |
//! | `series`, `labels`, `label/{name}/values`, `metadata` | GET, POST where Prometheus has it | what there is |
//! | `format_query`, `parse_query` | GET, POST | a query laid out, and as a tree |
//! | `targets`, `targets/{metadata,relabel_steps}`, `scrape_pools`, `scrape_pools/config` | GET | what is scraped |
//! | `rules`, `alerts` | GET | what is evaluated, and what it says |
//! | `alertmanagers` | GET | none |
//! | `status/{buildinfo,config,flags,runtimeinfo,self_metrics}`, `notifications` | GET | about the process |
//! | `status/{tsdb,tsdb/blocks,walreplay}` | GET | about the store |
//! | `features`, `openapi.yaml` | GET | about this API |
//! | `write`, `read` | POST | remote write 1.0 and 2.0, remote read |
//! | `otlp/v1/metrics` | POST | metrics by OTLP |
//! | `admin/tsdb/{delete_series,clean_tombstones,snapshot}` | POST, PUT | deletion and copies, if allowed |
//!
//! Beside it `/federate`, `/version`, `/targets` (a page for people), `/-/healthy`, `/-/ready`, `/-/reload`, `/-/quit`. Errors have Prometheus'
//! types, codes and words; queries are evaluated aside, see [`query::evaluator`].

mod answer;
mod error;
mod params;
mod query;
pub mod read;
pub mod rules;
pub mod state;
mod status;
pub mod write;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use tower_http::compression::CompressionLayer;

use crate::error::damaged::{self, Saying};
use crate::otlp::request::Signal;
use crate::otlp::transport::http::export_at_a_product;
use crate::prometheus::answer::methods::{self, wrong_method};
use crate::prometheus::error::{ErrorType, PrometheusError};
use crate::prometheus::query::{exemplars, expression, federate, series, syntax};
use crate::prometheus::state::PrometheusState;
use crate::prometheus::status::{about, admin, features, notices, openapi, pools, self_metrics, storage, targets};

/// Largest form body of a query.
const MAX_FORM: usize = 4 << 20;
/// Largest remote-read body, packed.
const MAX_READ: usize = 2 << 20;
/// Largest remote-write body, packed.
const MAX_WRITE: usize = 32 << 20;

/// Everything on Prometheus' port but `/metrics`.
pub fn router(state: PrometheusState) -> Router {
    let api = Router::new()
        .route("/query", get(expression::instant).post(expression::instant))
        .route("/query_range", get(expression::range).post(expression::range))
        .route("/query_exemplars", get(exemplars::exemplars).post(exemplars::exemplars))
        .route("/format_query", get(syntax::format).post(syntax::format))
        .route("/parse_query", get(syntax::parse).post(syntax::parse))
        .route("/series", get(series::series).post(series::series))
        .route("/labels", get(series::names).post(series::names))
        .route("/label/{name}/values", get(series::values))
        .route("/metadata", get(series::metadata))
        .route("/targets", get(targets::targets))
        .route("/targets/metadata", get(targets::metadata))
        .route("/targets/relabel_steps", get(pools::relabel_steps))
        .route("/scrape_pools", get(pools::names))
        .route("/scrape_pools/config", get(pools::job_config))
        .route("/rules", get(rules::rules))
        .route("/alerts", get(rules::alerts))
        .route("/alertmanagers", get(notices::alertmanagers))
        .route("/status/buildinfo", get(about::build_info))
        .route("/status/config", get(about::config))
        .route("/status/flags", get(about::flags))
        .route("/status/runtimeinfo", get(about::runtime_info))
        .route("/status/tsdb", get(storage::tsdb))
        .route("/status/tsdb/blocks", get(storage::blocks))
        .route("/status/walreplay", get(storage::wal_replay))
        .route("/status/self_metrics", get(self_metrics::self_metrics))
        .route("/features", get(features::features))
        .route("/notifications", get(notices::notifications))
        .route("/notifications/live", get(notices::live))
        .route("/openapi.yaml", get(openapi::description))
        .route("/search/{what}", get(search).post(search))
        .route("/admin/tsdb/delete_series", post(admin::delete_series).put(admin::delete_series))
        .route("/admin/tsdb/clean_tombstones", post(admin::clean_tombstones).put(admin::clean_tombstones))
        .route("/admin/tsdb/snapshot", post(admin::snapshot).put(admin::snapshot))
        .layer(DefaultBodyLimit::max(MAX_FORM))
        .route("/read", post(read::read).layer(DefaultBodyLimit::max(MAX_READ)))
        .route("/write", post(write::receive).layer(DefaultBodyLimit::max(MAX_WRITE)))
        .route("/otlp/v1/metrics", any(otlp))
        .fallback(unknown_path)
        .method_not_allowed_fallback(wrong_method);
    let store = state.store.clone();
    let router = Router::new()
        .nest("/api/v1", api)
        .route("/federate", get(federate::federate))
        .route("/targets", get(targets::page))
        .route("/version", get(about::version))
        .route("/-/healthy", get(about::healthy))
        .route("/-/ready", get(about::ready))
        .route("/-/reload", post(about::reload).put(about::reload).fallback(about::steering_method))
        .route("/-/quit", post(about::quit).put(about::quit).fallback(about::steering_method))
        .method_not_allowed_fallback(wrong_method);
    damaged::said(router, store, Saying::Warnings)
        .layer(CompressionLayer::new())
        .layer(middleware::from_fn(methods::as_prometheus))
        .with_state(state)
}

/// Metrics by OTLP at Prometheus' place for them.
async fn otlp(State(state): State<PrometheusState>, request: Request) -> Response {
    match state.otlp {
        Some(receiver) => export_at_a_product(receiver, Signal::Metrics, request).await,
        None => unknown_path(request).await,
    }
}

/// The search of names is experimental in Prometheus, and disabled unless a feature flag asks for it.
async fn search() -> PrometheusError {
    PrometheusError::new(ErrorType::Disabled, "search API disabled")
}

async fn unknown_path(request: Request) -> Response {
    PrometheusError::new(ErrorType::NotFound, format!("no such endpoint: {}", request.uri().path())).into_response()
}
