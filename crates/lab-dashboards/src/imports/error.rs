//! Why an imported dashboard is not kept, and the bounds of what is.

use std::io;

use crate::dashboard::DashboardError;

/// Dashboards that are kept.
pub(super) const MOST: usize = 500;
/// Bytes of JSON that are kept, over all dashboards and their earlier versions.
pub(super) const MOST_BYTES: usize = 64 << 20;

/// Which dashboard or folder of the same uid a new one may replace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replace {
    /// None: a uid that is taken is refused.
    No,
    /// The one that is kept, whichever its version is.
    Any,
    /// The one that is kept, if it still has the version on which the change is based.
    Version(u64),
}

/// Why a dashboard is not kept.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The uid would make no address and no file name.
    #[error("uid {uid:?}: {reason}")]
    Uid {
        uid: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// An imported dashboard has this uid.
    #[error("another imported dashboard has the uid {0:?}; overwrite it, or give this one another uid")]
    Exists(String),
    /// A shipped dashboard, or one of the folder, has this uid.
    #[error("a dashboard that comes with the lab or from --dashboards has the uid {0:?}; give this one another uid")]
    Provisioned(String),
    /// The change was based on another version than the one that is kept.
    #[error("dashboard {0:?} has been changed by someone else; read it again and apply your change to that")]
    Stale(String),
    /// What is kept could not be read again.
    #[error("dashboard {uid:?} could not be read again once it was kept: {error}")]
    Shape { uid: String, error: DashboardError },
    /// There are too many, or they are too large.
    #[error(
        "cannot import another dashboard: at most {MOST} dashboards and {} MiB together are kept; delete one first",
        MOST_BYTES >> 20
    )]
    Full,
    /// The disk does not take it.
    #[error("{path}: {error}")]
    Disk {
        path: String,
        /// What the system says.
        error: io::Error,
    },
}
