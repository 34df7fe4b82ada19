//! Keeps the die specifications and hands them out.
//!
//! | Request | Answer |
//! |---|---|
//! | `GET /` | `{"service","version","endpoints","loaded_specifications"}` |
//! | `GET /dice` | `{"identifiers":["fair","risky"]}`, in file order |
//! | `GET /dice?identifier=fair` | `{"identifier","specification":{"faces","error_rate"}}`; 404 naming the known ones |
//!
//! Probes, metrics, spans and errors are [`telemetry`]'s; the other services have the same files.

mod app;
mod args;
mod catalogue;
mod metrics;
mod specification;
mod watch;

pub use app::routes;
pub use args::{Args, run};
pub use catalogue::Catalogue;
pub use metrics::DieMetrics;
pub use specification::{Die, SpecificationError, Specifications};

/// How this service names itself in spans, log lines and metrics.
pub const IDENTITY: telemetry::Identity = telemetry::Identity {
    name: "die-service",
    version: env!("CARGO_PKG_VERSION"),
    targets: &[env!("CARGO_CRATE_NAME")],
};
