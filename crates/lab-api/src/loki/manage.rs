//! What is managed rather than asked: the state of the program, its rules, and what is to be deleted.

pub mod deletes;
pub mod level;
pub(crate) mod log_level;
pub mod ruler;
pub(crate) mod status;
