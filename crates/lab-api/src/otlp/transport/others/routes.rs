//! The routes of what is no OTLP.

use std::sync::Arc;

use axum::Router;
use axum::routing::any;

use crate::otlp::receiver::OtlpReceiver;
use crate::otlp::transport::others::handlers;

/// The routes of Zipkin, Jaeger and Faro.
pub(crate) fn routes() -> Router<Arc<OtlpReceiver>> {
    Router::new()
        .route("/api/v2/spans", any(handlers::zipkin))
        .route("/api/traces", any(handlers::jaeger))
        .route("/collect", any(handlers::faro))
}
