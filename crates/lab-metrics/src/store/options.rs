//! What bounds the store.

use std::time::Duration;

use lab_model::Labels;

use crate::store::error::AppendError;

/// Bounds of a [`MetricStore`](crate::store::MetricStore).
#[derive(Clone, Debug)]
pub struct StoreOptions {
    /// How much older than the newest sample of its series a sample may be; zero refuses all such samples.
    pub out_of_order_window: Duration,
    /// Series that may exist at a time.
    pub max_series: usize,
    /// Labels that a series may have.
    pub max_labels: usize,
    /// Bytes that all names and values of a label set may take together.
    pub max_label_bytes: usize,
    /// Bytes of sealed chunks that stay in memory for queries, newest first; older ones are read from disk.
    pub resident_bytes: usize,
    /// Bytes of sealed chunks that wait in memory while the disk takes none; beyond it the oldest are
    /// dropped and counted.
    pub backlog_bytes: usize,
    /// Exemplars kept for each series.
    pub max_exemplars: usize,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            out_of_order_window: Duration::from_secs(30 * 60),
            max_series: 1_000_000,
            max_labels: 128,
            max_label_bytes: 16 << 10,
            resident_bytes: 16 << 20,
            backlog_bytes: 64 << 20,
            max_exemplars: 64,
        }
    }
}

impl StoreOptions {
    /// Refuses label sets that are too large, or empty.
    pub(crate) fn check(&self, labels: &Labels) -> Result<(), AppendError> {
        let fail = |reason| {
            let name = labels.metric_name().unwrap_or_default().chars().take(100).collect();
            Err(AppendError::LabelLimit { name, reason })
        };
        let (count, bytes) = (labels.len(), labels.text_bytes());
        if labels.is_empty() {
            Err(AppendError::NoLabels)
        } else if count > self.max_labels {
            fail(format!("{count} labels, at most {} are allowed", self.max_labels))
        } else if bytes > self.max_label_bytes {
            fail(format!("names and values take {bytes} bytes, at most {} are allowed", self.max_label_bytes))
        } else {
            Ok(())
        }
    }
}

/// What [`MetricStore::retain`](crate::store::MetricStore::retain) enforces.
#[derive(Clone, Copy, Debug, Default)]
pub struct RetentionLimits {
    /// Samples older than this go.
    pub max_age: Option<Duration>,
    /// Bytes that the database may take; the oldest chunks go first.
    pub max_bytes: Option<u64>,
}
