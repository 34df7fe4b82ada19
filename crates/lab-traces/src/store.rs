//! The trace store: what arrives is in memory and visible at once, [`TraceStore::flush`] commits it.
//!
//! A row is a *fragment*: all spans of one trace that arrived within one flush, as the bytes they came as.
//! A trace is its fragments merged, each span once. See `rows::tables` for what is on disk.

pub(crate) mod append;
pub(crate) mod buffer;
pub(crate) mod error;
pub(crate) mod index;
pub(crate) mod limits;
pub(crate) mod retain;
pub(crate) mod rows;
pub(crate) mod select;
pub(crate) mod stats;

use std::cmp::Reverse;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use lab_storage::{
    Account, Balance, Budget, Catalogued, DamageLog, Database, Intake, Location, Record, Retention, SignalStore,
    StorageError, Undecodable, Wait,
};
use parking_lot::Mutex;

use crate::id::TraceId;
use crate::ingest::request;
use crate::span_metrics::SpanMetrics;
use crate::store::append::{Places, journal};
use crate::store::buffer::{Buffer, Generation};
use crate::store::error::AppendError;
use crate::store::index::origin::Origins;
use crate::store::index::summary::Trait;
use crate::store::limits::Limits;
use crate::store::rows::disk::Disk;
use crate::store::select::candidates::Candidates;
use crate::store::select::sources::Sources;
use crate::store::select::trace::{Merge, StoredTrace};
use crate::store::stats::{Received, Rejected, Rejection, TraceStats};

/// Spans by trace, in memory and on disk.
#[derive(Debug)]
pub struct TraceStore {
    limits: Limits,
    disk: Disk,
    account: Account,
    /// Before everything that comes in; with the journal of what was pushed.
    intake: Intake,
    origins: Origins,
    buffer: Mutex<Buffer>,
    /// For the spans in the buffer.
    budget: Budget,
    counters: Mutex<Counters>,
    /// What counts the spans that arrive, if they are counted.
    measured: OnceLock<Arc<SpanMetrics>>,
    /// Held by whoever moves spans to the disk or removes them there.
    maintenance: Mutex<()>,
}

/// Counters beside the account.
#[derive(Clone, Debug, Default)]
struct Counters {
    truncated_attributes: u64,
    ahead: u64,
    malformed_requests: u64,
    stored_bytes: u64,
    oldest_ns: Option<i64>,
    last_error: Option<String>,
}

impl TraceStore {
    /// What the store accepts.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Opens the store in a directory or in memory, and takes in what the journal beside it holds.
    pub fn open(location: &Location, limits: Limits) -> Result<Self, StorageError> {
        let disk = Disk::open(location, limits.columns)?;
        let origins = Origins::new(limits.origin_bytes);
        let last =
            disk.origins(|id, last_ns, otlp| origins.restore(id, otlp, last_ns, request::origin_summary(otlp)))?;
        origins.reserve(last);
        let (stored, last_fragment) = (disk.stored_traces()?, disk.last_fragment());
        let mut store = Self {
            account: Account::new(0, &Rejection::COUNTED),
            intake: Intake::default(),
            budget: Budget::new(limits.pending_bytes),
            limits,
            disk,
            origins,
            buffer: Mutex::new(Buffer::new(stored, last_fragment)),
            counters: Mutex::default(),
            measured: OnceLock::new(),
            maintenance: Mutex::default(),
        };
        let (format, place) = ((journal::FORMAT, store.budget.limit()), store.disk.place());
        store.intake = Intake::open((location, "traces"), format, place, |record| store.replay(&record))?;
        *store.counters.lock() = Counters::default();
        let kept = store.balance()?;
        store.account = Account::new(kept.kept + kept.damaged, &Rejection::COUNTED);
        store.measure()?;
        store.disk.damage().opened();
        Ok(store)
    }

    /// Has every span that is taken in from now on counted, once however often it is sent.
    pub fn measure_spans(&self, metrics: Arc<SpanMetrics>) {
        // Who was told first counts them.
        let _ = self.measured.set(metrics);
    }

    /// Says whether there is room for spans at the moment.
    pub fn admit(&self) -> Result<(), Wait> {
        self.budget.room_within(std::time::Duration::ZERO)
    }

    /// Takes an encoded `ExportTraceServiceRequest` in; its spans are visible to queries at once, and once this answers, a
    /// kill of the process does not lose them. If they cannot all be kept, none is.
    pub fn append(&self, request: &Bytes, now_ns: i64) -> Result<Received, AppendError> {
        let batch = request::read(request, &self.origins, &self.limits)
            .inspect_err(|_| self.counters.lock().malformed_requests += 1)?;
        let times = (&self.limits, now_ns);
        let (ahead, other_unit) = append::strange_times(&batch.spans, now_ns);
        let received =
            append::push((request, batch), self.places(), times, &self.account, |error| self.failed(&error))?;
        let mut counters = self.counters.lock();
        counters.truncated_attributes += received.truncated_attributes;
        counters.ahead += ahead;
        if let Some(time) = other_unit {
            self.account.examine_time(time, 1_000_000_000);
        }
        Ok(Received { ahead, other_unit, ..received })
    }

    /// Commits what waits. After a failure it waits on, within its bound; the next flush tries again.
    pub fn flush(&self, now_ns: i64) -> Result<(), StorageError> {
        let _one_at_a_time = self.maintenance.lock();
        let (generations, record) =
            self.intake.between_pushes(|record| (self.buffer.lock().seal(now_ns, record), record));
        let written = self.commit(&generations, record);
        self.note(written.and_then(|()| self.disk.merge_small_parts(&self.origins)))
    }

    /// Removes what is too old, then the oldest until the rest fits. Answers how many spans went.
    pub fn retain(&self, now_ns: i64, retention: &Retention) -> Result<u64, StorageError> {
        let _one_at_a_time = self.maintenance.lock();
        let removed = retain::run(&self.disk, &self.origins, &self.account, (now_ns, retention));
        let removed = removed.and_then(|spans| self.measure().map(|()| spans));
        if let Ok(first) = self.disk.first_fragment() {
            self.buffer.lock().forget_before(first);
        }
        self.note(removed)
    }

    /// The trace with this id; `None` if no span of it is known.
    pub fn trace(&self, id: TraceId) -> Result<Option<StoredTrace>, StorageError> {
        // Memory first: what is flushed in between is then seen twice, never not at all.
        let waiting = self.buffer.lock().of_trace(id);
        let mut merge = Merge::new(id, &self.limits);
        self.disk.of_trace(id, &self.origins, |_, spans| merge.add(spans))?;
        for fragment in waiting {
            merge.add(fragment.spans.iter().cloned());
        }
        Ok(merge.finish())
    }

    /// Walks over traces which began to arrive in a time range, newest fragments first; see [`Candidates`].
    pub fn candidates(&self, start_ns: i64, end_ns: i64, any_of: Vec<Vec<Trait>>) -> Candidates<'_> {
        let pending = self.buffer.lock().all();
        Candidates::new(&self.disk, &pending, (start_ns, end_ns), any_of)
    }

    /// Where the spans of a time range are; `None` if this store has no columns.
    pub(crate) fn sources(&self, range: (i64, i64)) -> Result<Option<Sources<'_>>, StorageError> {
        if !self.limits.columns {
            return Ok(None);
        }
        // Memory first: what is flushed in between has a number above the last one, and counts as waiting.
        let (mut waiting, last) = {
            let buffer = self.buffer.lock();
            (buffer.all(), buffer.last_fragment())
        };
        // Newest first, as on disk, and in the same order whenever it is asked.
        waiting.sort_by_key(|fragment| Reverse((fragment.start_ns, fragment.trace_id)));
        Sources::new((&self.disk, &self.origins, &self.limits), (waiting, last), range).map(Some)
    }

    /// Counters and sizes.
    pub fn stats(&self) -> TraceStats {
        let (pending_spans, pending_bytes) = {
            let buffer = self.buffer.lock();
            (buffer.spans(), buffer.bytes())
        };
        let (balance, counters) = (self.account.balance(0, 0), self.counters.lock().clone());
        let mut rejected = Rejected::default();
        for reason in Rejection::ALL {
            rejected.add(reason, balance.refused[reason.as_str()]);
        }
        TraceStats {
            received: Received {
                accepted: balance.received - balance.repeated - balance.refused_total(),
                repeated: balance.repeated,
                rejected,
                truncated_attributes: counters.truncated_attributes,
                ahead: counters.ahead,
                other_unit: None,
            },
            malformed_requests: counters.malformed_requests,
            refused_for_room: Wait::REASONS.iter().map(|reason| balance.refused[reason]).sum(),
            damage: self.disk.damage().report(),
            expired_spans: balance.evicted_by_age,
            evicted_spans: balance.evicted_by_memory + balance.evicted_by_disk,
            pending_spans,
            pending_bytes,
            stored_bytes: counters.stored_bytes,
            oldest_ns: counters.oldest_ns,
            origins: self.origins.len(),
            last_error: self.intake.last_error().or(counters.last_error),
        }
    }

    fn places(&self) -> Places<'_> {
        let Self { intake, buffer, budget, disk, origins, measured, .. } = self;
        Places { intake, buffer, budget, disk, origins, measured: measured.get().map(AsRef::as_ref) }
    }

    /// Takes in a request that was acknowledged before the store was opened.
    fn replay(&self, record: &Record<'_>) -> Result<(), Undecodable> {
        let (request, now_ns) = (Bytes::copy_from_slice(record.body), journal::arrival(record)?);
        let batch = request::read(&request, &self.origins, &self.limits).map_err(|_| Undecodable)?;
        self.budget.add(append::memory_of_all(&batch.spans));
        append::take(batch, self.places(), (&self.limits, now_ns), &self.account, |error| self.failed(&error));
        if self.budget.used() > self.budget.limit() / 2 {
            let record = Some(record.head.id.cast_unsigned());
            let generations = self.buffer.lock().seal(now_ns, record);
            // A disk that takes nothing is said by the next flush; the record stays where it is.
            let _ = self.commit(&generations, record);
        }
        Ok(())
    }

    fn failed(&self, error: &StorageError) {
        self.counters.lock().last_error = Some(error.to_string());
    }

    /// Writes these generations, with which the tables hold every record of the journal up to the number `record`.
    fn commit(&self, generations: &[Arc<Generation>], record: Option<u64>) -> Result<(), StorageError> {
        for generation in generations {
            let last = self.disk.insert(generation)?;
            self.buffer.lock().remove(generation, last);
            self.budget.give_back(generation.bytes);
        }
        if record.is_some() && generations.last().is_none_or(|last| last.record != record) {
            // Of the newest records no span was kept.
            self.disk.insert(&Generation { record, ..Generation::default() })?;
        }
        self.intake.committed(record);
        Ok(())
    }

    fn measure(&self) -> Result<(), StorageError> {
        let (stored_bytes, oldest_ns) = (self.disk.used_bytes(), self.disk.oldest_ns()?);
        let mut counters = self.counters.lock();
        (counters.stored_bytes, counters.oldest_ns) = (stored_bytes, oldest_ns);
        Ok(())
    }

    /// Keeps the error for the status page, or clears it.
    fn note<T>(&self, result: Result<T, StorageError>) -> Result<T, StorageError> {
        self.counters.lock().last_error = result.as_ref().err().map(ToString::to_string);
        result
    }
}

impl SignalStore for TraceStore {
    fn flush(&self, now_ns: i64) -> Result<(), StorageError> {
        Self::flush(self, now_ns)
    }

    fn retain(&self, now_ns: i64, retention: &Retention) -> Result<u64, StorageError> {
        Self::retain(self, now_ns, retention)
    }

    fn balance(&self) -> Result<Balance, StorageError> {
        // No flush in between, which would move spans from one count to the other.
        let _one_at_a_time = self.maintenance.lock();
        let (on_disk, damaged) = self.disk.damage().count_beside(|| self.disk.spans())?;
        // Under the lock nothing comes in, and nothing is counted as received that is not there yet.
        let buffer = self.buffer.lock();
        Ok(self.account.balance(buffer.spans() + on_disk, damaged))
    }

    fn account(&self) -> &Account {
        &self.account
    }

    fn intake(&self) -> &Intake {
        &self.intake
    }

    fn place(&self) -> (&Database, &DamageLog, &'static [Catalogued]) {
        self.disk.catalogued()
    }

    fn on_half_full(&self, flush_wanted: Box<dyn Fn() + Send + Sync>) {
        self.budget.on_half_used(flush_wanted);
    }
}
