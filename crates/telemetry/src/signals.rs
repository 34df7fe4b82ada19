//! What a service says: log lines, metrics and spans, how they are set up and how they leave the process.

pub(crate) mod clock;
pub mod config;
pub(crate) mod identity;
pub(crate) mod logs;
pub(crate) mod metrics;
pub(crate) mod queue;
pub mod recorder;
pub(crate) mod setup;
pub(crate) mod traces;
