//! The three stores: where they keep their data, and how they share memory and disk.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use lab_logs::LogStore;
use lab_metrics::MetricStore;
use lab_model::MemoryPool;
use lab_storage::{DamageReport, DataDir, Location, Retention, SignalStore};
use lab_traces::TraceStore;

use crate::options::lab::LabOptions;

/// Hundredths of the bytes to keep, by signal; they add up to 100.
const METRICS_SHARE: u64 = 25;
const LOGS_SHARE: u64 = 35;
const TRACES_SHARE: u64 = 40;

/// The stores of one lab, and the lock on their directory.
#[derive(Clone)]
pub struct Stores {
    pub metrics: Arc<MetricStore>,
    pub logs: Arc<LogStore>,
    pub traces: Arc<TraceStore>,
    /// The memory that all queries share, and with them the rules.
    pub queries: MemoryPool,
    keep: Keep,
    _data_dir: Option<Arc<DataDir>>,
}

/// What is kept: for how long, and how many bytes over all signals.
#[derive(Clone, Copy, Debug)]
struct Keep {
    age: Duration,
    bytes: u64,
}

impl Stores {
    /// Opens (or makes) the stores; fails if the directory cannot be written or is in use.
    pub fn open(options: &LabOptions) -> anyhow::Result<Self> {
        let (location, data_dir) = if options.in_memory {
            (Location::Memory, None)
        } else {
            let data_dir = DataDir::open(&options.data_dir)?;
            (Location::Directory(data_dir.path().to_owned()), Some(Arc::new(data_dir)))
        };
        // A sixteenth for what waits for the disk in each store, and as much for what stays close at hand;
        // without a disk three quarters are left to keep.
        let waiting = options.max_memory / 16;
        let bytes = if options.in_memory { options.max_memory / 4 * 3 } else { options.max_disk };
        let metrics = lab_metrics::store::limits::Limits {
            out_of_order_window: options.out_of_order_window,
            resident_bytes: (waiting / 4) as usize,
            backlog_bytes: waiting as usize,
            ..lab_metrics::store::limits::Limits::default()
        };
        let logs = lab_logs::Limits { memory_bytes: waiting as usize, ..lab_logs::Limits::default() };
        // A quarter for queries; without a disk what the kept data leave.
        let queries = MemoryPool::new(if options.in_memory { options.max_memory / 16 } else { options.max_memory / 4 });
        let traces = lab_traces::Limits { pending_bytes: waiting, ..lab_traces::Limits::default() };
        let stores = Self {
            metrics: Arc::new(MetricStore::open(&location, metrics).context("metrics cannot be opened")?),
            logs: Arc::new(LogStore::open(&location, logs).context("logs cannot be opened")?),
            traces: Arc::new(TraceStore::open(&location, traces).context("traces cannot be opened")?),
            queries,
            keep: Keep { age: options.retention, bytes },
            _data_dir: data_dir,
        };
        for (store, _) in stores.all() {
            for cut in store.journal_cuts() {
                tracing::warn!(%cut, "a journal ended in the middle of a record");
            }
        }
        Ok(stores)
    }

    /// Commits what arrived; each store keeps its own error, and waits with what it could not write.
    pub fn flush(&self, now_ns: i64) -> Vec<String> {
        let results = self.all().map(|(store, _)| store.flush(now_ns));
        results.into_iter().filter_map(Result::err).map(|error| error.to_string()).collect()
    }

    /// Removes what is too old or too much, oldest first.
    pub fn retain(&self, now_ns: i64) -> Vec<String> {
        let Keep { age, bytes } = self.keep;
        let results = self.all().map(|(store, hundredths)| {
            let retention = Retention { age: Some(age), bytes: Some(bytes / 100 * hundredths) };
            store.retain(now_ns, &retention)
        });
        results.into_iter().filter_map(Result::err).map(|error| error.to_string()).collect()
    }

    /// Has `flush_wanted` called whenever the buffer of a store is half full.
    pub fn on_half_full(&self, flush_wanted: impl Fn() + Clone + Send + Sync + 'static) {
        for (store, _) in self.all() {
            store.on_half_full(Box::new(flush_wanted.clone()));
        }
    }

    /// What is known to be damaged in each store.
    pub fn damage(&self) -> [DamageReport; 3] {
        self.all().map(|(store, _)| store.damage())
    }

    /// Every store, with its hundredths of the bytes to keep.
    fn all(&self) -> [(&dyn SignalStore, u64); 3] {
        [(&*self.metrics, METRICS_SHARE), (&*self.logs, LOGS_SHARE), (&*self.traces, TRACES_SHARE)]
    }
}
