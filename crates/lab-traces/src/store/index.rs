//! What is known of spans without reading them: where they come from, and which texts occur in them.

pub(crate) mod origin;
pub(crate) mod summary;
