//! The comparisons, one file each.

pub mod batches;
pub mod chain;
pub mod crowd;
pub mod metrics;
pub mod rest;
