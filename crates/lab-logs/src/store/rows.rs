//! The tables of `logs.db`, and the way of the buffer's content there and back.

pub(crate) mod flush;
pub(crate) mod layout;
pub(crate) mod load;
pub(crate) mod tables;
pub(crate) mod upgrade;
