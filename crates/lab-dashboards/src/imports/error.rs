//! Why an imported dashboard is not kept, and the bounds of what is.

use std::io;

/// Dashboards that are kept.
pub(super) const MOST: usize = 500;
/// Bytes of JSON that are kept, over all dashboards and their earlier versions.
pub(super) const MOST_BYTES: usize = 64 << 20;

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
