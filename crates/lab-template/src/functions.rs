//! Functions: those that every template has, and what a table of more of them looks like.

pub(crate) mod builtin;
pub(crate) mod compare;
pub(crate) mod escape;
pub(crate) mod expression;
pub(crate) mod host;
pub(crate) mod index;
pub(crate) mod patterns;
pub(crate) mod signature;
