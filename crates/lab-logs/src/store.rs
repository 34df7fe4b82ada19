//! The log store: entries go to memory at once, where queries see them, and to SQLite once a second.
//!
//! * [`LogStore::append`] checks and keeps entries; [`LogStore::flush`] writes what is new.
//! * [`LogStore::select`] fixes what a query sees, [`LogStore::load`] makes a part of it readable.
//! * [`LogStore::retain`] removes what is too old or too much; [`LogStore::stats`] counts everything.
//!
//! Consistency between memory and disk: a selection is taken under the lock. It holds the entries in memory,
//! leaves out the rows of open chunks (memory has them) and every row numbered from `visible_below` on (a flush
//! is writing them, so memory still has those too).

mod append;
mod buffer;
pub mod limits;
mod repeated;
mod retain;
pub(crate) mod rows;
pub mod select;
pub mod stats;
mod take;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;
use std::time::Duration;

use lab_model::{Labels, Matcher};
use lab_storage::row::verify;
use lab_storage::{
    Account, Balance, Budget, Catalogued, DamageLog, Database, Evicted, Intake, Location, Record, Retention,
    SignalStore, StorageError, TimeUnit, Undecodable, Unreadable, Wait,
};
use parking_lot::{MappedMutexGuard, Mutex, MutexGuard, RwLock};

use crate::record::Entry;
use crate::store::append::{Batch, Rules, journal};
use crate::store::buffer::stream::memory_of;
use crate::store::buffer::streams::{Pending, Streams};
use crate::store::limits::{Limits, Policy};
use crate::store::repeated::{Finder, Searched};
use crate::store::retain::places::Places;
use crate::store::rows::load::StoredFront;
use crate::store::rows::{flush, load, tables, upgrade};
use crate::store::select::mask::Mask;
use crate::store::select::{Loaded, Part, Selection, Source, Taken, Wanted};
use crate::store::stats::{Appended, Counters, Reason, Stats};

/// Streams and their entries, in memory and on disk.
#[derive(Debug)]
pub struct LogStore {
    database: Database,
    damage: DamageLog,
    account: Account,
    /// Before everything that comes in; with the journal of what was pushed.
    intake: Intake,
    limits: Limits,
    streams: Mutex<Streams>,
    /// Lines that queries must not see any more.
    masks: RwLock<Arc<[Arc<Mask>]>>,
    /// Finds entries that are in sealed chunks already.
    finder: Finder,
    /// For the entries in memory.
    budget: Arc<Budget>,
    /// Held by the one flush or retention that runs; the number of the next chunk row.
    next_chunk: Mutex<i64>,
}

impl LogStore {
    /// Opens (or makes) the database `logs` at this place, and takes in what the journal beside it holds.
    pub fn open(location: &Location, limits: Limits) -> Result<Self, StorageError> {
        let database = Database::open(location, "logs", tables::SCHEMA)?;
        let damage = DamageLog::new(database.name(), "lines", TimeUnit::Nanoseconds);
        upgrade::run(&database, &damage)?;
        verify::at_start(&database, &damage, &tables::CATALOGUED)?;
        let loaded = load::streams(&database, &damage)?;
        let budget = Arc::new(Budget::new(limits.memory_bytes as u64));
        let mut store = Self {
            database,
            damage,
            account: Account::new(0, &Reason::COUNTED),
            intake: Intake::default(),
            limits,
            masks: RwLock::new(Arc::new([])),
            finder: Finder::default(),
            next_chunk: Mutex::new(loaded.last_chunk + 1),
            streams: Mutex::new(Streams::new(loaded, budget.clone())),
            budget,
        };
        let (format, place) = ((journal::FORMAT, store.budget.limit()), (&store.database, &store.damage));
        store.intake = Intake::open((location, "logs"), format, place, |record| store.replay(&record))?;
        store.damage.opened();
        store.streams.lock().counters = Counters::default();
        let kept = store.balance()?;
        store.account = Account::new(kept.kept + kept.damaged, &Reason::COUNTED);
        Ok(store)
    }

    /// Keeps entries that nobody can send again, each with the labels of its stream; queries see them from now on.
    /// If there is no room for all of them, none is kept, which is counted.
    pub fn append(&self, entries: impl IntoIterator<Item = (Labels, Entry)>, policy: &Policy) -> Appended {
        self.append_or_drop(entries.into_iter().collect(), policy, false)
    }

    /// The same, and a kill of the process does not lose them once this answers, unless the disk takes nothing.
    pub fn append_lasting(&self, entries: Vec<(Labels, Entry)>, policy: &Policy) -> Appended {
        self.append_or_drop(entries, policy, true)
    }

    fn append_or_drop(&self, entries: Vec<(Labels, Entry)>, policy: &Policy, lasts: bool) -> Appended {
        let drop_all = |wait: &Wait| self.refuse(entries.len(), *wait).dropped += entries.len() as u64;
        let Ok(bytes) = self.take_room(&entries, Duration::ZERO).inspect_err(drop_all) else {
            return Appended { rejected: entries.len(), ..Appended::default() };
        };
        let mut batch = append::check(entries, Rules { policy, limits: &self.limits });
        let passage = self.intake.enter();
        if lasts {
            append::refuse_streams(&self.streams.lock(), &mut batch, &self.limits);
            // What the journal cannot take is better kept in memory than not at all; the failure is counted there.
            let _ = passage.journal(&self.budget, || journal::draft(&batch.runs, policy));
        }
        let appended = self.take(batch);
        drop(passage);
        self.budget.give_back(bytes);
        appended
    }

    /// Waits for room for more entries, at most `patience`.
    pub fn admit(&self, patience: Duration) -> Result<(), Wait> {
        self.budget.room_within(patience)
    }

    /// Keeps entries of a sender that can send them again: once this answers, a kill of the process does not lose them. If
    /// they cannot all be kept within `patience`, none is, and the sender is told when to try again.
    pub fn append_or_wait(
        &self,
        entries: Vec<(Labels, Entry)>,
        policy: &Policy,
        patience: Duration,
    ) -> Result<Appended, Wait> {
        let items = entries.len();
        let bytes = self.take_room(&entries, patience).inspect_err(|wait| drop(self.refuse(items, *wait)))?;
        let mut batch = append::check(entries, Rules { policy, limits: &self.limits });
        let passage = self.intake.enter();
        append::refuse_streams(&self.streams.lock(), &mut batch, &self.limits);
        let journaled = passage.journal(&self.budget, || journal::draft(&batch.runs, policy));
        let appended = journaled.map(|()| self.take(batch));
        drop(passage);
        self.budget.give_back(bytes);
        appended.inspect_err(|wait| drop(self.refuse(items, *wait)))
    }

    /// Sends the entries of a batch to their streams, without those that are in sealed chunks already. Chunks are read
    /// without the lock; whatever was sealed meanwhile is read, too, before anything is taken.
    fn take(&self, mut batch: Batch) -> Appended {
        let mut searched = Searched::default();
        loop {
            let mut streams = self.streams.lock();
            let left = searched.left(&streams, &batch);
            if left.is_empty() {
                return append::take(&mut streams, batch, &self.limits, &self.account);
            }
            drop(streams);
            let place = (&self.database, &self.damage);
            if let Err(error) = self.finder.take_out(place, &mut batch, left, &mut searched) {
                // What cannot be compared is taken: better twice than not at all.
                let mut streams = self.streams.lock();
                streams.counters.last_error = Some(error.to_string());
                return append::take(&mut streams, batch, &self.limits, &self.account);
            }
        }
    }

    /// Writes what has arrived since the last flush. If that fails, it stays in memory for the next one.
    pub fn flush(&self) -> Result<(), StorageError> {
        let mut next_chunk = self.next_chunk.lock();
        let (pending, record) = self.intake.between_pushes(|record| (self.streams.lock().begin_flush(), record));
        self.commit(&mut next_chunk, &pending, record)
    }

    /// Removes what is older, or more, than `retention` allows at `now` (ns), oldest first. Answers how many entries
    /// went.
    pub fn retain(&self, now: i64, retention: &Retention) -> Result<u64, StorageError> {
        let mut next_chunk = self.next_chunk.lock();
        // What was pushed stands in the tables before anything goes: an entry that came twice would come back from the
        // journal after a kill. A disk too full for that is a reason more to remove something; the failure is counted.
        let (pending, record) = self.intake.between_pushes(|record| (self.streams.lock().begin_flush(), record));
        let _ = self.commit(&mut next_chunk, &pending, record);
        let places = self.places();
        let (full, mut total) = (if self.database.path().is_some() { Evicted::Disk } else { Evicted::Memory }, 0);
        let result = retain::run(places, &self.limits, now, retention, |removed| {
            self.account.evict(Evicted::Age, removed.by_age);
            self.account.evict(full, removed.by_size);
            self.streams.lock().counters.evicted_bytes += removed.bytes;
            total += removed.by_age + removed.by_size;
        });
        if let Err(error) = &result {
            self.streams.lock().counters.last_error = Some(error.to_string());
        }
        result.map(|()| total)
    }

    /// The bounds of the store.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Counters since the store was opened, and gauges.
    pub fn stats(&self) -> Stats {
        let (balance, damage) = (self.account.balance(0, self.damage.items()), self.damage.report());
        let streams = self.streams.lock();
        let counters = streams.counters.clone();
        Stats {
            received: balance.received,
            received_bytes: counters.received_bytes,
            duplicates: balance.repeated,
            truncated: counters.truncated,
            rejected: Reason::ALL.map(|reason| balance.refused[reason.as_str()]),
            refused_for_room: Wait::REASONS.iter().map(|reason| balance.refused[reason]).sum::<u64>()
                - counters.dropped,
            dropped: counters.dropped,
            evicted: balance.evicted(),
            evicted_bytes: counters.evicted_bytes,
            deleted: balance.deleted,
            damage,
            flush_failures: counters.flush_failures,
            last_error: self.intake.last_error().or(counters.last_error),
            streams: streams.len() as u64,
            memory_entries: streams.entries(),
            memory_bytes: streams.bytes() as u64,
            unflushed: streams.unflushed(),
            disk_bytes: self.database.used_bytes(),
            oldest: self.database.read(tables::oldest).ok().flatten(),
        }
    }

    /// What there is from `start` to `end` (ns, both included) in the streams that meet every matcher.
    pub fn select(&self, matchers: &[Matcher], start: i64, end: i64) -> Result<Selection, StorageError> {
        let masks = self.masks.read().clone();
        take::selection(self.places(), &masks, (matchers, Taken::Entries), (start, end))
    }

    /// The same for whoever only asks how much there is: entries in memory are counted, not shown.
    pub(crate) fn measure(&self, matchers: &[Matcher], start: i64, end: i64) -> Result<Selection, StorageError> {
        let masks = self.masks.read().clone();
        take::selection(self.places(), &masks, (matchers, Taken::Measures), (start, end))
    }

    /// Hides these lines from queries, and no others any more.
    pub fn hide(&self, masks: Vec<Arc<Mask>>) {
        *self.masks.write() = masks.into();
    }

    /// Deletes lines for good, and counts them. Answers whether all are gone: those that came while it was at work stay in
    /// memory until the next time, those in a chunk that cannot be read until retention removes the chunk. If it fails
    /// midway, what went until then is counted.
    pub fn erase(&self, mask: &Mask) -> Result<bool, StorageError> {
        let mut next_chunk = self.next_chunk.lock();
        // What is deleted must not come back out of the journal.
        let (pending, record) = self.intake.between_pushes(|record| (self.streams.lock().begin_flush(), record));
        self.commit(&mut next_chunk, &pending, record)?;
        self.streams.lock().close(|stream| mask.concerns(&stream.labels));
        let (places, mut rewritten) = (self.places(), HashSet::new());
        let ran = retain::erase::run(places, mask, |step| {
            self.finder.forget(&step.chunks);
            self.account.delete(step.lines);
            rewritten.extend(step.chunks.iter().copied());
        });
        // A push that came meanwhile may have been compared with a chunk as it was before. Its lines were taken for repeated
        // ones, and only the journal has them: after a kill they would come back from there.
        let (pending, record, in_memory) = self.intake.between_pushes(|record| {
            self.finder.forget(&rewritten);
            let mut streams = self.streams.lock();
            let in_memory = retain::erase::in_memory(&streams, mask);
            (streams.begin_flush(), record, in_memory)
        });
        let committed = self.commit(&mut next_chunk, &pending, record);
        let is_whole = ran?;
        committed?;
        retain::forget_empty(places)?;
        let is_left = in_memory.iter().any(|(labels, entry)| mask.hides_entry(labels, entry));
        Ok(is_whole && !is_left)
    }

    /// Makes a part readable; nothing if it has been removed meanwhile, is damaged (which is counted and reported), or
    /// surely has no line of those that are looked for.
    pub fn load<'a>(&self, part: &'a Part, wanted: Wanted<'_>) -> Result<Option<Loaded<'a>>, StorageError> {
        let (id, masked) = match &part.source {
            Source::Memory(entries) => return Ok(Some(Loaded::memory(entries))),
            Source::Counted => return Ok(None),
            Source::Chunk(id) => (*id, None),
            Source::Masked(id, masked) => (*id, Some(masked)),
        };
        self.database.read(|connection| {
            if !wanted.is_anything()
                && let Some(front) = load::front(connection, &self.damage, id)?
                && !front.read().is_ok_and(|front| wanted.may_be_in(&front))
            {
                return Ok(None);
            }
            let loaded = load::chunk(connection, &self.damage, id)?;
            if loaded.is_none() && !self.damage.knows(tables::CHUNK.name, id) && self.streams.lock().has_sealed(id) {
                self.damage.note_block(tables::CHUNK.name, id, Unreadable::Lost, (part.first, part.last));
            }
            Ok(loaded.map(|chunk| match masked {
                None => Loaded::chunk(chunk),
                Some(masked) => Loaded::masked(chunk, masked),
            }))
        })
    }

    /// What is known of a chunk without reading its lines; nothing if the part is in memory, or the chunk has been removed
    /// meanwhile or is damaged.
    pub(crate) fn front(&self, part: &Part) -> Result<Option<StoredFront>, StorageError> {
        let Source::Chunk(id) = part.source else { return Ok(None) };
        self.database.read(|connection| load::front(connection, &self.damage, id))
    }

    /// True if the part is a chunk on disk of which no damage is known: then it has as many entries as it says.
    pub(crate) fn is_sound_chunk(&self, part: &Part) -> bool {
        matches!(part.source, Source::Chunk(id) if !self.damage.knows(tables::CHUNK.name, id))
    }

    /// Notes a chunk that turned out to be damaged while it was read.
    pub fn note_damage(&self, part: &Part) {
        if let Some(id) = part.source.chunk() {
            self.damage.note(tables::CHUNK.name, id, Unreadable::Content, part.entries, (part.first, part.last));
        }
    }

    /// Labels of the streams that meet every matcher and have entries from `start` to `end` (ns), sorted.
    pub fn series(&self, matchers: &[Matcher], start: i64, end: i64) -> Result<Vec<Labels>, StorageError> {
        take::series(self.places(), matchers, (start, end))
    }

    /// The label names of [`LogStore::series`] and the values of each, both sorted.
    pub fn labels(
        &self,
        matchers: &[Matcher],
        start: i64,
        end: i64,
    ) -> Result<BTreeMap<String, BTreeSet<String>>, StorageError> {
        let mut names: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for label in self.series(matchers, start, end)?.iter().flatten() {
            names.entry(label.name.to_string()).or_default().insert(label.value.to_string());
        }
        Ok(names)
    }

    fn places(&self) -> Places<'_> {
        Places { database: &self.database, damage: &self.damage, streams: &self.streams }
    }

    /// Takes room for entries from the budget; answers how many bytes.
    fn take_room(&self, entries: &[(Labels, Entry)], patience: Duration) -> Result<u64, Wait> {
        let bytes = entries.iter().map(|(_, entry)| memory_of(entry) as u64).sum();
        if self.budget.take(bytes).is_err() {
            // What is on disk already need not stay.
            self.streams.lock().close(|_| true);
            self.budget.take_within(bytes, patience)?;
        }
        Ok(bytes)
    }

    /// Counts entries that could not be kept; the counters are for whoever wants to count more.
    fn refuse(&self, entries: usize, wait: Wait) -> MappedMutexGuard<'_, Counters> {
        let streams = self.streams.lock();
        self.account.receive(entries as u64);
        self.account.refuse(wait.reason(), entries as u64);
        MutexGuard::map(streams, |streams| &mut streams.counters)
    }

    fn apply(&self, entries: Vec<(Labels, Entry)>, policy: &Policy) -> Appended {
        self.take(append::check(entries, Rules { policy, limits: &self.limits }))
    }

    /// Takes in a push that was acknowledged before the store was opened.
    fn replay(&self, record: &Record<'_>) -> Result<(), Undecodable> {
        let (entries, policy) = journal::read(record)?;
        self.apply(entries, &policy);
        if self.budget.used() > self.budget.limit() / 2 {
            let (mut next_chunk, pending) = (self.next_chunk.lock(), self.streams.lock().begin_flush());
            // A disk that takes nothing is said by the next flush; the record stays where it is.
            let _ = self.commit(&mut next_chunk, &pending, Some(record.head.id.cast_unsigned()));
        }
        Ok(())
    }

    /// Writes these entries, with which the tables hold every record of the journal up to the number `record`.
    fn commit(&self, next_chunk: &mut i64, pending: &[Pending], record: Option<u64>) -> Result<(), StorageError> {
        let packed = flush::pack(pending, self.limits.chunk_bytes, *next_chunk);
        let nothing = pending.is_empty() && record.is_none();
        let written = if nothing { Ok(()) } else { flush::write(&self.database, pending, &packed, record) };
        let mut streams = self.streams.lock();
        if let Err(error) = written {
            streams.abandon_flush(pending);
            streams.counters.flush_failures += 1;
            streams.counters.last_error = Some(error.to_string());
            return Err(error);
        }
        for (one, packed) in pending.iter().zip(&packed.streams) {
            streams.end_flush(one, (packed.keep, packed.open_row), &packed.sealed());
        }
        *next_chunk = packed.next_chunk;
        streams.visible_below = packed.next_chunk;
        streams.counters.last_error = None;
        if streams.bytes() > self.limits.memory_bytes / 2 {
            streams.close(|_| true);
        }
        drop(streams);
        self.intake.committed(record);
        Ok(())
    }
}

impl SignalStore for LogStore {
    fn flush(&self, _now_ns: i64) -> Result<(), StorageError> {
        Self::flush(self)
    }

    fn retain(&self, now_ns: i64, retention: &Retention) -> Result<u64, StorageError> {
        Self::retain(self, now_ns, retention)
    }

    fn balance(&self) -> Result<Balance, StorageError> {
        // No flush in between, which would move entries from one count to the other.
        let _one_at_a_time = self.next_chunk.lock();
        let count = || self.database.read(|connection| tables::CHUNK.items(connection, &self.damage));
        let (on_disk, damaged) = self.damage.count_beside(count)?;
        // Under the lock nothing comes in, and nothing is counted as received that is not there yet.
        let streams = self.streams.lock();
        Ok(self.account.balance(streams.unflushed() + on_disk, damaged))
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
        self.budget.on_half_used(flush_wanted);
    }
}

#[cfg(test)]
mod tests;
