//! What the store holds in memory: each series with its open chunk and its newest full ones, exemplars, metadata.

pub(crate) mod exemplars;
pub(crate) mod metadata;
pub(crate) mod open;
pub(crate) mod resident;
pub(crate) mod series;
