//! What bounds the store.

use std::time::Duration;

use lab_storage::LabelRules;

/// Bounds of a [`MetricStore`](crate::store::MetricStore).
#[derive(Clone, Debug)]
pub struct Limits {
    /// How much older than the newest sample of its series a sample may be; zero refuses all such samples.
    pub out_of_order_window: Duration,
    /// Series that may exist at a time.
    pub max_series: usize,
    /// Bounds on the labels of a series.
    pub labels: LabelRules,
    /// Bytes of sealed chunks that stay in memory for queries, newest first; older ones are read from disk.
    pub resident_bytes: usize,
    /// Bytes of samples, 16 each, that may wait for the disk. Beyond it no sample is taken until there is room.
    pub backlog_bytes: usize,
    /// Exemplars kept for each series; the more recent, the denser.
    pub max_exemplars: usize,
}

impl Default for Limits {
    fn default() -> Self {
        let unbounded = usize::MAX;
        Self {
            out_of_order_window: Duration::from_secs(30 * 60),
            max_series: 1_000_000,
            labels: LabelRules { count: 128, name_bytes: unbounded, value_bytes: unbounded, total_bytes: 16 << 10 },
            resident_bytes: 16 << 20,
            backlog_bytes: 64 << 20,
            max_exemplars: 128,
        }
    }
}
