//! The way of pushes into a store: journaled, then applied, and neither seen nor forgotten by a flush in between.

use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::{RwLock, RwLockReadGuard};

use crate::database::{Database, Location};
use crate::error::StorageError;
use crate::journal::fields::Undecodable;
use crate::journal::position;
use crate::journal::record::{Draft, Format, Record};
use crate::journal::replay::{self, Cut};
use crate::journal::writer::Journal;
use crate::row::damage::DamageLog;
use crate::row::unreadable::Unreadable;
use crate::signal::budget::{Budget, Wait};

/// What answers say of a journal whose end was cut off; the log has its place.
const CUT: &str =
    "its journal ended with an incomplete record, which was cut off; what was being pushed at that moment is lost";

/// The gate before a store, with the journal of what passes it. A store in memory has no journal.
#[derive(Debug, Default)]
pub struct Intake {
    /// Held for reading from a record's writing until its items are in the store, for writing while a flush takes down
    /// what there is. So what a flush takes is exactly what the records up to a number hold.
    gate: RwLock<()>,
    journal: Option<Journal>,
    cuts: Vec<Cut>,
    /// True where the store stands in for one whose files are damaged.
    closed: AtomicBool,
}

/// Items on their way through the gate. What is said to be kept is journaled before it is put into the store.
#[derive(Debug)]
pub struct Passage<'a> {
    journal: Option<&'a Journal>,
    closed: bool,
    _gate: RwLockReadGuard<'a, ()>,
}

impl Intake {
    /// Opens the journal beside a database and hands every record to `apply` that the tables do not hold.
    pub fn open(
        (location, signal): (&Location, &str),
        (format, limit): (Format, u64),
        (database, damage): (&Database, &DamageLog),
        apply: impl FnMut(Record<'_>) -> Result<(), Undecodable>,
    ) -> Result<Self, StorageError> {
        let Location::Directory(directory) = location else { return Ok(Self::default()) };
        let after = position::get(database, damage)?;
        let opened = replay::open((directory, signal), (format, limit), after, damage, apply)?;
        if !opened.cuts.is_empty() {
            damage.note_cut(Unreadable::LogCut(CUT));
        }
        Ok(Self { journal: Some(opened.journal), cuts: opened.cuts, ..Self::default() })
    }

    /// Lets items in; no flush takes down what there is until the passage ends.
    pub fn enter(&self) -> Passage<'_> {
        let closed = self.closed.load(Ordering::Relaxed);
        Passage { journal: self.journal.as_ref(), closed, _gate: self.gate.read() }
    }

    /// Refuses all pushes from now on, because what is kept here is gone with the process.
    pub fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
    }

    /// Takes down what there is, by `take`, while nothing comes in. It is told the number of the last record that it
    /// includes, if there is one that no commit has told of.
    pub fn between_pushes<T>(&self, take: impl FnOnce(Option<u64>) -> T) -> T {
        let _gate = self.gate.write();
        take(self.journal.as_ref().filter(|journal| journal.has_news()).map(Journal::rotate))
    }

    /// The tables hold every record up to this number.
    pub fn committed(&self, record: Option<u64>) {
        if let (Some(journal), Some(record)) = (&self.journal, record) {
            journal.committed(record);
        }
    }

    /// Bytes of the journal's files.
    pub fn bytes(&self) -> u64 {
        self.journal.as_ref().map_or(0, Journal::bytes)
    }

    /// Why the journal cannot be written at the moment.
    pub fn last_error(&self) -> Option<String> {
        self.journal.as_ref().and_then(Journal::last_error)
    }

    /// Torn ends that were cut off at the start.
    pub fn cuts(&self) -> &[Cut] {
        &self.cuts
    }
}

impl Passage<'_> {
    /// Writes the record of a push, which `draft` makes, so that a kill of the process does not lose it. A store in memory
    /// has no journal and needs none. If the record cannot be written, nothing of the push may be kept.
    pub fn journal(&self, budget: &Budget, draft: impl FnOnce() -> Draft) -> Result<(), Wait> {
        if self.closed {
            return Err(Wait::DAMAGED);
        }
        let Some(journal) = self.journal else { return Ok(()) };
        let written = journal.write(draft());
        if written.is_err() || journal.is_half_full() {
            budget.call_for_flush();
        }
        written
    }
}
