//! What the store holds in memory: each stream with the entries of its open chunk.

pub(crate) mod sealed;
pub(crate) mod stream;
pub(crate) mod streams;
