//! What is not there: a name.

/// A name of which nothing is left; the text says whose.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct NoName(pub(crate) String);
