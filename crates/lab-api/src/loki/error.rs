//! The engine's errors in Loki's words and status codes: the one place where they are translated.

use axum::http::StatusCode;
use lab_logs::logql::error::QueryError;
use lab_storage::StorageError;

use crate::error::PlainError;

/// The lab is going down.
pub(crate) fn stopped() -> PlainError {
    PlainError::new(StatusCode::INTERNAL_SERVER_ERROR, "the query was stopped")
}

impl From<QueryError> for PlainError {
    fn from(error: QueryError) -> Self {
        let status = match &error {
            QueryError::Syntax { .. }
            | QueryError::Invalid(_)
            | QueryError::Limit(_)
            | QueryError::Pipeline { .. }
            | QueryError::Execution(_) => StatusCode::BAD_REQUEST,
            QueryError::Interrupted => StatusCode::GATEWAY_TIMEOUT,
            QueryError::Storage(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self::new(status, error.to_string())
    }
}

impl From<StorageError> for PlainError {
    fn from(error: StorageError) -> Self {
        QueryError::from(error).into()
    }
}
