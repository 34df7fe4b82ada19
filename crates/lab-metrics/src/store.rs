//! The sample store: series in memory, samples in compressed chunks, chunks in SQLite.
//!
//! What is appended can be queried at once and is on disk after the next [`MetricStore::flush`], which the
//! binary calls once a second. The newest chunks stay in memory within a bound, older ones are read from
//! disk. Locks, in the order in which they may be taken: upkeep (flush, retention, deletion: one at a
//! time), the intake's gate, index, series, lists. Queries hold the index and each series only long enough to take down
//! references, so they never hold up who appends.

pub mod append;
mod buffer;
pub mod error;
mod index;
pub mod limits;
mod retain;
mod rows;
mod select;
pub mod stats;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::time::Duration;

use lab_model::{Interrupt, Labels, Matcher, Sample};
use lab_storage::row::verify;
use lab_storage::{
    Account, Balance, Budget, Catalogued, DamageLog, Database, Head, Intake, LabelProblem, Location, Record, Retention,
    SignalStore, StorageError, TimeLimits, TimeUnit, Undecodable, Unreadable, Wait,
};
use parking_lot::{Mutex, RwLock};

use self::append::journal;
use self::append::outbox::Outbox;
use self::append::push::{Push, Pushed, Target};
use self::append::way::Way;
use self::buffer::metadata::KnownMetadata;
use self::buffer::resident::Resident;
use self::buffer::series::Series;
use self::error::{AppendError, INVALID_HISTOGRAM, StoreError};
use self::index::Index;
use self::limits::Limits;
use self::retain::Removal;
use self::rows::commit::Commit;
use self::rows::{load, snapshot, tables, upgrade};
use self::select::{samples, series};
use self::stats::{Counters, MetricStats, add};
use crate::model::exemplar::Exemplar;
use crate::model::histogram_sample::{HistogramSample, Samples};
use crate::model::metadata::Metadata;

/// The store of one lab; share it behind an [`Arc`].
#[derive(Debug)]
pub struct MetricStore {
    limits: Limits,
    database: Database,
    damage: DamageLog,
    account: Account,
    /// Before everything that comes in; with the journal of what was pushed.
    intake: Intake,
    index: RwLock<Index>,
    next_series: AtomicI64,
    next_chunk: AtomicI64,
    /// Series that changed since the last commit, each once.
    dirty: Mutex<Vec<Arc<Series>>>,
    resident: Resident,
    /// For samples that wait for the disk, whatever they are packed into.
    backlog: Budget,
    metadata: KnownMetadata,
    counters: Counters,
    outbox: Outbox,
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
    pub fn open(location: &Location, limits: Limits) -> Result<Self, StorageError> {
        let database = Database::open(location, "metrics", tables::SCHEMA)?;
        let damage = DamageLog::new(database.name(), "samples", TimeUnit::Milliseconds);
        upgrade::run(&database, &damage)?;
        verify::at_start(&database, &damage, &tables::CATALOGUED)?;
        let loaded = load::load(&database, &damage, limits.max_exemplars)?;
        let mut index = Index::default();
        for series in loaded.series {
            index.insert(series);
        }
        let mut store = Self {
            backlog: Budget::new(limits.backlog_bytes as u64),
            limits,
            database,
            damage,
            account: Account::new(0, &AppendError::REASONS),
            intake: Intake::default(),
            index: RwLock::new(index),
            next_series: AtomicI64::new(loaded.last_series + 1),
            next_chunk: AtomicI64::new(loaded.last_chunk + 1),
            dirty: Mutex::default(),
            resident: Resident::default(),
            metadata: KnownMetadata::new(loaded.metadata, loaded.last_metadata),
            counters: Counters::default(),
            outbox: Outbox::default(),
            last_error: Mutex::default(),
            upkeep: Mutex::default(),
        };
        let (format, place) = ((journal::FORMAT, store.backlog.limit()), (&store.database, &store.damage));
        store.intake = Intake::open((location, "metrics"), format, place, |record| store.replay(&record))?;
        store.damage.opened();
        store.counters = Counters::default();
        let kept = store.balance()?;
        store.account = Account::new(kept.kept + kept.damaged, &AppendError::REASONS);
        Ok(store)
    }

    /// Waits for room for more samples, at most `patience`.
    pub fn admit(&self, patience: Duration) -> Result<(), Wait> {
        self.backlog.room_within(patience)
    }

    /// Counts samples whose labels cannot be a label set.
    pub fn refuse(&self, problem: &LabelProblem, samples: usize) {
        let _passage = self.intake.enter();
        self.way_in().refuse(problem.reason(), samples);
    }

    /// Counts a histogram that is none.
    pub fn refuse_histogram(&self) {
        let _passage = self.intake.enter();
        self.way_in().refuse(INVALID_HISTOGRAM, 1);
    }

    /// Adds a series with samples and exemplars to a request that is being put together; answers its place there.
    pub fn add<'a>(
        &self,
        push: &mut Push,
        labels: Labels,
        samples: impl Into<Samples<'a>>,
        exemplars: Vec<Exemplar>,
    ) -> usize {
        let known = self.index.read().get(&labels).cloned();
        let target = known.map_or(Target::New(labels), Target::Known);
        push.add(target, samples.into(), exemplars)
    }

    /// The same for a series found before.
    pub fn add_to<'a>(
        &self,
        push: &mut Push,
        series: &SeriesRef,
        samples: impl Into<Samples<'a>>,
        exemplars: Vec<Exemplar>,
    ) -> usize {
        push.add(Target::Known(series.0.clone()), samples.into(), exemplars)
    }

    /// Keeps a request whose sender can send it again: once this answers, a kill of the process does not lose it. If it
    /// cannot be kept within `patience`, nothing of it is, and the sender is told when to try again.
    pub fn push(&self, push: Push, patience: Duration) -> Result<Pushed, Wait> {
        self.way_in().push(push, patience)
    }

    /// Appends one sample to the series with these labels, which is made if needed.
    pub fn append(&self, labels: &Labels, sample: Sample) -> Result<(), AppendError> {
        self.append_batch(labels, &[sample], &TimeLimits::ANY).1.map_or(Ok(()), Err)
    }

    /// Appends samples in order; those that are refused do not stop the others. Answers how many were
    /// taken, and the first refusal.
    pub fn append_batch(
        &self,
        labels: &Labels,
        samples: &[Sample],
        times: &TimeLimits,
    ) -> (usize, Option<AppendError>) {
        match self.series_ref(labels) {
            Ok(series) => self.way_in().append(&series.0, samples, times),
            Err(error) => {
                let _passage = self.intake.enter();
                self.way_in().refuse(error.reason(), samples.len());
                (0, Some(error))
            }
        }
    }

    /// The series with these labels if there is one. They stand in the order of their names; in another order, nothing is
    /// found.
    pub fn find(&self, labels: &[(&str, &str)]) -> Option<SeriesRef> {
        self.index.read().find(labels).cloned().map(SeriesRef)
    }

    /// Finds or makes the series with these labels.
    pub fn series_ref(&self, labels: &Labels) -> Result<SeriesRef, AppendError> {
        self.way_in().series(labels).map(SeriesRef)
    }

    /// Appends one sample to a series found before.
    pub fn append_to(&self, series: &SeriesRef, sample: Sample) -> Result<(), AppendError> {
        self.way_in().append_dated_here(&series.0, sample).map_or(Ok(()), Err)
    }

    /// The same, for a sample whose time somebody else has set.
    pub fn append_to_within(&self, series: &SeriesRef, sample: Sample, times: &TimeLimits) -> Result<(), AppendError> {
        self.way_in().append(&series.0, &[sample], times).1.map_or(Ok(()), Err)
    }

    /// Appends a native histogram to a series found before.
    pub fn append_histogram_to(&self, series: &SeriesRef, sample: &HistogramSample) -> Result<(), AppendError> {
        self.way_in().append_histogram_dated_here(&series.0, sample)
    }

    /// The same, for a histogram whose time somebody else has set.
    pub fn append_histogram_to_within(
        &self,
        series: &SeriesRef,
        sample: &HistogramSample,
        times: &TimeLimits,
    ) -> Result<(), AppendError> {
        self.way_in().append_histogram(&series.0, sample, times)
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
        self.way_in().exemplar(&series.0, exemplar);
    }

    /// Says what is known about a metric family.
    pub fn set_metadata(&self, name: &str, metadata: Metadata) {
        self.metadata.set(name, metadata, self.limits.max_series);
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
        mut visit: impl FnMut(&Labels, Samples<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let found = self.index.read().select(matchers);
        samples::visit(self.disk(), &found, (start, end), interrupt, &mut visit)
    }

    /// The exemplars in `start..=end` (ms) of the series that meet all matchers.
    pub fn exemplars(
        &self,
        matchers: &[Matcher],
        start: i64,
        end: i64,
    ) -> impl Iterator<Item = (Labels, Vec<Exemplar>)> + use<> {
        series::exemplars(&self.index, matchers, (start, end))
    }

    /// The label sets of series that meet all matchers of any of the `sets` and may have samples in
    /// `start..=end` (ms), sorted. No set at all means every series.
    pub fn series(&self, sets: &[Vec<Matcher>], start: i64, end: i64) -> BTreeSet<Labels> {
        series::within(&self.index, sets, (start, end))
    }

    /// The label names of those series, sorted.
    pub fn label_names(&self, sets: &[Vec<Matcher>], start: i64, end: i64) -> BTreeSet<Arc<str>> {
        series::names(&self.index, sets, (start, end))
    }

    /// The values that a label has in those series, sorted.
    pub fn label_values(&self, name: &str, sets: &[Vec<Matcher>], start: i64, end: i64) -> BTreeSet<Arc<str>> {
        series::values(&self.index, name, sets, (start, end))
    }

    /// Who hears of all that the store takes.
    pub fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// For each label name the number of its values, and for each value the number of series.
    pub fn cardinality(&self) -> BTreeMap<String, BTreeMap<String, usize>> {
        self.index.read().cardinality()
    }

    /// Commits what changed since the last call. If that fails, everything stays in memory and goes with a
    /// later commit; nothing more is taken than there is room for.
    pub fn flush(&self) -> Result<(), StorageError> {
        let _upkeep = self.upkeep.lock();
        let result = self.commit().all();
        add(if result.is_ok() { &self.counters.flushes } else { &self.counters.flushes_failed }, 1);
        *self.last_error.lock() = result.as_ref().err().map(ToString::to_string);
        self.resident.shrink_to(self.limits.resident_bytes);
        result
    }

    /// Copies the database into `snapshots/<name>` beside it; answers the copy's path.
    pub fn snapshot(&self, name: &str) -> Result<PathBuf, StoreError> {
        self.flush()?;
        snapshot::write(&self.database, name)
    }

    /// Enforces age and size, oldest first; answers how many samples went. `now` is in ms since the epoch.
    pub fn retain(&self, now: i64, retention: &Retention) -> Result<u64, StorageError> {
        let _upkeep = self.upkeep.lock();
        self.removal().retain(now, retention)
    }

    /// Deletes the samples in `start..=end` (ms) of the series that meet all matchers; series that are
    /// empty then go too. Answers how many samples went.
    pub fn delete(&self, matchers: &[Matcher], start: i64, end: i64) -> Result<u64, StoreError> {
        let _upkeep = self.upkeep.lock();
        // What is deleted must not come back out of the journal.
        self.commit().all()?;
        self.intake.between_pushes(|_| {
            let found = self.index.read().select(matchers);
            Ok(self.removal().delete(found, (start, end))?)
        })
    }

    /// How many series exist, without the cost of [`MetricStore::stats`].
    pub fn series_count(&self) -> usize {
        self.index.read().len()
    }

    /// Counters since the start and sizes now.
    pub fn stats(&self) -> MetricStats {
        let mut stats = MetricStats {
            resident_bytes: self.resident.bytes(),
            disk_bytes: self.database.used_bytes(),
            last_error: self.intake.last_error().or_else(|| self.last_error.lock().clone()),
            damage: self.damage.report(),
            ..MetricStats::default()
        };
        self.counters.report(&self.account.balance(0, self.damage.items()), &mut stats);
        stats.count(self.index.read().all());
        stats
    }

    fn way_in(&self) -> Way<'_> {
        let Self { limits, intake, backlog: budget, index, next_series, next_chunk, dirty, resident, .. } = self;
        let (metadata, account, counters, outbox) = (&self.metadata, &self.account, &self.counters, &self.outbox);
        Way {
            limits,
            intake,
            budget,
            index,
            next_series,
            next_chunk,
            dirty,
            resident,
            metadata,
            account,
            counters,
            outbox,
        }
    }

    /// Takes in a request that was acknowledged before the store was opened.
    fn replay(&self, record: &Record<'_>) -> Result<(), Undecodable> {
        let (push, orphans) = journal::read(record, |id| self.index.read().numbered(id))?;
        if orphans > 0 {
            let Head { id, first, last, .. } = record.head;
            self.damage.note("journal", id, Unreadable::OwnerMissing, orphans, (first, last));
        }
        self.backlog.add(push.bytes());
        self.way_in().apply(&push);
        if self.backlog.used() > self.backlog.limit() / 2 {
            // A disk that takes nothing is said by the next flush; the record stays where it is.
            let _ = self.commit().up_to(record.head.id.cast_unsigned());
        }
        Ok(())
    }

    fn commit(&self) -> Commit<'_> {
        let Self { database, intake, dirty, metadata, backlog, .. } = self;
        Commit { database, intake, dirty, metadata, backlog }
    }

    fn removal(&self) -> Removal<'_> {
        Removal { disk: self.disk(), way: self.way_in() }
    }

    fn disk(&self) -> (&Database, &DamageLog) {
        (&self.database, &self.damage)
    }
}

impl SignalStore for MetricStore {
    fn flush(&self, _now_ns: i64) -> Result<(), StorageError> {
        Self::flush(self)
    }

    fn retain(&self, now_ns: i64, retention: &Retention) -> Result<u64, StorageError> {
        Self::retain(self, now_ns / 1_000_000, retention)
    }

    fn balance(&self) -> Result<Balance, StorageError> {
        // No flush in between, which would move samples from one count to the other.
        let _upkeep = self.upkeep.lock();
        let count = || self.database.read(|connection| tables::CHUNK.items(connection, &self.damage));
        let (on_disk, damaged) = self.damage.count_beside(count)?;
        // Nothing comes in between the count and the account.
        Ok(self.intake.between_pushes(|_| {
            let index = self.index.read();
            let in_memory: u64 = index.all().map(|series| series.state().unstored_samples()).sum();
            self.account.balance(in_memory + on_disk, damaged)
        }))
    }

    fn account(&self) -> &Account {
        &self.account
    }

    fn intake(&self) -> &Intake {
        &self.intake
    }

    fn place(&self) -> (&Database, &DamageLog, &'static [Catalogued]) {
        (&self.database, &self.damage, &tables::CATALOGUED)
    }

    fn on_half_full(&self, flush_wanted: Box<dyn Fn() + Send + Sync>) {
        self.backlog.on_half_used(flush_wanted);
    }
}
