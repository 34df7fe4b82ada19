//! How values become text: Go's package `fmt`.

pub(crate) mod directive;
pub(crate) mod float;
pub(crate) mod integer;
pub(crate) mod print;
pub(crate) mod writer;
