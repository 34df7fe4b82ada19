//! The routes of both OTLP ports. Either takes gRPC and HTTP, so that a sender with the other port loses nothing.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::routing::any;

use crate::otlp::receiver::OtlpReceiver;
use crate::otlp::request::Signal;
use crate::otlp::transport::others::routes as others;
use crate::otlp::transport::{elsewhere, grpc, http};

/// What Loki's port serves of OTLP: log records, at Loki's own path for them.
pub fn loki_router(receiver: Arc<OtlpReceiver>) -> Router {
    let logs =
        |State(receiver): State<Arc<OtlpReceiver>>, request| http::export_at_a_product(receiver, Signal::Logs, request);
    Router::new().route("/otlp/v1/logs", any(logs)).with_state(receiver)
}

/// What 4317 and 4318 serve.
pub fn otlp_router(receiver: Arc<OtlpReceiver>) -> Router {
    http::routes().merge(grpc::routes()).merge(others::routes()).fallback(elsewhere::answer).with_state(receiver)
}
