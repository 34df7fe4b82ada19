//! Why a sample is not taken, and why the store cannot answer.

use lab_storage::StorageError;

/// Why a sample (or a series) was refused; nothing of it is kept, and each refusal is counted.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum AppendError {
    /// Another value stands at this instant.
    #[error("duplicate sample for timestamp {timestamp}; the stored value is {stored}, the new one {offered}")]
    DuplicateTimestamp {
        /// Milliseconds since the epoch.
        timestamp: i64,
        /// The value that is kept.
        stored: f64,
        /// The value that was refused.
        offered: f64,
    },
    /// Older than the newest sample of the series, and no out-of-order window is set.
    #[error("out of order sample: timestamp {timestamp} is before {newest}")]
    OutOfOrder {
        /// Milliseconds since the epoch.
        timestamp: i64,
        /// Of the newest sample of the series.
        newest: i64,
    },
    /// Older than the out-of-order window allows.
    #[error("too old sample: timestamp {timestamp} is more than {window_ms} ms before {newest}")]
    TooOld {
        /// Milliseconds since the epoch.
        timestamp: i64,
        /// Of the newest sample of the series.
        newest: i64,
        /// The out-of-order window.
        window_ms: i64,
    },
    /// No further series may be made.
    #[error("series limit of {0} reached")]
    SeriesLimit(usize),
    /// The label set breaks a limit.
    #[error("label set of {name:?}: {reason}")]
    LabelLimit {
        /// The metric's name.
        name: String,
        /// Which limit, and by how much.
        reason: String,
    },
    /// A series needs at least one label.
    #[error("a series needs a metric name or at least one label")]
    NoLabels,
}

impl AppendError {
    /// The reason in one word, as a label value of the store's own metrics.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::DuplicateTimestamp { .. } => "duplicate_timestamp",
            Self::OutOfOrder { .. } => "out_of_order",
            Self::TooOld { .. } => "too_old",
            Self::SeriesLimit(_) => "series_limit",
            Self::LabelLimit { .. } => "label_limit",
            Self::NoLabels => "no_labels",
        }
    }
}

/// Why the store cannot be opened, written or read.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database said no.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The asker no longer waits.
    #[error("query was canceled")]
    Interrupted,
    /// There is no file to copy.
    #[error("the data are in memory only, which no snapshot can be made of")]
    InMemory,
}
