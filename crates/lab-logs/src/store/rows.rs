//! The tables of `logs.db`, and the way of the buffer's content there and back.

pub(crate) mod chunk;
pub(crate) mod column;
pub(crate) mod entry;
pub(crate) mod first_layout;
pub(crate) mod flush;
pub(crate) mod front;
pub(crate) mod load;
pub(crate) mod tables;
pub(crate) mod text_filter;
pub(crate) mod trace_filter;
pub(crate) mod upgrade;
pub(crate) mod varint;
