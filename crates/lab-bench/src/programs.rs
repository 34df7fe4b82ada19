//! The programs that are measured, each started for it and stopped afterwards.

pub mod bare_chain;
pub mod emit;
pub mod hop;
pub mod lab;
pub mod process;
pub mod prometheus;
