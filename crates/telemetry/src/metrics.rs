//! Metrics on the official `prometheus-client`, and what it leaves to its users: histograms whose exemplars name
//! the current trace, the process's own metrics, and the text format for scrapers that do not ask for OpenMetrics.
//!
//! Register counters without `_total`: the library appends it, and a full stop to every help text.

mod exposition;
mod histogram;
mod process;
mod signal;
mod text;

pub use exposition::{Exposition, Rendered};
pub use histogram::TracedHistogram;
pub use process::{ProcessCollector, build_info};
pub use prometheus_client::registry::Registry;
pub(crate) use signal::SignalCounters;
