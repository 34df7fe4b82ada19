//! What is said about the process and its targets, and what an operator may do to it.

pub(crate) mod about;
pub(crate) mod admin;
pub(crate) mod targets;
