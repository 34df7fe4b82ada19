//! The commands, one file each.

pub mod config;
pub mod lab;
pub mod query;
pub mod up;
