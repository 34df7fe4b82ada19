//! The tables of `traces.db`, and the way of the buffer's content there and back.

pub(crate) mod chunk;
pub(crate) mod disk;
pub(crate) mod merge;
pub(crate) mod parts;
pub(crate) mod tables;
pub(crate) mod upgrade;
