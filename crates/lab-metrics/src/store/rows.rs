//! The tables of `metrics.db`, and the way of the buffer's content there and back.

pub(crate) mod chunk;
pub(crate) mod commit;
pub(crate) mod flush;
pub(crate) mod load;
pub(crate) mod snapshot;
pub(crate) mod tables;
pub(crate) mod texts;
pub(crate) mod upgrade;
pub(crate) mod write;
