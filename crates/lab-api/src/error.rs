//! The errors of Loki and Tempo on the wire: a status and the bare message. What an engine's error becomes is
//! decided in the room of each product, in its `error.rs`; Prometheus' errors have a shape of their own there.

pub(crate) mod damaged;

use std::time::Duration;

use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::response::{IntoResponse, Response};
use lab_storage::Wait;

/// An error of Loki and Tempo: the bare message as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PlainError {
    /// The status code.
    pub(crate) status: StatusCode,
    /// What is wrong, in words for the person who asked.
    pub(crate) message: String,
    /// When the sender should try again, if that may help.
    pub(crate) retry_after: Option<Duration>,
}

impl PlainError {
    /// An error with a certain status.
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), retry_after: None }
    }

    /// There is no room for a request at the moment; clients repeat what is answered with `status`.
    pub(crate) fn wait(status: StatusCode, wait: Wait) -> Self {
        Self { retry_after: Some(wait.retry_after), ..Self::new(status, wait.to_string()) }
    }

    /// The request is wrong.
    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// The same with a line feed at its end, where the original writes one.
    #[must_use]
    pub(crate) fn with_line_feed(self) -> Self {
        Self { message: self.message + "\n", ..self }
    }

    /// The lab itself failed.
    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, message)
    }

    /// The answer took too long.
    pub(crate) fn timeout(message: impl Into<String>) -> Self {
        Self::new(StatusCode::GATEWAY_TIMEOUT, message)
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
