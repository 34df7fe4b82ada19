//! The engine's errors in Loki's words and status codes: the one place where they are translated.

use axum::http::StatusCode;
use lab_logs::logql::error::QueryError;
use lab_model::MemoryError;
use lab_storage::StorageError;

use crate::error::PlainError;

/// The lab is going down.
pub(crate) fn stopped() -> PlainError {
    PlainError::new(StatusCode::INTERNAL_SERVER_ERROR, "the query was stopped")
}

/// There is no memory for a query to begin with.
pub(crate) fn no_memory(error: MemoryError) -> PlainError {
    QueryError::Memory(error).into()
}

impl From<QueryError> for PlainError {
    fn from(error: QueryError) -> Self {
        let status = match &error {
            QueryError::Syntax { .. }
            | QueryError::Invalid(_)
            | QueryError::Limit(_)
            | QueryError::Memory(MemoryError::TooLarge { .. })
            | QueryError::Pipeline { .. }
            | QueryError::Execution(_) => StatusCode::BAD_REQUEST,
            QueryError::Memory(MemoryError::Busy { .. }) => StatusCode::TOO_MANY_REQUESTS,
            QueryError::Interrupted | QueryError::Memory(MemoryError::Interrupted) => StatusCode::GATEWAY_TIMEOUT,
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
