//! The commands, one file each.

pub mod ask;
pub mod config;
pub mod judge;
pub mod logs;
pub mod recorded;
mod runtime;
pub mod start;
mod terminal;
