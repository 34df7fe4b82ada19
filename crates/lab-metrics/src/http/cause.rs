//! Why a request failed.

use std::error::Error;

/// The innermost cause of an error, which says most about what to do.
pub(crate) fn cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
