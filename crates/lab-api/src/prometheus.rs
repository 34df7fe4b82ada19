//! The HTTP API of Prometheus 3 over the metric store.
//!
//! | Path under `/api/v1` | Methods | Answers |
//! |---|---|---|
//! | `query`, `query_range`, `query_exemplars` | GET, POST | values, exemplars |
//! | `series`, `labels`, `label/{name}/values`, `metadata` | GET, POST where Prometheus has it | what there is |
//! | `format_query`, `parse_query` | GET, POST | a query laid out, and as a tree |
//! | `targets`, `targets/metadata` | GET | what is scraped |
//! | `rules`, `alerts` | GET | what is evaluated, and what it says |
//! | `alertmanagers` | GET | none |
//! | `status/{buildinfo,config,flags,runtimeinfo,tsdb}` | GET | about the process |
//! | `write` | POST | remote write 1.0 and 2.0 |
//! | `otlp/v1/metrics` | POST | metrics by OTLP |
//! | `admin/tsdb/{delete_series,snapshot}` | POST, PUT | deletion and copies, if allowed |
//!
//! Beside it `/federate`, `/targets` (a page for people), `/-/healthy`, `/-/ready`, `/-/reload`. Errors have Prometheus'
//! types, codes and words; queries are evaluated aside, see [`query::evaluator`].

mod answer;
mod error;
mod params;
mod query;
mod rules;
pub mod state;
mod status;
mod syntax;
pub mod write;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use tower_http::compression::CompressionLayer;

use crate::error::damaged::{self, Saying};
use crate::otlp::request::Signal;
use crate::otlp::transport::http::export;
use crate::prometheus::error::{ErrorType, PrometheusError};
use crate::prometheus::query::{exemplars, expression, federate, series};
use crate::prometheus::state::PrometheusState;
use crate::prometheus::status::{about, admin, targets};

/// Largest form body of a query.
const MAX_FORM: usize = 4 << 20;
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
        .route("/rules", get(rules::rules))
        .route("/alerts", get(rules::alerts))
        .route("/alertmanagers", get(about::alertmanagers))
        .route("/status/buildinfo", get(about::build_info))
        .route("/status/config", get(about::config))
        .route("/status/flags", get(about::flags))
        .route("/status/runtimeinfo", get(about::runtime_info))
        .route("/status/tsdb", get(about::tsdb))
        .route("/admin/tsdb/delete_series", post(admin::delete_series).put(admin::delete_series))
        .route("/admin/tsdb/snapshot", post(admin::snapshot).put(admin::snapshot))
        .layer(DefaultBodyLimit::max(MAX_FORM))
        .route("/write", post(write::receive).layer(DefaultBodyLimit::max(MAX_WRITE)))
        .route("/otlp/v1/metrics", any(otlp))
        .fallback(unknown_path);
    let store = state.store.clone();
    let router = Router::new()
        .nest("/api/v1", api)
        .route("/federate", get(federate::federate))
        .route("/targets", get(targets::page))
        .route("/-/healthy", get(about::healthy))
        .route("/-/ready", get(about::ready))
        .route("/-/reload", post(about::reload).put(about::reload).fallback(about::reload_method));
    damaged::said(router, store, Saying::Warnings)
        .layer(CompressionLayer::new())
        .layer(middleware::from_fn(options))
        .with_state(state)
}

/// Metrics by OTLP at Prometheus' place for them.
async fn otlp(State(state): State<PrometheusState>, request: Request) -> Response {
    match state.otlp {
        Some(receiver) => export(receiver, Signal::Metrics, request).await,
        None => unknown_path(request).await,
    }
}

async fn unknown_path(request: Request) -> Response {
    PrometheusError::new(ErrorType::NotFound, format!("no such endpoint: {}", request.uri().path())).into_response()
}

/// Answers every `OPTIONS` with 204, as Prometheus does.
async fn options(request: Request, next: Next) -> Response {
    if request.method() == Method::OPTIONS { StatusCode::NO_CONTENT.into_response() } else { next.run(request).await }
}
