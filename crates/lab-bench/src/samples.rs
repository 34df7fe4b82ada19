//! What the stores are filled with and asked for.

pub mod chance;
pub mod dashboards;
pub mod dataset;
pub mod exposition;
pub mod histograms;
pub mod remote_write;
pub mod spans;
