//! The three stores: where they keep their data, and how they share memory and disk.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use lab_logs::LogStore;
use lab_metrics::MetricStore;
use lab_model::MemoryPool;
use lab_model::matcher::expression::compiled as expression;
use lab_storage::{Budget, DamageReport, DataDir, Location, Retention, SignalStore, StorageError};
use lab_traces::TraceStore;

use crate::options::lab::LabOptions;
use crate::parts::storage::shares;

/// Bytes of memory for which there may be one series, which takes about 1 KiB. Without a disk most memory is for data.
const BYTES_A_SERIES: u64 = 2560;
const BYTES_A_SERIES_IN_MEMORY: u64 = 4 * BYTES_A_SERIES;

/// What compiled regular expressions may take together at least.
const LEAST_FOR_EXPRESSIONS: u64 = 16 << 20;

/// The stores of one lab, and the lock on their directory.
#[derive(Clone)]
pub struct Stores {
    pub metrics: Arc<MetricStore>,
    pub logs: Arc<LogStore>,
    pub traces: Arc<TraceStore>,
    /// The memory that all queries share, and with them the rules.
    pub queries: MemoryPool,
    /// For the bodies of requests on all ports.
    pub bodies: Arc<Budget>,
    keep: Keep,
    _data_dir: Option<Arc<DataDir>>,
}

/// What is kept: for how long, and how many bytes over all signals.
#[derive(Clone, Debug)]
struct Keep {
    age: Duration,
    bytes: u64,
    /// Bound on the write-ahead log of each database.
    write_ahead: u64,
    /// What else counts: the data directory's other files.
    others: Vec<PathBuf>,
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
        // without a disk a half is left to keep. What waits is in the journals, too, which count as disk.
        let waiting = (options.max_memory / 16).min((options.max_disk / 32).max(512 << 10));
        let write_ahead = (options.max_disk / 64).clamp(256 << 10, 16 << 20);
        let (bytes, a_series) = if options.in_memory {
            (options.max_memory / 2, BYTES_A_SERIES_IN_MEMORY)
        } else {
            (options.max_disk, BYTES_A_SERIES)
        };
        let metrics = lab_metrics::store::limits::Limits {
            out_of_order_window: options.out_of_order_window,
            resident_bytes: (waiting / 4) as usize,
            backlog_bytes: waiting as usize,
            max_series: (options.max_memory / a_series) as usize,
            ..lab_metrics::store::limits::Limits::default()
        };
        expression::limit((options.max_memory / 16).max(LEAST_FOR_EXPRESSIONS) as usize);
        let logs = lab_logs::Limits {
            memory_bytes: waiting as usize,
            oldest_push: options.oldest_line,
            ..lab_logs::Limits::default()
        };
        // A quarter for queries; without a disk what the kept data leave.
        let queries = MemoryPool::new(if options.in_memory { options.max_memory / 16 } else { options.max_memory / 4 });
        let traces = lab_traces::Limits { pending_bytes: waiting, ..lab_traces::Limits::default() };
        let stores = Self {
            metrics: open(&location, |place| MetricStore::open(place, metrics.clone()))
                .context("metrics cannot be opened")?,
            logs: open(&location, |place| LogStore::open(place, logs.clone())).context("logs cannot be opened")?,
            traces: open(&location, |place| TraceStore::open(place, traces.clone()))
                .context("traces cannot be opened")?,
            queries,
            bodies: Arc::new(Budget::new(options.max_memory / 16)),
            keep: Keep { age: options.retention, bytes, write_ahead, others: others(options) },
            _data_dir: data_dir,
        };
        for store in stores.all() {
            store.database().limit_write_ahead(write_ahead).context("the write-ahead log cannot be bounded")?;
            if store.database().began_on_full_disk() {
                let database = store.database().name();
                tracing::warn!(
                    database,
                    "the disk is full: what is stored can be read, nothing new is kept until there is room"
                );
            }
            for cut in store.intake().cuts() {
                tracing::warn!(%cut, "a journal ended in the middle of a record");
            }
            for mended in store.damage().mended {
                tracing::warn!(mended, "stored telemetry was mended");
            }
        }
        Ok(stores)
    }

    /// Commits what arrived; each store keeps its own error, and waits with what it could not write.
    pub fn flush(&self, now_ns: i64) -> Vec<String> {
        let mut errors = errors(self.all().map(|store| store.flush(now_ns)));
        errors.extend(self.all().into_iter().filter_map(|store| store.intake().last_error()));
        errors
    }

    /// True if all files together take more than they may, or could give much space back.
    pub fn is_full(&self) -> bool {
        let unused: u64 = self.all().iter().map(|store| store.database().space().unused).sum();
        self.used().iter().sum::<u64>() + self.others() > self.keep.bytes || unused > self.keep.bytes / 40
    }

    /// Removes what is too old, oldest first, then, where all together is too much, the oldest of those signals that use
    /// more than their part; gives unused space back.
    pub fn retain(&self, now_ns: i64) -> Vec<String> {
        let age = Some(self.keep.age);
        let mut errors = errors(self.all().map(|store| store.retain(now_ns, &Retention { age, bytes: None })));
        let (used, others) = (self.used(), self.others());
        if used.iter().sum::<u64>() + others > self.keep.bytes {
            // A little less than may be used, so that this is not necessary again at once.
            let goal = (self.keep.bytes / 20 * 19).saturating_sub(others);
            for ((store, used), allowed) in self.all().into_iter().zip(used).zip(shares::allowed(goal, used)) {
                let beside = used - store.database().space().live.min(used);
                let bytes = Some(allowed.saturating_sub(beside));
                let removed = store.retain(now_ns, &Retention { age: None, bytes });
                errors.extend(removed.err().map(|error| error.to_string()));
            }
        }
        for store in self.all() {
            errors.extend(store.database().give_space_back().err().map(|error| error.to_string()));
        }
        errors
    }

    /// Bytes that each signal uses: rows, the write-ahead log, the journal. A log that cannot be brought into its database,
    /// because somebody reads for long, does not push out everything else.
    fn used(&self) -> [u64; 3] {
        self.all().map(|store| {
            let space = store.database().space();
            space.live + space.write_ahead.min(4 * self.keep.write_ahead) + store.intake().bytes()
        })
    }

    fn others(&self) -> u64 {
        self.keep.others.iter().map(|path| bytes_of(path)).sum()
    }

    /// Has `flush_wanted` called whenever the buffer of a store is half full.
    pub fn on_half_full(&self, flush_wanted: impl Fn() + Clone + Send + Sync + 'static) {
        for store in self.all() {
            store.on_half_full(Box::new(flush_wanted.clone()));
        }
    }

    /// True if the lab that used these files last was killed.
    pub fn was_killed(&self) -> bool {
        self.all().iter().any(|store| store.left_behind().unclean)
    }

    /// Reads every row, until `stop` says so; what is damaged stands in the report of its store then. Answers why a store
    /// could not be read.
    pub fn check(&self, stop: &dyn Fn() -> bool) -> Vec<String> {
        errors(self.all().map(|store| store.check(stop)))
    }

    /// What is known to be damaged in each store.
    pub fn damage(&self) -> [DamageReport; 3] {
        self.all().map(SignalStore::damage)
    }

    /// Every store, in the order in which they share.
    pub fn all(&self) -> [&dyn SignalStore; 3] {
        [&*self.metrics, &*self.logs, &*self.traces]
    }
}

/// Opens a store. Where its files are damaged, an empty one stands in for it, which says so in every answer and refuses
/// pushes: one signal's damage does not stop the others.
fn open<S: SignalStore>(
    location: &Location,
    open: impl Fn(&Location) -> Result<S, StorageError>,
) -> Result<Arc<S>, StorageError> {
    match open(location) {
        Err(StorageError::Damaged { name, .. }) => {
            let store = open(&Location::Memory)?;
            let (_, damage, _) = store.place();
            damage.note_file(&name);
            store.intake().close();
            Ok(Arc::new(store))
        }
        opened => opened.map(Arc::new),
    }
}

/// Files of the data directory beside databases and journals.
fn others(options: &LabOptions) -> Vec<PathBuf> {
    let of = |name: &str| options.data_dir.join(name);
    if options.in_memory { Vec::new() } else { vec![of("dashboards"), of("report.json")] }
}

/// Bytes of a file, or of the files in a folder.
fn bytes_of(path: &Path) -> u64 {
    match fs::read_dir(path) {
        Ok(entries) => entries.flatten().filter_map(|entry| entry.metadata().ok()).map(|file| file.len()).sum(),
        Err(_) => fs::metadata(path).map_or(0, |file| file.len()),
    }
}

fn errors<T>(results: impl IntoIterator<Item = Result<T, StorageError>>) -> Vec<String> {
    results.into_iter().filter_map(Result::err).map(|error| error.to_string()).collect()
}

#[cfg(test)]
mod tests;
