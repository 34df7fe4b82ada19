//! One SQLite database per signal: opened, locked, committed, sized and trimmed.
//!
//! The stores keep what arrived last in memory and commit once a second; this room knows how a file is
//! opened (WAL, one writer, readers that never block it), what a full or read-only disk looks like, and
//! that two labs must not share a directory. Users may open the files with `sqlite3` while the lab runs.

pub mod data_dir;
pub mod database;
pub mod error;

pub use data_dir::DataDir;
pub use database::{Database, Location, Schema};
pub use error::StorageError;
