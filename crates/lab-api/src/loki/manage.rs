//! What is managed rather than asked: the state of the program and its rules.

pub mod ruler;
pub(crate) mod status;
