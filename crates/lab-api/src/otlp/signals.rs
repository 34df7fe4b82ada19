//! What becomes of each kind of telemetry.

pub(crate) mod attribute;
pub(crate) mod logs;
pub mod metrics;
pub(crate) mod traces;
