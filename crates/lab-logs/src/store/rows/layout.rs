//! The bytes of a chunk: what its front says, what its body holds, and the layouts of earlier versions.

pub(crate) mod chunk;
pub(crate) mod column;
pub(crate) mod entry;
pub(crate) mod fields;
pub(crate) mod first_layout;
pub(crate) mod front;
pub(crate) mod text_filter;
pub(crate) mod trace_filter;
pub(crate) mod varint;
