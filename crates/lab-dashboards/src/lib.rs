//! Grafana dashboard JSON: the shipped ones, a folder of the user's, and those that were imported.
//!
//! Only what a list needs is read here (uid, title, tags); the rest is the page's business and passes
//! through unchanged, so that a dashboard of any Grafana version can be dropped in.

pub mod dashboard;
pub mod imports;
pub mod library;

pub use dashboard::{Dashboard, DashboardError};
pub use imports::{ImportError, Imports};
pub use library::Library;
