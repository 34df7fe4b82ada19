//! What the store says about itself.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use lab_storage::{Balance, DamageReport};

use crate::store::buffer::series::Series;

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
    /// Scraped samples, and those of rules, for which there was no room; nobody can send them again.
    pub samples_dropped: u64,
    /// Samples that went by age or size.
    pub samples_evicted: u64,
    /// Rows that are left out of answers because they cannot be trusted.
    pub damage: DamageReport,
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
    pub flushes: u64,
    /// Commits that failed.
    pub flushes_failed: u64,
    /// Why the last commit failed; gone with the next one that succeeds.
    pub last_error: Option<String>,
}

impl MetricStats {
    /// Counts the series that exist, and takes down their oldest and newest sample.
    pub(crate) fn count<'a>(&mut self, all: impl Iterator<Item = &'a Arc<Series>>) {
        for series in all {
            let series = series.state();
            self.series += 1;
            self.oldest = self.oldest.into_iter().chain(series.oldest).min();
            self.newest = self.newest.max(series.last_timestamp());
        }
    }
}

/// Counters that several threads raise at once, beside the [account](lab_storage::Account) of the samples.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) series_created: AtomicU64,
    pub(crate) series_removed: AtomicU64,
    pub(crate) late: AtomicU64,
    /// Samples for which there was no room and that nobody can send again.
    pub(crate) dropped: AtomicU64,
    pub(crate) exemplars: AtomicU64,
    pub(crate) sealed: AtomicU64,
    pub(crate) flushes: AtomicU64,
    pub(crate) flushes_failed: AtomicU64,
}

impl Counters {
    /// Writes counters and account into `stats`.
    pub(crate) fn report(&self, balance: &Balance, stats: &mut MetricStats) {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        stats.series_created = get(&self.series_created);
        stats.series_removed = get(&self.series_removed);
        stats.samples_appended = balance.received - balance.repeated - balance.refused_total();
        stats.samples_late = get(&self.late);
        stats.samples_repeated = balance.repeated;
        stats.samples_refused = balance.refused.clone();
        stats.samples_dropped = get(&self.dropped);
        stats.samples_evicted = balance.evicted();
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
