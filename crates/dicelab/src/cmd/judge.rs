//! The commands that measure and pass a verdict, which is also their exit code.

pub mod doctor;
pub mod perf;
pub mod verify;
