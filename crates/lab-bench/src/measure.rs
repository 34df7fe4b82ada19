//! The comparisons, one file each.

pub mod batches;
pub mod chain;
pub mod contender;
pub mod crowd;
pub mod histograms;
pub mod metrics;
pub mod rest;
pub mod runs;
mod side_by_side;
