//! The values that templates work on.

pub(crate) mod datum;
pub(crate) mod kind;
pub(crate) mod text;
pub(crate) mod unicode;
