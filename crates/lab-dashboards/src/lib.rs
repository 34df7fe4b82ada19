//! Grafana dashboard JSON: the shipped ones, a folder of the user's, and those that were imported.
//!
//! Only what a list needs is read here (uid, title, tags); the rest is the page's business and passes through unchanged, so
//! that a dashboard of any Grafana version can be dropped in. [`schema`] writes one in the other schema for who asks for
//! that. Beside them stand the notes that people write: annotations, folders, silences, snapshots.

pub mod dashboard;
pub mod identity;
pub mod imports;
pub mod library;
pub mod metadata;
pub mod notes;
pub mod schema;
pub mod shelf;

pub use dashboard::{Dashboard, DashboardError};
pub use imports::Imports;
pub use imports::error::{ImportError, Replace};
pub use library::Library;
pub use metadata::Metadata;
pub use notes::{Annotation, Folder, Link, Notes, Silence, SilenceMatcher, Snapshot};
pub use schema::kind::Schema;
pub use schema::{convert, schema_of};
pub use shelf::{Shelf, ShelfError};
