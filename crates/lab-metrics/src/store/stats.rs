//! The store's own counters.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

/// What happened in a store since it was opened, and how large it is now.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MetricStats {
    /// Series that exist.
    pub series: usize,
    /// Series made since the start.
    pub series_created: u64,
    /// Series that went because their last sample grew too old, or by deletion.
    pub series_removed: u64,
    /// Samples taken, late ones included.
    pub samples_appended: u64,
    /// Samples taken although they were out of order.
    pub samples_late: u64,
    /// Samples that were there already, value and all.
    pub samples_repeated: u64,
    /// Samples refused, by reason (see [`AppendError::reason`](crate::store::error::AppendError::reason)).
    pub samples_refused: BTreeMap<&'static str, u64>,
    /// Samples dropped because the disk took none for too long.
    pub samples_dropped: u64,
    /// Samples that went by age or size.
    pub samples_evicted: u64,
    /// Exemplars taken.
    pub exemplars_appended: u64,
    /// Chunks sealed since the start.
    pub chunks_sealed: u64,
    /// Bytes of sealed chunks in memory.
    pub resident_bytes: usize,
    /// Bytes of the database.
    pub disk_bytes: u64,
    /// Oldest sample, in milliseconds since the epoch.
    pub oldest: Option<i64>,
    /// Newest sample, in milliseconds since the epoch.
    pub newest: Option<i64>,
    /// Commits done.
    pub flushes: u64,
    /// Commits that failed.
    pub flushes_failed: u64,
    /// Why the last commit failed; gone with the next one that succeeds.
    pub last_error: Option<String>,
}

/// Reasons in the order of [`Counters::refused`].
const REASONS: [&str; 6] =
    ["duplicate_timestamp", "out_of_order", "too_old", "series_limit", "label_limit", "no_labels"];

/// Counters that several threads raise at once.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) series_created: AtomicU64,
    pub(crate) series_removed: AtomicU64,
    pub(crate) appended: AtomicU64,
    pub(crate) late: AtomicU64,
    pub(crate) repeated: AtomicU64,
    refused: [AtomicU64; REASONS.len()],
    pub(crate) dropped: AtomicU64,
    pub(crate) evicted: AtomicU64,
    pub(crate) exemplars: AtomicU64,
    pub(crate) sealed: AtomicU64,
    pub(crate) flushes: AtomicU64,
    pub(crate) flushes_failed: AtomicU64,
}

impl Counters {
    /// Counts refused samples.
    pub(crate) fn refuse(&self, reason: &str, samples: usize) {
        if let Some(at) = REASONS.iter().position(|known| *known == reason) {
            add(&self.refused[at], samples as u64);
        }
    }

    /// Writes the counters into `stats`.
    pub(crate) fn report(&self, stats: &mut MetricStats) {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        stats.series_created = get(&self.series_created);
        stats.series_removed = get(&self.series_removed);
        stats.samples_appended = get(&self.appended);
        stats.samples_late = get(&self.late);
        stats.samples_repeated = get(&self.repeated);
        stats.samples_refused =
            REASONS.iter().zip(&self.refused).map(|(reason, count)| (*reason, get(count))).collect();
        stats.samples_dropped = get(&self.dropped);
        stats.samples_evicted = get(&self.evicted);
        stats.exemplars_appended = get(&self.exemplars);
        stats.chunks_sealed = get(&self.sealed);
        stats.flushes = get(&self.flushes);
        stats.flushes_failed = get(&self.flushes_failed);
    }
}

/// Raises a counter.
pub(crate) fn add(counter: &AtomicU64, by: u64) {
    counter.fetch_add(by, Ordering::Relaxed);
}
