//! Grafana dashboard JSON: the shipped ones, a folder of the user's, and those that were imported.
//!
//! Only what a list needs is read here (uid, title, tags); the rest is the page's business and passes
//! through unchanged, so that a dashboard of any Grafana version can be dropped in. Beside them stand the notes that people
//! write: annotations, folders, silences.

pub mod dashboard;
pub mod imports;
pub mod library;
pub mod notes;
pub mod shelf;

pub use dashboard::{Dashboard, DashboardError};
pub use imports::{ImportError, Imports};
pub use library::Library;
pub use notes::{Annotation, Folder, Notes, Silence, SilenceMatcher};
pub use shelf::{Shelf, ShelfError};
