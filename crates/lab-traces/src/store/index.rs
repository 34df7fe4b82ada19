//! What is known of spans without reading them: where they come from, which texts occur in them, and which traces are on
//! disk.

pub(crate) mod origin;
pub(crate) mod stored;
pub(crate) mod summary;
