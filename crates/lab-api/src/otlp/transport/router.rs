//! The routes of both OTLP ports. Either takes gRPC and HTTP, so that a sender with the other port loses nothing.

use std::sync::Arc;

use axum::Router;

use crate::otlp::receiver::OtlpReceiver;
use crate::otlp::transport::{elsewhere, grpc, http};

/// What 4317 and 4318 serve.
pub fn otlp_router(receiver: Arc<OtlpReceiver>) -> Router {
    http::routes().merge(grpc::routes()).fallback(elsewhere::answer).with_state(receiver)
}
