//! What can go wrong with data on disk, in words for the person who runs the lab.

use std::path::PathBuf;

use rusqlite::ErrorCode;

/// A failure of the data directory or of a database in it.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// The directory cannot be made or written.
    #[error("data directory {path} cannot be used: {source}")]
    Directory {
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Another process holds the lock.
    #[error("data directory {path} is in use by another dicelab; choose another --data-dir or stop it")]
    InUse { path: PathBuf },
    /// The file was written by a later version.
    #[error(
        "{name} has schema version {found}, this dicelab knows up to {known}; use a newer dicelab or another --data-dir"
    )]
    Newer {
        name: String,
        /// The version in the file.
        found: usize,
        /// The newest version that this program knows.
        known: usize,
    },
    /// A file of a journal cannot be read.
    #[error(
        "{path}: the journal cannot be read ({source}); make the file readable, or move it away to start without the \
         telemetry of its last seconds"
    )]
    Journal {
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A later version wrote a record of a journal.
    #[error(
        "{path}: a newer dicelab wrote this journal (version {version}); start that one, or choose another --data-dir"
    )]
    NewerJournal {
        path: PathBuf,
        /// The version in the file.
        version: u8,
    },
    /// The disk is full.
    #[error("{name}: the disk is full; make room, or lower --max-disk")]
    Full { name: String },
    /// The file or the disk is read-only.
    #[error("{name}: the database is read-only; let the user of this process write to it")]
    ReadOnly { name: String },
    /// The file is not a database, or damaged.
    #[error("{name} is damaged or no database ({source}); move it away to start afresh")]
    Damaged {
        name: String,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    #[error("{name}: {source}")]
    Sqlite {
        name: String,
        /// What SQLite said.
        source: rusqlite::Error,
    },
}

fn is_conversion(error: &rusqlite::Error) -> bool {
    use rusqlite::Error::{FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType, Utf8Error};
    matches!(error, FromSqlConversionFailure(..) | IntegralValueOutOfRange(..) | InvalidColumnType(..) | Utf8Error(..))
}

impl StorageError {
    /// Sorts an SQLite error into the kinds that people can act upon.
    pub fn from_sqlite(name: &str, source: rusqlite::Error) -> Self {
        let name = name.to_owned();
        match source.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full { name },
            Some(ErrorCode::ReadOnly) => Self::ReadOnly { name },
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => Self::Damaged { name, source },
            // A value of the wrong type is none that was written.
            None if is_conversion(&source) => Self::Damaged { name, source },
            _ => Self::Sqlite { name, source },
        }
    }
}
