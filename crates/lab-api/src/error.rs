//! Errors on the wire. Each product has its own shape; the translation from an engine's errors stands in
//! that product's room, the shapes stand here.

use std::time::Duration;

use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::response::{IntoResponse, Response};
use lab_storage::Wait;
use serde_json::json;

/// Prometheus' error types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorType {
    /// A parameter is wrong.
    BadData,
    /// The query cannot be evaluated over these data.
    Execution,
    /// The client left.
    Canceled,
    /// The time allowed for it passed.
    Timeout,
    /// The server's fault.
    Internal,
    /// Not now, or not with these options.
    Unavailable,
    /// There is no such thing.
    NotFound,
}

impl ErrorType {
    fn wire(self) -> (StatusCode, &'static str) {
        match self {
            Self::BadData => (StatusCode::BAD_REQUEST, "bad_data"),
            Self::Execution => (StatusCode::UNPROCESSABLE_ENTITY, "execution"),
            Self::Canceled => (StatusCode::from_u16(499).unwrap_or(StatusCode::BAD_REQUEST), "canceled"),
            Self::Timeout => (StatusCode::SERVICE_UNAVAILABLE, "timeout"),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
            Self::NotFound => (StatusCode::NOT_FOUND, "not_found"),
        }
    }
}

/// An error of the Prometheus API: `{"status":"error","errorType":…,"error":…}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrometheusError {
    /// The kind, which settles the status code.
    pub kind: ErrorType,
    /// What is wrong, for people.
    pub message: String,
}

impl PrometheusError {
    /// An error of a certain kind.
    pub fn new(kind: ErrorType, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    /// A parameter that cannot be used, and why.
    pub fn parameter(name: &str, reason: impl std::fmt::Display) -> Self {
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

/// An error of Loki and Tempo: the bare message as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlainError {
    /// The status code.
    pub status: StatusCode,
    /// What is wrong, for people.
    pub message: String,
    /// When the sender should try again, if that may help.
    pub retry_after: Option<Duration>,
}

impl PlainError {
    /// An error with a certain status.
    pub fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), retry_after: None }
    }

    /// There is no room for a request at the moment; clients repeat what is answered with `status`.
    pub fn wait(status: StatusCode, wait: Wait) -> Self {
        Self { retry_after: Some(wait.retry_after), ..Self::new(status, wait.to_string()) }
    }
}

impl IntoResponse for PlainError {
    fn into_response(self) -> Response {
        let mut response = (self.status, [(CONTENT_TYPE, "text/plain; charset=utf-8")], self.message).into_response();
        if let Some(retry_after) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, retry_after.as_secs().max(1).into());
        }
        response
    }
}
