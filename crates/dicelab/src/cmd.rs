//! The commands, one file each.

pub mod ask;
pub mod config;
pub mod judge;
mod runtime;
pub mod start;
mod terminal;
