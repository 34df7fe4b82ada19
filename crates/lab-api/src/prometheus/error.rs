//! Errors of the Prometheus API: its types and status codes, and what the errors of the engine become.

use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use lab_metrics::promql::error::PromqlError;
use lab_model::MemoryError;
use serde_json::json;

/// Prometheus' error types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ErrorType {
    /// A parameter is wrong.
    BadData,
    /// The query cannot be evaluated over these data.
    Execution,
    /// The time that was allowed has passed.
    Timeout,
    /// The lab itself failed.
    Internal,
    /// It cannot be done now.
    Unavailable,
    /// The operator has not allowed it.
    Disabled,
    /// What was asked for does not exist.
    NotFound,
}

impl ErrorType {
    /// The status that answers get.
    pub(crate) fn status(self) -> StatusCode {
        self.wire().0
    }

    fn wire(self) -> (StatusCode, &'static str) {
        match self {
            Self::BadData => (StatusCode::BAD_REQUEST, "bad_data"),
            Self::Execution => (StatusCode::UNPROCESSABLE_ENTITY, "execution"),
            Self::Timeout => (StatusCode::SERVICE_UNAVAILABLE, "timeout"),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
            // Prometheus has no status of its own for this type.
            Self::Disabled => (StatusCode::INTERNAL_SERVER_ERROR, "unavailable"),
            Self::NotFound => (StatusCode::NOT_FOUND, "not_found"),
        }
    }
}

/// An error of the Prometheus API: `{"status":"error","errorType":…,"error":…}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PrometheusError {
    /// The type, which settles the status code.
    pub(crate) kind: ErrorType,
    /// What is wrong, in words for the person who asked.
    pub(crate) message: String,
}

impl PrometheusError {
    /// An error of a certain kind.
    pub(crate) fn new(kind: ErrorType, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    /// The lab itself failed.
    pub(crate) fn internal(reason: impl std::fmt::Display) -> Self {
        Self::new(ErrorType::Internal, reason.to_string())
    }

    /// A parameter that cannot be used, and why.
    pub(crate) fn parameter(name: &str, reason: impl std::fmt::Display) -> Self {
        Self::new(ErrorType::BadData, format!("invalid parameter {name:?}: {reason}"))
    }
}

impl IntoResponse for PrometheusError {
    fn into_response(self) -> Response {
        let (status, kind) = self.kind.wire();
        let body = json!({"status": "error", "errorType": kind, "error": self.message});
        (status, [(CONTENT_TYPE, "application/json")], body.to_string()).into_response()
    }
}

/// What an error of PromQL becomes on the wire.
pub(crate) fn from_promql(error: &PromqlError) -> PrometheusError {
    let message = error.to_string();
    match error {
        PromqlError::Parse { position: None, .. } => {
            PrometheusError::parameter("query", format!("unknown position: {message}"))
        }
        PromqlError::Parse { .. } | PromqlError::BadParameter(_) => PrometheusError::parameter("query", message),
        PromqlError::Execution(_) | PromqlError::TooManySamples | PromqlError::Memory(MemoryError::TooLarge { .. }) => {
            PrometheusError::new(ErrorType::Execution, message)
        }
        PromqlError::Memory(MemoryError::Busy { .. }) => PrometheusError::new(ErrorType::Unavailable, message),
        PromqlError::Interrupted | PromqlError::Memory(MemoryError::Interrupted) => {
            PrometheusError::new(ErrorType::Timeout, message)
        }
        PromqlError::Storage(_) => PrometheusError::new(ErrorType::Internal, message),
    }
}
