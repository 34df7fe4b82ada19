//! How much one query may read and answer. How much it may hold in memory, its grant says.

/// What one query may read and answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueryLimits {
    /// Most lines of an answer; Loki's `max_entries_limit_per_query`.
    pub entries: usize,
    /// Most series of an answer; Loki's `max_query_series`.
    pub series: usize,
    /// Most points of a series.
    pub points: usize,
    /// Most raw bytes of lines that are read; Loki's `max_query_bytes_read`.
    pub bytes: u64,
}

impl Default for QueryLimits {
    fn default() -> Self {
        Self { entries: 5000, series: 500, points: 11_000, bytes: 8 << 30 }
    }
}
