//! Why a text is no regular expression, or none that may be used.

/// One line, as Go's package writes it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("error parsing regexp: {reason}: `{part}`")]
pub struct ExpressionError {
    reason: String,
    part: String,
}

impl ExpressionError {
    /// `part` is the expression, or what of it is wrong.
    pub(super) fn new(reason: impl Into<String>, part: &str) -> Self {
        Self { reason: reason.into(), part: part.to_owned() }
    }
}
