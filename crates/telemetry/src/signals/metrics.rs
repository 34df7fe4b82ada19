//! Metrics on the official `prometheus-client`, and what it leaves to its users: histograms whose exemplars name
//! the current trace and that have a native form, the process's own metrics, and the formats for scrapers that do not ask for
//! OpenMetrics.
//!
//! Register counters without `_total`: the library appends it, and a full stop to every help text.

pub(crate) mod exposition;
pub(crate) mod histogram;
pub(crate) mod native;
pub(crate) mod open_metrics;
pub(crate) mod process;
pub(crate) mod protobuf;
pub(crate) mod signal;
pub(crate) mod text;
