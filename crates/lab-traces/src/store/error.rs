//! Why spans are not taken.

use lab_storage::Wait;

use crate::protobuf::fields::WireError;

/// Why an export request was not taken. Nothing of it is kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// The body is no `ExportTraceServiceRequest`; the sender must not repeat it.
    #[error("{0}")]
    Malformed(#[from] WireError),
    /// There is no room for it at the moment; the sender should repeat it.
    #[error(transparent)]
    Wait(#[from] Wait),
}
