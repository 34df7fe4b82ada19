//! Reading: which traces may match, and a trace put together from memory and disk.

pub(crate) mod candidates;
pub(crate) mod sources;
pub(crate) mod trace;
