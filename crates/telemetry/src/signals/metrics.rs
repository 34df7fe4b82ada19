//! Metrics on the official `prometheus-client`, and what it leaves to its users: histograms whose exemplars name
//! the current trace, the process's own metrics, and the text format for scrapers that do not ask for OpenMetrics.
//!
//! Register counters without `_total`: the library appends it, and a full stop to every help text.

pub(crate) mod exposition;
pub(crate) mod histogram;
pub(crate) mod process;
pub(crate) mod signal;
pub(crate) mod text;
