//! The programs that are measured, each started for it and stopped afterwards.

pub(crate) mod bare_chain;
pub(crate) mod hop;
pub(crate) mod lab;
pub(crate) mod process;
pub(crate) mod prometheus;
