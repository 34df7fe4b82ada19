//! The tables of a trace store and every statement on them.
//!
//! ```text
//! origins(id, last_ns, otlp)                                    resource + scope, once
//! fragments(id, trace_id, start_ns, end_ns, spans, summary, data)   one trace's share of one flush
//! ```

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use lab_storage::{Database, Location, Schema, StorageError};
use rusqlite::{Connection, params};

use crate::id::TraceId;
use crate::store::blob;
use crate::store::origin::Origin;
use crate::store::pending::Generation;
use crate::store::summary::Summary;

const SCHEMA: Schema = Schema(&["
    CREATE TABLE origins (id INTEGER PRIMARY KEY, last_ns INTEGER NOT NULL, otlp BLOB NOT NULL);
    CREATE TABLE fragments (
        id INTEGER PRIMARY KEY, trace_id BLOB NOT NULL, start_ns INTEGER NOT NULL, end_ns INTEGER NOT NULL,
        spans INTEGER NOT NULL, summary BLOB NOT NULL, data BLOB NOT NULL
    );
    CREATE INDEX fragments_by_trace ON fragments (trace_id);
    CREATE INDEX fragments_by_start ON fragments (start_ns);
"]);

/// An origin's last use is written at most this often, in nanoseconds.
const LAST_USE_STEP_NS: i64 = 60_000_000_000;
/// Fragments removed in one transaction, so that writers wait only briefly.
const REMOVE_AT_ONCE: i64 = 2_000;

/// A fragment's place and summary, without its spans.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FragmentHead {
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

/// The database of a trace store.
#[derive(Debug)]
pub(crate) struct Disk(Database);

impl Disk {
    pub(crate) fn open(location: &Location) -> Result<Self, StorageError> {
        Database::open(location, "traces", SCHEMA).map(Self)
    }

    /// All origins: number, last use, message.
    pub(crate) fn origins(&self, mut each: impl FnMut(u32, i64, &[u8])) -> Result<(), StorageError> {
        self.0.read(|connection| {
            let mut statement = connection.prepare("SELECT id, last_ns, otlp FROM origins")?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                each(row.get(0)?, row.get(1)?, row.get_ref(2)?.as_blob()?);
            }
            Ok(())
        })
    }

    /// Stores a generation in one transaction.
    pub(crate) fn insert(&self, generation: &Generation) -> Result<(), StorageError> {
        // Packed before the lock is taken.
        let fragments = generation.fragments.values();
        let packed: Vec<_> = fragments.map(|fragment| (fragment, blob::encode(&fragment.spans))).collect();
        let last_uses = last_uses(generation);
        self.0.write(|transaction| {
            let mut origin = transaction.prepare_cached(
                "INSERT INTO origins VALUES (?1, ?2, ?3) ON CONFLICT (id) DO UPDATE SET last_ns = max(last_ns, ?2)",
            )?;
            for (used, last_ns) in last_uses.values() {
                origin.execute(params![used.id, last_ns, &*used.otlp])?;
            }
            let mut insert = transaction.prepare_cached("INSERT INTO fragments VALUES (NULL, ?, ?, ?, ?, ?, ?)")?;
            for (fragment, data) in &packed {
                let (id, spans) = (fragment.trace_id.0, fragment.spans.len() as i64);
                let (start_ns, end_ns) = (fragment.start_ns, fragment.end_ns);
                insert.execute(params![id, start_ns, end_ns, spans, fragment.summary.to_bytes(), data])?;
            }
            Ok(())
        })?;
        for (origin, last_ns) in last_uses.values() {
            origin.stored_until_ns.fetch_max(*last_ns, Ordering::Relaxed);
        }
        Ok(())
    }

    /// The blobs of a trace's fragments, in the order of their arrival.
    pub(crate) fn of_trace(&self, id: TraceId, mut each: impl FnMut(i64, &[u8])) -> Result<(), StorageError> {
        self.0.read(|connection| {
            let sql = "SELECT id, data FROM fragments WHERE trace_id = ? ORDER BY id";
            let mut statement = connection.prepare_cached(sql)?;
            let mut rows = statement.query([id.0])?;
            while let Some(row) = rows.next()? {
                each(row.get(0)?, row.get_ref(1)?.as_blob()?);
            }
            Ok(())
        })
    }

    /// Up to `limit` heads before (start, id), newest first, which overlap the range.
    pub(crate) fn heads(
        &self,
        before: (i64, i64),
        range: (i64, i64),
        limit: usize,
    ) -> Result<Vec<FragmentHead>, StorageError> {
        self.0.read(|connection| {
            let sql = "SELECT id, trace_id, start_ns, end_ns, summary FROM fragments
                       WHERE (start_ns, id) < (?1, ?2) AND start_ns <= ?4 AND end_ns >= ?3
                       ORDER BY start_ns DESC, id DESC LIMIT ?5";
            let mut statement = connection.prepare_cached(sql)?;
            let rows = statement.query_map(params![before.0, before.1, range.0, range.1, limit as i64], |row| {
                Ok(FragmentHead {
                    id: row.get(0)?,
                    trace_id: TraceId(row.get(1)?),
                    start_ns: row.get(2)?,
                    end_ns: row.get(3)?,
                    summary: Summary::from_bytes(row.get_ref(4)?.as_blob()?),
                })
            })?;
            rows.collect()
        })
    }

    /// Removes one portion of fragments; returns how many fragments and spans went.
    pub(crate) fn remove(&self, which: Remove) -> Result<(usize, u64), StorageError> {
        let before = match which {
            Remove::StartedBefore(time) => time,
            Remove::Oldest => i64::MAX,
        };
        self.0.write(|transaction| {
            let sql = "DELETE FROM fragments WHERE id IN
                       (SELECT id FROM fragments WHERE start_ns < ? ORDER BY start_ns LIMIT ?) RETURNING spans";
            let mut statement = transaction.prepare_cached(sql)?;
            let spans = statement.query_map([before, REMOVE_AT_ONCE], |row| row.get::<_, i64>(0))?;
            spans.into_iter().try_fold((0, 0), |(rows, sum), spans| Ok((rows + 1, sum + spans? as u64)))
        })
    }

    /// Removes origins.
    pub(crate) fn remove_origins(&self, ids: &[u32]) -> Result<(), StorageError> {
        self.0.write(|transaction| {
            let mut statement = transaction.prepare_cached("DELETE FROM origins WHERE id = ?")?;
            ids.iter().try_for_each(|id| statement.execute([id]).map(drop))
        })
    }

    /// Start of the oldest fragment.
    pub(crate) fn oldest_ns(&self) -> Result<Option<i64>, StorageError> {
        let oldest = |connection: &Connection| {
            connection.query_row("SELECT min(start_ns) FROM fragments", [], |row| row.get::<_, Option<i64>>(0))
        };
        self.0.read(oldest)
    }

    /// Bytes of live data.
    pub(crate) fn used_bytes(&self) -> u64 {
        self.0.used_bytes()
    }
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
