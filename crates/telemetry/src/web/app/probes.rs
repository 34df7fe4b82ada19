//! `GET /metrics`, `GET /healthz` and `GET /readyz`.

use axum::Router;
use axum::response::IntoResponse;
use axum::routing::get;
use http::{HeaderMap, StatusCode};

use crate::signals::metrics::exposition::Exposition;
use crate::web::problem::Problem;
use crate::web::readiness::Readiness;

pub(crate) const PATHS: [&str; 3] = ["/metrics", "/healthz", "/readyz"];

/// A router with the three.
pub(crate) fn routes(metrics: Exposition, readiness: Readiness) -> Router {
    let [metrics_path, health_path, ready_path] = PATHS;
    Router::new()
        .route(metrics_path, get(|headers: HeaderMap| async move { metrics.render(&headers) }))
        .route(health_path, get(|| async { "ok\n" }))
        .route(ready_path, get(|| async move { ready(&readiness) }))
}

fn ready(readiness: &Readiness) -> axum::response::Response {
    let missing = readiness.missing();
    if missing.is_empty() {
        "ready\n".into_response()
    } else {
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, format!("Not ready: {}", missing.join("; "))).into_response()
    }
}
