//! What the errors of the engine become on the wire: Tempo's status codes and bare texts.

use http::StatusCode;
use lab_model::MemoryError;
use lab_traces::IdError;
use lab_traces::query::metrics::MetricsError;
use lab_traces::query::walk::WalkError;

use crate::error::PlainError;

impl From<WalkError> for PlainError {
    fn from(error: WalkError) -> Self {
        match error {
            WalkError::Interrupted | WalkError::Memory(MemoryError::Interrupted) => Self::timeout(error.to_string()),
            WalkError::Memory(MemoryError::TooLarge { .. }) => Self::bad_request(error.to_string()),
            WalkError::Memory(MemoryError::Busy { .. }) => Self::new(StatusCode::TOO_MANY_REQUESTS, error.to_string()),
            WalkError::Storage(_) => Self::internal(error.to_string()),
        }
    }
}

impl From<MetricsError> for PlainError {
    fn from(error: MetricsError) -> Self {
        match error {
            MetricsError::Walk(error) => error.into(),
            MetricsError::NotMetrics | MetricsError::InvalidRange | MetricsError::TooManySteps => {
                Self::bad_request(error.to_string())
            }
        }
    }
}

impl From<IdError> for PlainError {
    fn from(error: IdError) -> Self {
        Self::bad_request(error.to_string())
    }
}
