//! The comparisons, one file each.

pub(crate) mod batches;
pub(crate) mod chain;
pub(crate) mod crowd;
pub(crate) mod metrics;
pub(crate) mod rest;
