//! Why a configuration cannot be used.

use std::path::{Path, PathBuf};

use crate::ingest::scrape::config::shown::secrets;

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read {path}: {source}")]
    Unreadable {
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// It is not YAML, or has unexpected keys or types.
    #[error("{path}: {reason}")]
    Malformed {
        path: PathBuf,
        /// What the parser said, with line and column, and without the values that it quoted.
        reason: String,
    },
    /// A value is not allowed.
    #[error("{0}")]
    Invalid(String),
}

impl ConfigError {
    /// The text of a configuration file.
    pub(crate) fn text_of(path: &Path) -> Result<String, Self> {
        std::fs::read_to_string(path).map_err(|source| Self::Unreadable { path: path.to_owned(), source })
    }

    /// The text of the file at `path` is refused by its reader.
    pub(crate) fn malformed(path: &Path, error: &serde_yaml_ng::Error) -> Self {
        Self::Malformed { path: path.to_owned(), reason: secrets::unquoted(&error.to_string()) }
    }

    /// Something in the file at `path` is not allowed.
    pub(crate) fn invalid(path: &Path, reason: &str) -> Self {
        Self::Invalid(format!("{}: {reason}", path.display()))
    }
}
