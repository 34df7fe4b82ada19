//! Why a sample is not taken, and why the store cannot answer.

use lab_histogram::Flaw;
use lab_model::Labels;
use lab_storage::{LabelProblem, StorageError, Wait, other_unit_note};

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
    #[error("out of order sample: timestamp {timestamp} is before {newest}{}", other_unit_note(*timestamp, 1000))]
    OutOfOrder {
        /// Milliseconds since the epoch.
        timestamp: i64,
        /// Of the newest sample of the series.
        newest: i64,
    },
    /// Older than the out-of-order window allows.
    #[error(
        "too old sample: timestamp {timestamp} is more than {window_ms} ms before {newest}{}",
        other_unit_note(*timestamp, 1000)
    )]
    TooOld {
        /// Milliseconds since the epoch.
        timestamp: i64,
        /// Of the newest sample of the series.
        newest: i64,
        /// The out-of-order window.
        window_ms: i64,
    },
    /// A histogram makes no sense.
    #[error("invalid histogram: {0}")]
    Histogram(Flaw),
    /// A histogram has too many buckets.
    #[error("the histogram has {buckets} buckets and bounds; at most {most} are taken")]
    HistogramBuckets {
        /// How many it has.
        buckets: usize,
        /// How many are taken.
        most: usize,
    },
    /// No further series may be made.
    #[error("series limit of {0} reached")]
    SeriesLimit(usize),
    /// The label set breaks a rule.
    #[error("label set of {name:?}: {problem}")]
    Labels {
        /// The metric's name.
        name: String,
        /// Which rule, and by how much.
        problem: LabelProblem,
    },
    /// A series needs at least one label.
    #[error("{}", LabelProblem::None)]
    NoLabels,
    /// Further ahead of the clock than is taken.
    #[error(
        "out of bounds: timestamp {timestamp} is ahead of the newest time that is taken, {newest}{}",
        other_unit_note(*timestamp, 1000)
    )]
    Ahead {
        /// Milliseconds since the epoch.
        timestamp: i64,
        /// The newest time that is taken.
        newest: i64,
    },
    /// Older than is taken, whatever the series holds.
    #[error(
        "out of bounds: timestamp {timestamp} is before the oldest time that is taken, {oldest}{}",
        other_unit_note(*timestamp, 1000)
    )]
    BeforeOldest {
        /// Milliseconds since the epoch.
        timestamp: i64,
        /// The oldest time that is taken.
        oldest: i64,
    },
    /// There is no room for the sample at the moment.
    #[error(transparent)]
    Wait(#[from] Wait),
}

/// Characters of a metric's name that a message shows.
const SHOWN: usize = 100;

/// The reason of histograms that make no sense.
pub(crate) const INVALID_HISTOGRAM: &str = "invalid_histogram";

impl AppendError {
    /// Every reason, as the store counts them.
    pub const REASONS: [&'static str; 14] = [
        "duplicate_timestamp",
        "out_of_order",
        "too_old",
        "out_of_bounds",
        "series_limit",
        "label_limit",
        "no_labels",
        "empty_label_name",
        "duplicate_label_names",
        INVALID_HISTOGRAM,
        "histogram_buckets",
        Wait::REASONS[0],
        Wait::REASONS[1],
        Wait::REASONS[2],
    ];

    /// A label set was refused.
    pub fn labels(labels: &Labels, problem: LabelProblem) -> Self {
        match problem {
            LabelProblem::None => Self::NoLabels,
            problem => {
                let name = labels.metric_name().unwrap_or_default().chars().take(SHOWN).collect();
                Self::Labels { name, problem }
            }
        }
    }

    /// The reason in one word, as a label value of the store's own metrics.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::DuplicateTimestamp { .. } => "duplicate_timestamp",
            Self::OutOfOrder { .. } => "out_of_order",
            Self::TooOld { .. } => "too_old",
            Self::SeriesLimit(_) => "series_limit",
            Self::Labels { problem, .. } => problem.reason(),
            Self::NoLabels => LabelProblem::None.reason(),
            Self::Ahead { .. } | Self::BeforeOldest { .. } => "out_of_bounds",
            Self::Histogram(_) => INVALID_HISTOGRAM,
            Self::HistogramBuckets { .. } => "histogram_buckets",
            Self::Wait(wait) => wait.reason(),
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
    #[error("no snapshot can be made of data that are in memory only; start the lab with --data-dir")]
    InMemory,
}
