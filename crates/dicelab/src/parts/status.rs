//! How the lab is: gathered once, and told as metrics.

pub mod account;
pub mod discovery_metrics;
pub mod outgoing_metrics;
pub mod self_metrics;
pub mod snapshot;
pub mod tsdb_metrics;
