//! The trace store: what arrives is in memory and visible at once, [`TraceStore::flush`] commits it.
//!
//! A row is a *fragment*: all spans of one trace that arrived within one flush, as the bytes they came as.
//! A trace is its fragments merged, each span once. See `store::disk` for the tables.

pub(crate) mod blob;
pub(crate) mod disk;
pub(crate) mod limits;
pub(crate) mod merge;
pub(crate) mod origin;
pub(crate) mod pending;
pub(crate) mod scan;
pub(crate) mod stats;
pub(crate) mod summary;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use lab_storage::{Location, StorageError};

use crate::id::TraceId;
use crate::ingest::request;
use crate::protobuf::fields::WireError;
use crate::store::disk::{Disk, Remove};
use crate::store::limits::{Limits, Retention};
use crate::store::merge::{Merge, StoredTrace};
use crate::store::origin::Origins;
use crate::store::pending::{Generation, Pending};
use crate::store::scan::Candidates;
use crate::store::stats::{Received, TraceStats};
use crate::store::summary::Trait;

/// Why an export request was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// The body is no `ExportTraceServiceRequest`; the sender must not repeat it.
    #[error("{0}")]
    Malformed(#[from] WireError),
    /// The disk does not keep up; the sender should repeat the request later.
    #[error("too many spans wait for the disk; retry later")]
    Busy,
}

/// Spans by trace, in memory and on disk.
#[derive(Debug)]
pub struct TraceStore {
    limits: Limits,
    disk: Disk,
    origins: Origins,
    pending: Mutex<Pending>,
    counters: Mutex<TraceStats>,
    /// Held by whoever moves spans to the disk or removes them there.
    maintenance: Mutex<()>,
}

impl TraceStore {
    /// Opens the store in a directory or in memory.
    pub fn open(location: &Location, limits: Limits) -> Result<Self, StorageError> {
        let disk = Disk::open(location)?;
        let origins = Origins::new(limits.origin_bytes);
        disk.origins(|id, last_ns, otlp| origins.restore(id, otlp, last_ns, request::origin_summary(otlp)))?;
        let store = Self {
            limits,
            disk,
            origins,
            pending: Mutex::default(),
            counters: Mutex::default(),
            maintenance: Mutex::default(),
        };
        store.measure()?;
        Ok(store)
    }

    /// Takes an encoded `ExportTraceServiceRequest` in; its spans are visible to queries at once.
    pub fn append(&self, request: &Bytes, now_ns: i64) -> Result<Received, AppendError> {
        let batch = match request::read(request, &self.origins, &self.limits) {
            Ok(batch) => batch,
            Err(error) => {
                lock(&self.counters).malformed_requests += 1;
                return Err(error.into());
            }
        };
        let mut rejected = batch.rejected;
        let arrived = batch.spans.len() as u64;
        let (too_many, dropped) = {
            let mut pending = lock(&self.pending);
            let mut dropped = 0;
            while pending.bytes() + request.len() as u64 > self.limits.pending_bytes {
                dropped += pending.drop_oldest().ok_or(AppendError::Busy)?;
            }
            (pending.append(batch.spans, now_ns, &self.limits), dropped)
        };
        rejected.merge(&too_many);
        let accepted = arrived - too_many.total();
        let received = Received { accepted, rejected, truncated_attributes: batch.truncated_attributes };
        let mut counters = lock(&self.counters);
        counters.dropped_spans += dropped;
        counters.received.accepted += accepted;
        counters.received.rejected.merge(&rejected);
        counters.received.truncated_attributes += received.truncated_attributes;
        Ok(received)
    }

    /// Commits what waits. After a failure it waits on, within its bound; the next flush tries again.
    pub fn flush(&self, now_ns: i64) -> Result<(), StorageError> {
        let _one_at_a_time = lock(&self.maintenance);
        let generations = lock(&self.pending).seal(now_ns);
        let written = generations.iter().try_for_each(|generation| self.write(generation));
        self.note(written)
    }

    /// Removes what is too old, then the oldest until the rest fits.
    pub fn retain(&self, now_ns: i64, retention: &Retention) -> Result<(), StorageError> {
        let _one_at_a_time = lock(&self.maintenance);
        let removed = self.remove_old(now_ns, retention).and_then(|()| self.measure());
        self.note(removed)
    }

    /// The trace with this id; `None` if no span of it is known.
    pub fn trace(&self, id: TraceId) -> Result<Option<StoredTrace>, StorageError> {
        // Memory first: what is flushed in between is then seen twice, never not at all.
        let waiting = lock(&self.pending).of_trace(id);
        let mut merge = Merge::new(id, &self.limits);
        self.disk.of_trace(id, |_, data| merge.add(blob::decode(data, &self.origins).unwrap_or_default()))?;
        for fragment in waiting {
            merge.add(fragment.spans.iter().cloned());
        }
        Ok(merge.finish())
    }

    /// Walks over traces which began to arrive in a time range, newest fragments first; see [`Candidates`].
    pub fn candidates(&self, start_ns: i64, end_ns: i64, any_of: Vec<Vec<Trait>>) -> Candidates<'_> {
        let pending = lock(&self.pending).all();
        Candidates::new(&self.disk, &pending, (start_ns, end_ns), any_of)
    }

    /// Counters and sizes.
    pub fn stats(&self) -> TraceStats {
        let (pending_spans, pending_bytes) = {
            let pending = lock(&self.pending);
            (pending.spans(), pending.bytes())
        };
        TraceStats { pending_spans, pending_bytes, origins: self.origins.len(), ..lock(&self.counters).clone() }
    }

    fn write(&self, generation: &Arc<Generation>) -> Result<(), StorageError> {
        self.disk.insert(generation)?;
        lock(&self.pending).remove(generation);
        Ok(())
    }

    fn remove_old(&self, now_ns: i64, retention: &Retention) -> Result<(), StorageError> {
        let max_age = i64::try_from(retention.max_age.as_nanos()).unwrap_or(i64::MAX);
        loop {
            let (fragments, spans) = self.disk.remove(Remove::StartedBefore(now_ns.saturating_sub(max_age)))?;
            lock(&self.counters).expired_spans += spans;
            if fragments == 0 {
                break;
            }
        }
        while self.disk.used_bytes() > retention.max_bytes {
            let (fragments, spans) = self.disk.remove(Remove::Oldest)?;
            lock(&self.counters).evicted_spans += spans;
            if fragments == 0 {
                break;
            }
        }
        let oldest_ns = self.disk.oldest_ns()?.unwrap_or(i64::MAX);
        self.origins.forget(oldest_ns, |ids| self.disk.remove_origins(ids))
    }

    fn measure(&self) -> Result<(), StorageError> {
        let (stored_bytes, oldest_ns) = (self.disk.used_bytes(), self.disk.oldest_ns()?);
        let mut counters = lock(&self.counters);
        (counters.stored_bytes, counters.oldest_ns) = (stored_bytes, oldest_ns);
        Ok(())
    }

    /// Keeps the error for the status page, or clears it.
    fn note(&self, result: Result<(), StorageError>) -> Result<(), StorageError> {
        lock(&self.counters).last_error = result.as_ref().err().map(ToString::to_string);
        result
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
