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
mod identity;
mod metrics;
mod specification;
mod watch;

pub use app::routes;
pub use args::{Args, run};
pub use catalogue::Catalogue;
pub use identity::IDENTITY;
pub use metrics::DieMetrics;
pub use specification::{Die, SpecificationError, Specifications};
