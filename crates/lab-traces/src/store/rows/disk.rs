//! Every statement on the tables of a trace store.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use lab_storage::journal::position;
use lab_storage::row::catalogue;
use lab_storage::row::verify;
use lab_storage::{Catalogued, DamageLog, Database, Front, Head, Location, Owner, StorageError, TimeUnit, Unreadable};
use parking_lot::Mutex;
use rusqlite::{Connection, Transaction, params};

use crate::columns::builder::{self, EncodedPart};
use crate::columns::layout::Layout;
use crate::id::TraceId;
use crate::protobuf::span_key::span_key;
use crate::store::buffer::{Fragment, Generation, OnDisk, StoredSpan, hull};
use crate::store::index::origin::{Origin, Origins};
use crate::store::index::stored::StoredTraces;
use crate::store::index::summary::Summary;
use crate::store::rows::merge::{self, SmallParts};
use crate::store::rows::parts::{self, Indexed, Parts, Place};
use crate::store::rows::tables::{CATALOGUED, FRAGMENT, ORIGIN, PART, SCHEMA};
use crate::store::rows::{chunk, upgrade};

/// An origin's last use is written at most this often, in nanoseconds.
const LAST_USE_STEP_NS: i64 = 60_000_000_000;
/// Fragments removed in one transaction, so that writers wait only briefly.
const REMOVE_AT_ONCE: i64 = 2_000;

/// A fragment's place and summary, without its spans.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FragmentHead {
    /// Its number; 0 for one that is not on disk yet.
    pub(crate) id: i64,
    pub(crate) trace_id: TraceId,
    pub(crate) start_ns: i64,
    pub(crate) end_ns: i64,
    pub(crate) summary: Summary,
}

/// Which fragments to remove.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Remove {
    /// Those that began before this time.
    StartedBefore(i64),
    /// The oldest, whatever their age.
    Oldest,
}

/// One page of heads.
#[derive(Debug, Default)]
pub(crate) struct HeadPage {
    pub(crate) heads: Vec<FragmentHead>,
    /// Start and number of the last fragment looked at, sound or not; `None` after the last page.
    pub(crate) next_before: Option<(i64, i64)>,
}

/// The database of a trace store.
#[derive(Debug)]
pub(crate) struct Disk {
    database: Database,
    damage: DamageLog,
    next_fragment: AtomicI64,
    parts: Parts,
    small: Mutex<SmallParts>,
    /// False if fragments are written without columns.
    with_columns: bool,
}

impl Disk {
    pub(crate) fn open(location: &Location, with_columns: bool) -> Result<Self, StorageError> {
        let database = Database::open(location, "traces", SCHEMA)?;
        let damage = DamageLog::new(database.name(), "spans", TimeUnit::Nanoseconds);
        upgrade::run(&database, &damage)?;
        verify::at_start(&database, &damage, &CATALOGUED)?;
        let last = database.read(|connection| FRAGMENT.last_id(connection))?;
        let next_fragment = AtomicI64::new(last + 1);
        Ok(Self { database, damage, next_fragment, parts: Parts::default(), small: Mutex::default(), with_columns })
    }

    /// The database, and what is damaged in it.
    pub(crate) fn place(&self) -> (&Database, &DamageLog) {
        (&self.database, &self.damage)
    }

    /// Spans in sound fragments.
    pub(crate) fn spans(&self) -> Result<u64, StorageError> {
        self.database.read(|connection| FRAGMENT.items(connection, &self.damage))
    }

    /// The database, its damage, and the tables that the catalogue has.
    pub(crate) fn catalogued(&self) -> (&Database, &DamageLog, &'static [Catalogued]) {
        (&self.database, &self.damage, &CATALOGUED)
    }

    /// What is damaged.
    pub(crate) fn damage(&self) -> &DamageLog {
        &self.damage
    }

    /// All origins: number, last use, message. Answers the largest number.
    pub(crate) fn origins(&self, mut each: impl FnMut(u32, i64, &[u8])) -> Result<u32, StorageError> {
        self.database.read(|connection| {
            ORIGIN.visit(connection, &self.damage, ("", []), |row| {
                let id = u32::try_from(row.head.id).map_err(|_| Unreadable::Column("id"))?;
                each(id, row.head.last, row.body);
                Ok(())
            })?;
            Ok(u32::try_from(ORIGIN.last_id(connection)?).unwrap_or(u32::MAX))
        })
    }

    /// The traces that have fragments. Finds out on the way which fragments are in no part.
    pub(crate) fn stored_traces(&self) -> Result<StoredTraces, StorageError> {
        let mut fragments: Vec<Indexed> = Vec::new();
        self.database.read(|connection| {
            let mut statement = connection.prepare("SELECT id, owner, first, last FROM fragment")?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let (id, range) = (row.get(0)?, (row.get(2)?, row.get(3)?));
                let owner = row.get_ref(1)?.as_blob().ok().and_then(|id| id.try_into().ok());
                fragments.extend(owner.map(|trace| Indexed { id, trace_id: TraceId(trace), range }));
            }
            fragments.sort_unstable_by_key(|fragment| fragment.id);
            self.parts.find_uncovered(connection, &fragments)
        })?;
        let mut stored = StoredTraces::default();
        for fragment in fragments {
            stored.add(fragment.trace_id, fragment.id);
        }
        Ok(stored)
    }

    /// What is on disk of a trace.
    pub(crate) fn known_of(&self, id: TraceId, origins: &Origins) -> Result<OnDisk, StorageError> {
        let mut known = OnDisk::default();
        self.of_trace(id, origins, |fragment, spans| {
            known.keys.extend(spans.iter().filter_map(|span| span_key(&span.otlp)));
            known.reach = Some(known.reach.map_or(fragment.range, |reach| hull(reach, fragment.range)));
        })?;
        Ok(known)
    }

    /// The number of the oldest fragment, or the number that the next one will get.
    pub(crate) fn first_fragment(&self) -> Result<i64, StorageError> {
        let first = |connection: &Connection| {
            connection.query_row("SELECT min(id) FROM fragment", [], |row| row.get::<_, Option<i64>>(0))
        };
        Ok(self.database.read(first)?.unwrap_or_else(|| self.next_fragment.load(Ordering::Relaxed)))
    }

    /// Stores a generation in one transaction, and up to which record of the journal the tables hold everything then.
    /// Answers the number of its last fragment.
    pub(crate) fn insert(&self, generation: &Generation) -> Result<i64, StorageError> {
        // Packed before the lock is taken. Neighbours in time become neighbours in parts.
        let mut fragments: Vec<&Fragment> = generation.fragments.values().map(AsRef::as_ref).collect();
        fragments.sort_unstable_by_key(|fragment| (fragment.start_ns, fragment.trace_id));
        let packed: Vec<Vec<u8>> = fragments.iter().map(|fragment| chunk::encode(&fragment.spans)).collect();
        let parts = if self.with_columns { builder::parts(&fragments) } else { Vec::new() };
        let first = self.next_fragment.fetch_add(fragments.len() as i64, Ordering::Relaxed);
        let last_uses = last_uses(generation);
        self.database.write(|transaction| {
            for (used, last_ns) in last_uses.values() {
                put_origin(transaction, used, *last_ns)?;
            }
            for ((id, fragment), data) in (first..).zip(&fragments).zip(&packed) {
                put_fragment(transaction, id, fragment, data)?;
            }
            parts.iter().try_for_each(|part| put_part(transaction, part, first, &fragments))?;
            generation.record.map_or(Ok(()), |record| position::put(transaction, record))
        })?;
        for (origin, last_ns) in last_uses.values() {
            origin.stored_until_ns.fetch_max(*last_ns, Ordering::Relaxed);
        }
        let mut small = self.small.lock();
        for part in &parts {
            let range = (first + part.fragments.start as i64, first + part.fragments.end as i64 - 1);
            let reach = reach_of(part, &fragments);
            let rows = fragments[part.fragments.clone()].iter().map(|fragment| builder::weight(fragment)).sum();
            small.note(Place { fragments: range, range: reach, has_columns: true }, rows);
        }
        Ok(first + fragments.len() as i64 - 1)
    }

    /// Puts small parts together where there are enough of them.
    pub(crate) fn merge_small_parts(&self, origins: &Origins) -> Result<(), StorageError> {
        let due = self.small.lock().take_due();
        due.iter().try_for_each(|places| merge::run((&self.database, &self.damage), origins, places))
    }

    /// The spans of a trace's fragments, in the order of their arrival.
    pub(crate) fn of_trace(
        &self,
        id: TraceId,
        origins: &Origins,
        mut each: impl FnMut(Indexed, Vec<StoredSpan>),
    ) -> Result<(), StorageError> {
        // The index by owner has them in another order, and a few rows are sorted faster here than by SQLite.
        let mut fragments: Vec<(Indexed, Vec<StoredSpan>)> = Vec::new();
        self.database.read(|connection| {
            FRAGMENT.visit(connection, &self.damage, ("WHERE owner = ?", [id.0]), |row| {
                let spans = chunk::decode(row.body, origins).ok_or(Unreadable::Content)?;
                if spans.len() as u64 != row.head.items {
                    return Err(Unreadable::Content);
                }
                fragments
                    .push((Indexed { id: row.head.id, trace_id: id, range: (row.head.first, row.head.last) }, spans));
                Ok(())
            })
        })?;
        fragments.sort_unstable_by_key(|(fragment, _)| fragment.id);
        for (fragment, spans) in fragments {
            each(fragment, spans);
        }
        Ok(())
    }

    /// Up to `limit` heads before (start, id), newest first, which overlap the range.
    pub(crate) fn heads(&self, before: (i64, i64), range: (i64, i64), limit: usize) -> Result<HeadPage, StorageError> {
        let condition = "WHERE (first, id) < (?1, ?2) AND first <= ?4 AND last >= ?3
                         ORDER BY first DESC, id DESC LIMIT ?5";
        let mut heads = Vec::new();
        let seen = self.database.read(|connection| {
            let params = params![before.0, before.1, range.0, range.1, limit as i64];
            FRAGMENT.visit_fronts(connection, &self.damage, (condition, params), |row| {
                heads.push(FragmentHead::read(row)?);
                Ok(())
            })
        })?;
        Ok(HeadPage { heads, next_before: seen.last.filter(|_| seen.rows == limit) })
    }

    /// The heads of the fragments from one number to another.
    pub(crate) fn heads_between(&self, (first, last): (i64, i64)) -> Result<Vec<FragmentHead>, StorageError> {
        let mut heads = Vec::new();
        self.database.read(|connection| {
            FRAGMENT.visit_fronts(connection, &self.damage, ("WHERE id BETWEEN ? AND ?", [first, last]), |row| {
                heads.push(FragmentHead::read(row)?);
                Ok(())
            })
        })?;
        Ok(heads)
    }

    /// The latest start of a fragment of this trace that overlaps a range; `None` if none does.
    pub(crate) fn last_start(&self, id: TraceId, range: (i64, i64)) -> Result<Option<i64>, StorageError> {
        let sql = "SELECT max(first) FROM fragment WHERE owner = ?1 AND last >= ?2 AND first <= ?3";
        self.database.read(|connection| {
            connection.prepare_cached(sql)?.query_row(params![id.0, range.0, range.1], |row| row.get(0))
        })
    }

    /// Where spans of a range are, as far as fragments have numbers up to `last`; those that end last first.
    pub(crate) fn places(&self, range: (i64, i64), last: i64) -> Result<Vec<Place>, StorageError> {
        self.parts.places(&self.database, range, last)
    }

    /// The front of the part at a place; `None` if it is damaged or gone.
    pub(crate) fn layout(&self, place: Place) -> Result<Option<Layout>, StorageError> {
        parts::layout(&self.database, &self.damage, place)
    }

    /// The body of the part at a place; `None` if it is damaged or gone.
    pub(crate) fn body(&self, place: Place) -> Result<Option<Vec<u8>>, StorageError> {
        parts::body(&self.database, &self.damage, place)
    }

    /// Shows the spans of the fragments with these numbers.
    pub(crate) fn fragments(
        &self,
        numbers: &[i64],
        origins: &Origins,
        mut each: impl FnMut(TraceId, Vec<StoredSpan>),
    ) -> Result<(), StorageError> {
        self.database.read(|connection| {
            numbers.iter().try_for_each(|number| {
                FRAGMENT.visit(connection, &self.damage, ("WHERE id = ?", [number]), |row| {
                    let Owner::Id(trace_id) = row.head.owner else { return Err(Unreadable::Column("owner")) };
                    each(TraceId(trace_id), chunk::decode(row.body, origins).ok_or(Unreadable::Content)?);
                    Ok(())
                })
            })
        })
    }

    /// The largest number of a fragment so far.
    pub(crate) fn last_fragment(&self) -> i64 {
        self.next_fragment.load(Ordering::Relaxed) - 1
    }

    /// Removes one portion of fragments; returns how many fragments and spans went.
    pub(crate) fn remove(&self, which: Remove) -> Result<(usize, u64), StorageError> {
        let before = match which {
            Remove::StartedBefore(time) => time,
            Remove::Oldest => i64::MAX,
        };
        let condition = "id IN (SELECT id FROM fragment WHERE first < ? ORDER BY first LIMIT ?)";
        let gone = self.parts.uncover(|| {
            self.database.write(|transaction| {
                let gone = FRAGMENT.delete(transaction, &self.damage, (condition, [before, REMOVE_AT_ONCE]))?;
                let left = parts::remove_with(transaction, &self.damage, &gone)?;
                Ok((gone, left))
            })
        })?;
        let mut numbers: Vec<i64> = gone.iter().map(|fragment| fragment.id).collect();
        numbers.sort_unstable();
        self.small.lock().forget(&numbers);
        Ok((gone.len(), gone.iter().map(|row| row.items).sum()))
    }

    /// Forgets what was missing among fragments that ended before this time: all older ones were removed.
    pub(crate) fn forget_before(&self, oldest_ns: i64) -> Result<(), StorageError> {
        self.parts.forget_before(self.first_fragment()?);
        self.database.write(|transaction| {
            catalogue::forget_before(transaction, &FRAGMENT, oldest_ns)?;
            catalogue::forget_before(transaction, &PART, oldest_ns)
        })
    }

    pub(crate) fn remove_origins(&self, ids: &[u32]) -> Result<(), StorageError> {
        self.database.write(|transaction| {
            ids.iter().try_for_each(|id| ORIGIN.delete(transaction, &self.damage, ("id = ?", [id])).map(drop))
        })
    }

    /// Start of the oldest fragment.
    pub(crate) fn oldest_ns(&self) -> Result<Option<i64>, StorageError> {
        let oldest = |connection: &Connection| {
            connection.query_row("SELECT min(first) FROM fragment", [], |row| row.get::<_, Option<i64>>(0))
        };
        self.database.read(oldest)
    }

    /// Bytes of live data.
    pub(crate) fn used_bytes(&self) -> u64 {
        self.database.used_bytes()
    }

    /// True if the data go with the process.
    pub(crate) fn is_in_memory(&self) -> bool {
        self.database.path().is_none()
    }
}

fn put_fragment(transaction: &Transaction<'_>, id: i64, fragment: &Fragment, data: &[u8]) -> rusqlite::Result<()> {
    let head = Head {
        first: fragment.start_ns,
        last: fragment.end_ns,
        items: fragment.spans.len() as u64,
        bytes: bytes_of(fragment),
        ..FRAGMENT.head(id, Owner::Id(fragment.trace_id.0))
    };
    FRAGMENT.put(transaction, &head, Some(&fragment.summary.to_bytes()), data)
}

/// Writes a part of a generation whose first fragment has the number `first`.
fn put_part(
    transaction: &Transaction<'_>,
    part: &EncodedPart,
    first: i64,
    fragments: &[&Fragment],
) -> rusqlite::Result<()> {
    let bytes = fragments[part.fragments.clone()].iter().map(|fragment| bytes_of(fragment)).sum();
    parts::put(transaction, part, first + part.fragments.start as i64, (reach_of(part, fragments), bytes))
}

/// The time over which the traces of a part reach.
fn reach_of(part: &EncodedPart, fragments: &[&Fragment]) -> (i64, i64) {
    fragments[part.fragments.clone()].iter().map(|fragment| fragment.reach).reduce(hull).unwrap_or_default()
}

fn bytes_of(fragment: &Fragment) -> u64 {
    fragment.spans.iter().map(|span| span.otlp.len() as u64).sum()
}

impl FragmentHead {
    fn read(row: Front<'_>) -> Result<Self, Unreadable> {
        let Owner::Id(trace_id) = row.head.owner else { return Err(Unreadable::Column("owner")) };
        Ok(Self {
            id: row.head.id,
            trace_id: TraceId(trace_id),
            start_ns: row.head.first,
            end_ns: row.head.last,
            summary: Summary::from_bytes(row.front),
        })
    }
}

fn put_origin(transaction: &Transaction<'_>, origin: &Origin, last_ns: i64) -> rusqlite::Result<()> {
    let head = ORIGIN.head(i64::from(origin.id), Owner::Number(0));
    let head = Head { last: last_ns, bytes: origin.otlp.len() as u64, ..head };
    ORIGIN.put(transaction, &head, None, &origin.otlp)
}

/// The origins whose last use must be written: new ones, and those used later than was noted.
fn last_uses(generation: &Generation) -> HashMap<u32, (&Arc<Origin>, i64)> {
    let mut uses: HashMap<u32, (&Arc<Origin>, i64)> = HashMap::new();
    for fragment in generation.fragments.values() {
        let rounded = fragment.end_ns.saturating_add(LAST_USE_STEP_NS) / LAST_USE_STEP_NS * LAST_USE_STEP_NS;
        let mut last = None;
        for span in &fragment.spans {
            if last == Some(span.origin.id) {
                continue;
            }
            last = Some(span.origin.id);
            if span.origin.stored_until_ns.load(Ordering::Relaxed) < rounded {
                let entry = uses.entry(span.origin.id).or_insert((&span.origin, rounded));
                entry.1 = entry.1.max(rounded);
            }
        }
    }
    uses
}
