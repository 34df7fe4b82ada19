//! Why a text is no regular expression, or none that may be used.

/// How many levels an expression may have: groups, repetitions, alternatives and sequences within each other.
pub(super) const DEEPEST: usize = 250;

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

/// In Go's words, which allows more levels, and in ours.
pub(super) fn too_deep() -> String {
    format!(
        "expression nests too deeply: it may have {DEEPEST} levels of groups, repetitions and alternatives within each other; \
         use fewer groups"
    )
}
