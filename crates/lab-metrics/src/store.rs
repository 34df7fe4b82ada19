//! The sample store: series in memory, samples in compressed chunks, chunks in SQLite.
//!
//! What is appended can be queried at once and is on disk after the next [`MetricStore::flush`], which the
//! binary calls once a second. The newest chunks stay in memory within a bound, older ones are read from
//! disk. Locks, in the order in which they may be taken: upkeep (flush, retention, deletion: one at a
//! time), index, series, lists. Queries hold the index and each series only long enough to take down
//! references, so they never hold up who appends.

mod chunk;
mod delete;
pub mod error;
pub mod exemplar;
mod index;
mod known;
pub mod metadata;
pub mod options;
mod read;
mod resident;
mod retention;
mod series;
mod snapshot;
mod source;
pub mod stats;
mod tables;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use lab_model::{Interrupt, Labels, Matcher, Sample};
use lab_storage::{Database, Location};

use self::error::{AppendError, StoreError};
use self::exemplar::Exemplar;
use self::index::Index;
use self::known::KnownMetadata;
use self::metadata::Metadata;
use self::options::{RetentionLimits, StoreOptions};
use self::read::SampleReader;
use self::resident::Resident;
use self::series::{Pending, Series, SeriesState};
use self::stats::{Counters, MetricStats, add};

/// The store of one lab; share it behind an [`Arc`].
#[derive(Debug)]
pub struct MetricStore {
    options: StoreOptions,
    database: Database,
    index: RwLock<Index>,
    next_series: AtomicI64,
    next_chunk: AtomicI64,
    /// Series that changed since the last commit, each once.
    dirty: Mutex<Vec<Arc<Series>>>,
    resident: Resident,
    metadata: KnownMetadata,
    counters: Counters,
    last_error: Mutex<Option<String>>,
    upkeep: Mutex<()>,
}

/// A series found once, so that further samples need no look-up.
#[derive(Clone, Debug)]
pub struct SeriesRef(Arc<Series>);

impl SeriesRef {
    /// The series' labels.
    pub fn labels(&self) -> &Labels {
        &self.0.labels
    }
}

impl MetricStore {
    /// Opens the database `metrics`, or makes it.
    pub fn open(location: &Location, options: StoreOptions) -> Result<Self, StoreError> {
        let database = Database::open(location, "metrics", tables::SCHEMA)?;
        let loaded = tables::load(&database, options.max_exemplars)?;
        let mut index = Index::default();
        for series in loaded.series {
            index.insert(series);
        }
        Ok(Self {
            options,
            database,
            index: RwLock::new(index),
            next_series: AtomicI64::new(loaded.last_series + 1),
            next_chunk: AtomicI64::new(loaded.last_chunk + 1),
            dirty: Mutex::default(),
            resident: Resident::default(),
            metadata: KnownMetadata::new(loaded.metadata),
            counters: Counters::default(),
            last_error: Mutex::default(),
            upkeep: Mutex::default(),
        })
    }

    /// Appends one sample to the series with these labels, which is made if needed.
    pub fn append(&self, labels: &Labels, sample: Sample) -> Result<(), AppendError> {
        let series = self.series_ref(labels).inspect_err(|error| self.counters.refuse(error.reason(), 1))?;
        self.append_to(&series, sample)
    }

    /// Appends samples in order; those that are refused do not stop the others. Answers how many were
    /// taken, and the first refusal.
    pub fn append_batch(&self, labels: &Labels, samples: &[Sample]) -> (usize, Option<AppendError>) {
        let series = match self.series_ref(labels) {
            Ok(series) => series,
            Err(error) => {
                self.counters.refuse(error.reason(), samples.len());
                return (0, Some(error));
            }
        };
        self.append_all(&series.0, samples)
    }

    /// Finds or makes the series with these labels.
    pub fn series_ref(&self, labels: &Labels) -> Result<SeriesRef, AppendError> {
        if let Some(series) = self.read_index().get(labels) {
            return Ok(SeriesRef(series.clone()));
        }
        self.options.check(labels)?;
        let mut index = self.write_index();
        if let Some(series) = index.get(labels) {
            return Ok(SeriesRef(series.clone()));
        }
        if index.len() >= self.options.max_series {
            return Err(AppendError::SeriesLimit(self.options.max_series));
        }
        let id = self.next_series.fetch_add(1, Ordering::Relaxed);
        let series = Series::new(id, index.intern(labels), SeriesState::default());
        index.insert(series.clone());
        add(&self.counters.series_created, 1);
        Ok(SeriesRef(series))
    }

    /// Appends one sample to a series found before.
    pub fn append_to(&self, series: &SeriesRef, sample: Sample) -> Result<(), AppendError> {
        self.append_all(&series.0, &[sample]).1.map_or(Ok(()), Err)
    }

    /// Keeps an exemplar of the series with these labels, within a bound per series; repetitions of the
    /// newest one and older ones are ignored.
    pub fn append_exemplar(&self, labels: &Labels, exemplar: Exemplar) -> Result<(), AppendError> {
        let series = self.series_ref(labels)?;
        self.append_exemplar_to(&series, exemplar);
        Ok(())
    }

    /// The same for a series found before.
    pub fn append_exemplar_to(&self, series: &SeriesRef, exemplar: Exemplar) {
        let mut state = series.0.state();
        if !state.removed && state.exemplars.push(exemplar, self.options.max_exemplars) {
            add(&self.counters.exemplars, 1);
            self.mark_dirty(&series.0, &mut state);
        }
    }

    /// Says what is known about a metric family.
    pub fn set_metadata(&self, name: &str, metadata: Metadata) {
        self.metadata.set(name, metadata, self.options.max_series);
    }

    /// What is known about metric families, by name; of one family if `name` is given.
    pub fn metadata(&self, name: Option<&str>) -> BTreeMap<String, Metadata> {
        self.metadata.get(name)
    }

    /// Shows each series that meets all matchers with its samples in `start..=end` (ms), once; series
    /// without one there are left out. An error of `visit` ends the selection.
    pub fn select<E: From<StoreError>>(
        &self,
        matchers: &[Matcher],
        (start, end): (i64, i64),
        interrupt: &Interrupt,
        mut visit: impl FnMut(&Labels, &[Sample]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut reader = SampleReader::default();
        let found = self.read_index().select(matchers);
        for series in found {
            if interrupt.is_set() {
                return Err(StoreError::Interrupted.into());
            }
            let samples = reader.read(&self.database, &series, start, end).map_err(StoreError::from)?;
            if !samples.is_empty() {
                visit(&series.labels, samples)?;
            }
        }
        Ok(())
    }

    /// The exemplars in `start..=end` (ms) of the series that meet all matchers.
    pub fn exemplars(&self, matchers: &[Matcher], start: i64, end: i64) -> Vec<(Labels, Vec<Exemplar>)> {
        let found = self.read_index().select(matchers).into_iter();
        let found = found.map(|series| (series.labels.clone(), series.state().exemplars.within(start, end)));
        found.filter(|(_, exemplars)| !exemplars.is_empty()).collect()
    }

    /// The label sets of series that meet all matchers of any of the `sets` and may have samples in
    /// `start..=end` (ms), sorted. No set at all means every series.
    pub fn series(&self, sets: &[Vec<Matcher>], start: i64, end: i64) -> BTreeSet<Labels> {
        let found: Vec<_> = match sets {
            [] => self.read_index().all().cloned().collect(),
            sets => {
                let index = self.read_index();
                sets.iter().flat_map(|matchers| index.select(matchers)).collect()
            }
        };
        found.iter().filter(|series| series.state().overlaps(start, end)).map(|series| series.labels.clone()).collect()
    }

    /// The label names of those series, sorted.
    pub fn label_names(&self, sets: &[Vec<Matcher>], start: i64, end: i64) -> BTreeSet<Arc<str>> {
        if sets.is_empty() && (start, end) == (i64::MIN, i64::MAX) {
            return self.read_index().names();
        }
        let found = self.series(sets, start, end);
        found.iter().flatten().map(|label| label.name.clone()).collect()
    }

    /// The values that a label has in those series, sorted.
    pub fn label_values(&self, name: &str, sets: &[Vec<Matcher>], start: i64, end: i64) -> BTreeSet<Arc<str>> {
        if sets.is_empty() && (start, end) == (i64::MIN, i64::MAX) {
            return self.read_index().values(name);
        }
        let found = self.series(sets, start, end);
        found.iter().flatten().filter(|label| &*label.name == name).map(|label| label.value.clone()).collect()
    }

    /// For each label name the number of its values, and for each value the number of series.
    pub fn cardinality(&self) -> BTreeMap<String, BTreeMap<String, usize>> {
        let index = self.read_index();
        let owned = |(value, series): (&str, usize)| (value.to_owned(), series);
        index.cardinality().map(|(name, values)| (name.to_owned(), values.map(owned).collect())).collect()
    }

    /// Commits what changed since the last call. If that fails, everything stays in memory and goes with a
    /// later commit; beyond the backlog's bound the oldest chunks are dropped and counted.
    pub fn flush(&self) -> Result<(), StoreError> {
        let _upkeep = lock(&self.upkeep);
        let result = self.commit();
        add(if result.is_ok() { &self.counters.flushes } else { &self.counters.flushes_failed }, 1);
        *lock(&self.last_error) = result.as_ref().err().map(ToString::to_string);
        self.evict_resident();
        result
    }

    /// Copies the database into `snapshots/<name>` beside it; answers the copy's path.
    pub fn snapshot(&self, name: &str) -> Result<PathBuf, StoreError> {
        self.flush()?;
        snapshot::write(&self.database, name)
    }

    /// Enforces age and size, oldest first; answers how many samples went. `now` is in ms since the epoch.
    pub fn retain(&self, now: i64, limits: RetentionLimits) -> Result<u64, StoreError> {
        let _upkeep = lock(&self.upkeep);
        let mut evicted = 0;
        if let Some(age) = limits.max_age {
            let cutoff = now.saturating_sub(i64::try_from(age.as_millis()).unwrap_or(i64::MAX));
            let all: Vec<_> = self.read_index().all().cloned().collect();
            let expired = retention::expire(&self.database, &all, cutoff)?;
            evicted += expired.samples;
            self.remove(&expired.empty);
        }
        if let Some(bytes) = limits.max_bytes {
            let all: Vec<_> = self.read_index().all().cloned().collect();
            evicted += retention::shrink(&self.database, &all, bytes)?;
        }
        self.recount_resident();
        add(&self.counters.evicted, evicted);
        Ok(evicted)
    }

    /// Deletes the samples in `start..=end` (ms) of the series that meet all matchers; series that are
    /// empty then go too. Answers how many samples went.
    pub fn delete(&self, matchers: &[Matcher], start: i64, end: i64) -> Result<u64, StoreError> {
        let _upkeep = lock(&self.upkeep);
        let found = self.read_index().select(matchers);
        let (mut deleted, mut empty) = (0, Vec::new());
        for series in found {
            let next_chunk = || self.next_chunk.fetch_add(1, Ordering::Relaxed);
            let (samples, is_empty) = delete::samples(&self.database, &series, start, end, next_chunk)?;
            deleted += samples;
            if is_empty {
                empty.push(series);
            }
        }
        self.remove(&empty);
        self.recount_resident();
        Ok(deleted)
    }

    /// How many series exist, without the cost of [`MetricStore::stats`].
    pub fn series_count(&self) -> usize {
        self.read_index().len()
    }

    /// Counters since the start and sizes now.
    pub fn stats(&self) -> MetricStats {
        let mut stats = MetricStats {
            resident_bytes: self.resident.bytes(),
            disk_bytes: self.database.used_bytes(),
            last_error: lock(&self.last_error).clone(),
            ..MetricStats::default()
        };
        self.counters.report(&mut stats);
        let index = self.read_index();
        stats.series = index.len();
        for series in index.all() {
            let series = series.state();
            stats.oldest = stats.oldest.into_iter().chain(series.oldest).min();
            stats.newest = stats.newest.max(series.last_timestamp());
        }
        stats
    }

    fn append_all(&self, series: &Arc<Series>, samples: &[Sample]) -> (usize, Option<AppendError>) {
        let window_ms = i64::try_from(self.options.out_of_order_window.as_millis()).unwrap_or(i64::MAX);
        let (mut taken, mut first_error, mut sealed_bytes) = ([0_usize; 3], None, Vec::new());
        let mut state = series.state();
        if state.removed {
            // Removed since it was looked up: it is made anew.
            drop(state);
            return self.append_batch(&series.labels, samples);
        }
        for sample in samples {
            match state.append(*sample, window_ms, || self.next_chunk.fetch_add(1, Ordering::Relaxed)) {
                Ok((how, sealed)) => {
                    taken[how as usize] += 1;
                    sealed_bytes.extend(sealed);
                }
                Err(error) => {
                    self.counters.refuse(error.reason(), 1);
                    first_error.get_or_insert(error);
                }
            }
        }
        let [in_order, late, repeated] = taken;
        if in_order + late > 0 {
            self.mark_dirty(series, &mut state);
        }
        drop(state);
        if !sealed_bytes.is_empty() {
            add(&self.counters.sealed, sealed_bytes.len() as u64);
            self.resident.push(series, &sealed_bytes);
        }
        add(&self.counters.appended, (in_order + late) as u64);
        if late > 0 {
            add(&self.counters.late, late as u64);
        }
        if repeated > 0 {
            add(&self.counters.repeated, repeated as u64);
        }
        (in_order + late + repeated, first_error)
    }

    fn mark_dirty(&self, series: &Arc<Series>, state: &mut SeriesState) {
        if !std::mem::replace(&mut state.dirty, true) {
            lock(&self.dirty).push(series.clone());
        }
    }

    fn commit(&self) -> Result<(), StoreError> {
        let dirty = std::mem::take(&mut *lock(&self.dirty));
        let metadata = self.metadata.take_changed();
        if dirty.is_empty() && metadata.is_empty() {
            return Ok(());
        }
        let pending: Vec<Pending> = dirty.iter().filter_map(Pending::take).collect();
        let result = tables::write(&self.database, &pending, &metadata);
        if result.is_ok() {
            pending.into_iter().for_each(Pending::done);
        } else {
            let again = pending.iter().filter(|one| one.failed()).map(|one| one.series.clone());
            lock(&self.dirty).extend(again);
            self.metadata.mark_changed(metadata);
        }
        result.map_err(StoreError::from)
    }

    /// Forgets the oldest sealed chunks beyond the bound: those on disk first of all, lost ones only when
    /// the backlog is full.
    fn evict_resident(&self) {
        let failing = lock(&self.last_error).is_some();
        let bound = if failing { self.options.backlog_bytes } else { self.options.resident_bytes };
        let dropped = self.resident.shrink_to(bound);
        add(&self.counters.dropped, dropped);
    }

    /// Takes stock of the sealed chunks in memory after some of them went.
    fn recount_resident(&self) {
        let all: Vec<_> = self.read_index().all().cloned().collect();
        self.resident.recount(&all);
    }

    fn remove(&self, empty: &[Arc<Series>]) {
        let mut index = self.write_index();
        for series in empty {
            index.remove(series);
        }
        add(&self.counters.series_removed, empty.len() as u64);
    }

    fn read_index(&self) -> RwLockReadGuard<'_, Index> {
        self.index.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_index(&self) -> RwLockWriteGuard<'_, Index> {
        self.index.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// No section under these locks leaves half a change behind if it panics.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
