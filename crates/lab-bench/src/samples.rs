//! What the metric stores are filled with and asked for.

pub(crate) mod dashboards;
pub(crate) mod dataset;
pub(crate) mod exposition;
pub(crate) mod remote_write;
