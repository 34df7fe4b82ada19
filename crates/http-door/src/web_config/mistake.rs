//! What is wrong with a web configuration file, and where.

use std::path::{Path, PathBuf};

/// Why a web configuration cannot be used; the text names the file and the place in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WebConfigError {
    /// A file is not there or may not be read.
    #[error("{}: cannot be read: {reason}", path.display())]
    Unreadable {
        /// The file itself, or one that it names.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// The file says something that it may not say.
    #[error("{}: {place}: {what}", path.display())]
    Wrong {
        path: PathBuf,
        /// The key, with those above it.
        place: String,
        what: String,
    },
    /// The file is not of the format.
    #[error("{}: {text}", path.display())]
    Format {
        path: PathBuf,
        /// What the reader says, with line and column.
        text: String,
    },
    /// TLS was switched on or off after the start.
    #[error(
        "{}: tls_server_config was {} after the start; restart the lab, since its addresses begin with http:// or \
         https:// from the start on", path.display(), if *added { "added" } else { "removed" }
    )]
    TlsSwitched { path: PathBuf, added: bool },
}

/// A mistake at a key of the file, before it is known which file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mistake {
    pub(super) place: String,
    pub(super) what: String,
}

impl Mistake {
    /// A mistake at `place`, such as `tls_server_config.min_version`.
    pub(super) fn new(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self { place: place.into(), what: what.into() }
    }
}

/// What keeps a file from being used, before it is known which file names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Problem {
    /// A file cannot be read.
    Unreadable { path: PathBuf, reason: String },
    /// A key has a value that it may not have.
    Mistake(Mistake),
}

impl Problem {
    /// The bytes of a file that the configuration names.
    pub(super) fn read(path: &Path) -> Result<Vec<u8>, Self> {
        std::fs::read(path).map_err(|error| Self::Unreadable { path: path.to_owned(), reason: error.to_string() })
    }

    /// The error, once it is known that it is about the file at `path`.
    pub(super) fn in_file(self, path: &Path) -> WebConfigError {
        match self {
            Self::Unreadable { path, reason } => WebConfigError::Unreadable { path, reason },
            Self::Mistake(Mistake { place, what }) => WebConfigError::Wrong { path: path.to_owned(), place, what },
        }
    }
}

impl From<Mistake> for Problem {
    fn from(mistake: Mistake) -> Self {
        Self::Mistake(mistake)
    }
}
