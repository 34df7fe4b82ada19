//! What the store says about itself, and about each append.

use lab_model::Labels;
use lab_storage::{DamageReport, Wait};

/// Why an entry was not stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// Older than the policy allows.
    TooOld,
    /// Further in the future than the policy allows.
    TooNew,
    /// The line is too long.
    LineTooLong,
    /// Too much structured metadata.
    MetadataTooLarge,
    /// The structured metadata has too many entries.
    MetadataTooMany,
    /// The stream's labels are too many or too long.
    InvalidLabels,
    /// There are too many streams.
    StreamLimit,
}

impl Reason {
    /// Every reason, in the order of the counters.
    pub const ALL: [Self; 7] = [
        Self::TooOld,
        Self::TooNew,
        Self::LineTooLong,
        Self::MetadataTooLarge,
        Self::MetadataTooMany,
        Self::InvalidLabels,
        Self::StreamLimit,
    ];

    /// Everything for which the store's account counts refused entries.
    pub(crate) const COUNTED: [&'static str; 10] = [
        Self::TooOld.as_str(),
        Self::TooNew.as_str(),
        Self::LineTooLong.as_str(),
        Self::MetadataTooLarge.as_str(),
        Self::MetadataTooMany.as_str(),
        Self::InvalidLabels.as_str(),
        Self::StreamLimit.as_str(),
        Wait::REASONS[0],
        Wait::REASONS[1],
        Wait::REASONS[2],
    ];

    /// The reason as a label value; Loki's `reason` of `loki_discarded_samples_total` where it has one.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TooOld => "greater_than_max_sample_age",
            Self::TooNew => "too_far_in_future",
            Self::LineTooLong => "line_too_long",
            Self::MetadataTooLarge => "structured_metadata_too_large",
            Self::MetadataTooMany => "structured_metadata_too_many",
            Self::InvalidLabels => "invalid_labels",
            Self::StreamLimit => "stream_limit",
        }
    }
}

/// One entry that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    pub reason: Reason,
    /// The stream it was meant for.
    pub stream: Labels,
    /// Its time (ns).
    pub timestamp: i64,
    /// The length of its line in bytes.
    pub line_bytes: usize,
    /// How many entries its structured metadata has.
    pub metadata_labels: usize,
    /// The bytes of these entries.
    pub metadata_bytes: usize,
}

/// What became of the entries of one append.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Appended {
    /// Stored, those that were cut included.
    pub accepted: usize,
    /// The same as an entry already there, hence not stored again.
    pub duplicates: usize,
    /// Cut to the longest line.
    pub truncated: usize,
    /// Refused, those for which there was no room included.
    pub rejected: usize,
    /// The first entries that were refused, at most ten.
    pub rejections: Vec<Rejection>,
}

/// Counters since the store was opened, and gauges.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Entries handed to the store.
    pub received: u64,
    /// Bytes of their lines and structured metadata.
    pub received_bytes: u64,
    /// Entries that were already there.
    pub duplicates: u64,
    /// Lines that were cut.
    pub truncated: u64,
    /// Refused entries by [`Reason`], in the order of [`Reason::ALL`].
    pub rejected: [u64; Reason::ALL.len()],
    /// Pushed entries that could not be kept at the moment, whose sender was told to send them again.
    pub refused_for_room: u64,
    /// Entries of processes' output for which there was no room; nobody can send them again.
    pub dropped: u64,
    /// Entries that retention removed.
    pub evicted: u64,
    /// Raw bytes that retention removed.
    pub evicted_bytes: u64,
    /// Entries that somebody deleted.
    pub deleted: u64,
    /// Rows that are left out of answers because they cannot be trusted.
    pub damage: DamageReport,
    /// Flushes that failed.
    pub flush_failures: u64,
    /// What the last failed flush or retention said, until one succeeds.
    pub last_error: Option<String>,
    /// Streams at present.
    pub streams: u64,
    /// Entries in memory: the open chunks.
    pub memory_entries: u64,
    /// Bytes of the entries in memory.
    pub memory_bytes: u64,
    /// Entries in memory that are not written yet.
    pub unflushed: u64,
    /// Bytes of the database.
    pub disk_bytes: u64,
    /// Time (ns) of the oldest entry on disk.
    pub oldest: Option<i64>,
}

impl Stats {
    /// Refused entries, whatever the reason.
    pub fn rejected_total(&self) -> u64 {
        self.rejected.iter().sum()
    }
}

/// Counters beside the [account](lab_storage::Account) of the entries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counters {
    pub(crate) received_bytes: u64,
    pub(crate) truncated: u64,
    /// Entries of processes' output for which there was no room.
    pub(crate) dropped: u64,
    pub(crate) evicted_bytes: u64,
    pub(crate) flush_failures: u64,
    pub(crate) last_error: Option<String>,
}
