//! What the store accepts and how long it keeps it.

use std::time::Duration;

/// Nanoseconds in a second.
const SECOND: i64 = 1_000_000_000;

/// Fixed bounds of a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Longest line in bytes; Loki's `max_line_size`.
    pub line_bytes: usize,
    /// Most labels a stream may have; Loki's `max_label_names_per_series`.
    pub labels_per_stream: usize,
    /// Longest label name in bytes; Loki's `max_label_name_length`.
    pub label_name_bytes: usize,
    /// Longest label value in bytes; Loki's `max_label_value_length`.
    pub label_value_bytes: usize,
    /// Most structured metadata of one line, in bytes; Loki's `max_structured_metadata_size`.
    pub metadata_bytes: usize,
    /// Most streams at a time; Loki's `max_global_streams_per_user`.
    pub streams: usize,
    /// Raw bytes after which a chunk is full.
    pub chunk_bytes: usize,
    /// Time span after which a chunk is closed even if it is not full.
    pub chunk_span: Duration,
    /// Bytes of entries in memory; beyond it the oldest that wait for a failing disk are dropped.
    pub memory_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            line_bytes: 256 << 10,
            labels_per_stream: 15,
            label_name_bytes: 1024,
            label_value_bytes: 2048,
            metadata_bytes: 64 << 10,
            streams: 5000,
            chunk_bytes: 256 << 10,
            chunk_span: Duration::from_secs(3600),
            memory_bytes: 64 << 20,
        }
    }
}

/// What one source of lines may send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Entries before this time (ns) are rejected.
    pub oldest: Option<i64>,
    /// Entries after this time (ns) are rejected.
    pub newest: Option<i64>,
    /// Lines that are too long are cut, not rejected.
    pub truncate: bool,
}

impl Policy {
    /// Loki's defaults for pushed entries: at most a week old, at most ten minutes ahead of `now` (ns).
    pub fn pushed(now: i64) -> Self {
        Self {
            oldest: Some(now.saturating_sub(7 * 24 * 3600 * SECOND)),
            newest: Some(now.saturating_add(600 * SECOND)),
            truncate: false,
        }
    }

    /// For lines the lab collects itself: none is refused, a line that is too long is cut.
    pub fn collected() -> Self {
        Self { oldest: None, newest: None, truncate: true }
    }
}

/// How much is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retention {
    /// Chunks whose newest entry is older go.
    pub age: Option<Duration>,
    /// While the database holds more bytes, the oldest chunks go.
    pub bytes: Option<u64>,
}
