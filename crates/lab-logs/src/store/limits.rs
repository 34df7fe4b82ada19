//! What the store accepts.

use std::time::Duration;

use lab_storage::{LabelRules, TimeLimits};

/// Nanoseconds in a second.
const SECOND: i64 = 1_000_000_000;
/// Seconds in a week.
const WEEK: u64 = 7 * 24 * 3600;

/// Fixed bounds of a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Longest line in bytes; Loki's `max_line_size`.
    pub line_bytes: usize,
    /// Bounds on the labels of a stream, `service_name` not counted; Loki's `max_label_names_per_series`, `max_label_name_length` and
    /// `max_label_value_length`.
    pub labels: LabelRules,
    /// Most structured metadata of one line, in bytes; Loki's `max_structured_metadata_size`.
    pub metadata_bytes: usize,
    /// Most entries in the structured metadata of one line; Loki's `max_structured_metadata_entries_count`.
    pub metadata_labels: usize,
    /// Most streams at a time; Loki's `max_global_streams_per_user`.
    pub streams: usize,
    /// Raw bytes after which a chunk is full.
    pub chunk_bytes: usize,
    /// Time span after which a chunk is closed even if it is not full.
    pub chunk_span: Duration,
    /// Bytes of entries in memory. Pushed entries for which there is no room are refused whole until there is; of lines
    /// that nobody can send again, the oldest make room.
    pub memory_bytes: usize,
    /// How old a pushed entry may be; Loki's `reject_old_samples_max_age`.
    pub oldest_push: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            line_bytes: 256 << 10,
            labels: LabelRules { count: 15, name_bytes: 1024, value_bytes: 2048, total_bytes: usize::MAX },
            metadata_bytes: 64 << 10,
            metadata_labels: 128,
            streams: 5000,
            chunk_bytes: 256 << 10,
            chunk_span: Duration::from_secs(3600),
            memory_bytes: 64 << 20,
            oldest_push: Duration::from_secs(WEEK),
        }
    }
}

/// What one source of lines may send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The times (ns) that are taken.
    pub times: TimeLimits,
    /// Lines that are too long are cut, not rejected.
    pub truncate: bool,
}

impl Policy {
    /// Pushed entries: as old as the limits allow, and as in Loki at most ten minutes ahead of `now` (ns).
    pub fn pushed(now: i64, limits: &Limits) -> Self {
        let oldest = i64::try_from(limits.oldest_push.as_secs()).unwrap_or(i64::MAX / SECOND);
        let times = TimeLimits::at_most_ahead(now, SECOND).at_most_old(now, SECOND, oldest);
        Self { times, truncate: false }
    }

    /// For lines the lab collects itself: none is refused, a line that is too long is cut.
    pub fn collected() -> Self {
        Self { times: TimeLimits::ANY, truncate: true }
    }
}
