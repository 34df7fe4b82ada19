//! Parts on disk: the columns of neighbouring fragments, written with them and removed with the first of them.
//!
//! A [`Place`] is where a query reads: a part, or fragments that are in no part. Such fragments come from versions without
//! columns, from parts that are damaged, and from parts of which retention has taken a share.

use std::collections::HashMap;

use lab_storage::{DamageLog, Database, Gone, Head, Owner, StorageError, Unreadable};
use parking_lot::Mutex;
use rusqlite::{Connection, Result, Transaction, params};

use crate::columns::builder::EncodedPart;
use crate::columns::layout::Layout;
use crate::id::TraceId;
use crate::store::buffer::hull;
use crate::store::rows::tables::PART;

/// Fragments outside of parts that are read together.
const TOGETHER: i64 = 1024;

/// Neighbouring fragments that are read together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The numbers of the first and the last fragment.
    pub(crate) fragments: (i64, i64),
    /// From the first start to the last end of all fragments of the same traces, in nanoseconds, as far as they were known
    /// when the columns were written.
    pub(crate) range: (i64, i64),
    pub(crate) has_columns: bool,
}

/// What is known of a fragment by the index.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Indexed {
    pub(crate) id: i64,
    pub(crate) trace_id: TraceId,
    pub(crate) range: (i64, i64),
}

/// Which fragments are in no part.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    uncovered: Mutex<Vec<Place>>,
}

impl Place {
    fn overlaps(&self, range: (i64, i64)) -> bool {
        self.range.0 <= range.1 && self.range.1 >= range.0
    }

    /// How many fragments it has, those that are gone included.
    pub(crate) fn count(&self) -> u64 {
        (self.fragments.1 - self.fragments.0 + 1).max(0).cast_unsigned()
    }
}

impl Parts {
    /// Finds out which fragments, ordered by number, are in no part. Their traces may have others in parts.
    pub(crate) fn find_uncovered(&self, connection: &Connection, fragments: &[Indexed]) -> Result<()> {
        let mut statement = connection.prepare("SELECT owner, id FROM part ORDER BY id")?;
        let parts = statement.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))?;
        let parts = parts.collect::<Result<Vec<_>>>()?;
        let mut parts = parts.into_iter().peekable();
        let is_uncovered = |fragment: &&Indexed| {
            while parts.next_if(|(_, last)| *last < fragment.id).is_some() {}
            parts.peek().is_none_or(|(first, _)| *first > fragment.id)
        };
        let uncovered: Vec<Indexed> = fragments.iter().filter(is_uncovered).copied().collect();
        let mut reach: HashMap<TraceId, (i64, i64)> = uncovered.iter().map(|one| (one.trace_id, one.range)).collect();
        for fragment in fragments {
            if let Some(reach) = reach.get_mut(&fragment.trace_id) {
                *reach = hull(*reach, fragment.range);
            }
        }
        let mut places: Vec<Place> = Vec::new();
        for fragment in &uncovered {
            let range = reach.get(&fragment.trace_id).copied().unwrap_or(fragment.range);
            match places.last_mut().filter(|place| fragment.id - place.fragments.0 < TOGETHER) {
                Some(place) => {
                    place.fragments.1 = fragment.id;
                    place.range = hull(place.range, range);
                }
                None => places.push(Place { fragments: (fragment.id, fragment.id), range, has_columns: false }),
            }
        }
        *self.uncovered.lock() = places;
        Ok(())
    }

    /// The places that overlap a range, of fragments with numbers up to `last`, those that end last first. Of a part that
    /// was put together since and has later fragments, too, those up to `last` are read without its columns.
    pub(crate) fn places(&self, database: &Database, range: (i64, i64), last: i64) -> Result<Vec<Place>, StorageError> {
        let sql = "SELECT owner, id, first, last FROM part INDEXED BY part_by_last
                   WHERE last >= ?1 AND first <= ?2 AND owner <= ?3";
        // Held over the reading: what retention takes out of a part is in one of the two at any time.
        let uncovered = self.uncovered.lock();
        let mut places = database.read(|connection| {
            let mut statement = connection.prepare_cached(sql)?;
            let rows = statement.query_map(params![range.0, range.1, last], place)?;
            rows.collect::<Result<Vec<_>>>()
        })?;
        places.extend(uncovered.iter().filter(|one| one.overlaps(range) && one.fragments.0 <= last));
        drop(uncovered);
        for late in places.iter_mut().filter(|place| place.fragments.1 > last) {
            (late.fragments.1, late.has_columns) = (last, false);
        }
        places.sort_by_key(|place| std::cmp::Reverse(place.range.1));
        Ok(places)
    }

    /// Runs what removes fragments, and notes those that it leaves in no part; no query looks in between.
    pub(crate) fn uncover<T>(
        &self,
        remove: impl FnOnce() -> Result<(T, Vec<Place>), StorageError>,
    ) -> Result<T, StorageError> {
        let mut uncovered = self.uncovered.lock();
        let (removed, left) = remove()?;
        uncovered.extend(left.into_iter().map(|place| Place { has_columns: false, ..place }));
        Ok(removed)
    }

    /// Forgets places whose fragments all have numbers below this one: they are gone.
    pub(crate) fn forget_before(&self, first: i64) {
        self.uncovered.lock().retain(|place| place.fragments.1 >= first);
    }
}

/// Writes a part whose first fragment has this number, with the time over which its traces reach, and how many bytes its
/// spans had.
pub(crate) fn put(
    transaction: &Transaction<'_>,
    part: &EncodedPart,
    first: i64,
    (reach, bytes): ((i64, i64), u64),
) -> Result<()> {
    let last = first + part.fragments.len() as i64 - 1;
    let head =
        Head { first: reach.0, last: reach.1, items: part.rows as u64, bytes, ..PART.head(last, Owner::Number(first)) };
    PART.put(transaction, &head, Some(&part.front), &part.body)
}

/// The front of the part at a place; `None` if it is damaged or gone.
pub(crate) fn layout(database: &Database, damage: &DamageLog, place: Place) -> Result<Option<Layout>, StorageError> {
    let mut found = None;
    database.read(|connection| {
        PART.visit_fronts(connection, damage, ("WHERE id = ?", [place.fragments.1]), |row| {
            if row.head.owner == Owner::Number(place.fragments.0) {
                let layout = Layout::from_bytes(row.front).ok_or(Unreadable::Content)?;
                found = Some(layout).filter(|layout| layout.rows as u64 == row.head.items);
            }
            Ok(())
        })
    })?;
    Ok(found)
}

/// The body of the part at a place; `None` if it is damaged or gone.
pub(crate) fn body(database: &Database, damage: &DamageLog, place: Place) -> Result<Option<Vec<u8>>, StorageError> {
    let mut found = None;
    database.read(|connection| {
        PART.visit(connection, damage, ("WHERE id = ?", [place.fragments.1]), |row| {
            if row.head.owner == Owner::Number(place.fragments.0) {
                found = Some(row.body.to_vec());
            }
            Ok(())
        })
    })?;
    Ok(found)
}

/// Removes the parts of which fragments are gone, and answers those that have others left.
pub(crate) fn remove_with(transaction: &Transaction<'_>, damage: &DamageLog, gone: &[Gone]) -> Result<Vec<Place>> {
    let mut numbers: Vec<i64> = gone.iter().map(|fragment| fragment.id).collect();
    numbers.sort_unstable();
    let (mut left, mut next) = (Vec::new(), numbers.first().copied());
    while let Some(number) = next {
        let sql = "SELECT owner, id, first, last FROM part WHERE id >= ? ORDER BY id LIMIT 1";
        let found = transaction.prepare_cached(sql)?.query_map([number], place)?.next().transpose()?;
        let Some(found) = found else { break };
        let mut after = found.fragments.0;
        if found.fragments.0 <= number {
            PART.delete(transaction, damage, ("id = ?", [found.fragments.1]))?;
            let sql = "SELECT EXISTS (SELECT 1 FROM fragment WHERE id BETWEEN ? AND ?)";
            if transaction.prepare_cached(sql)?.query_row([found.fragments.0, found.fragments.1], |row| row.get(0))? {
                left.push(found);
            }
            after = found.fragments.1 + 1;
        }
        next = numbers.get(numbers.partition_point(|number| *number < after)).copied();
    }
    Ok(left)
}

fn place(row: &rusqlite::Row<'_>) -> Result<Place> {
    Ok(Place { fragments: (row.get(0)?, row.get(1)?), range: (row.get(2)?, row.get(3)?), has_columns: true })
}

#[cfg(test)]
mod tests {
    use lab_storage::Location;

    use super::*;
    use crate::store::rows::tables::SCHEMA;

    /// A database with one part of the fragments 1 to 64.
    fn merged() -> Database {
        let database = Database::open(&Location::Memory, "traces", SCHEMA).expect("opens");
        let part = EncodedPart { fragments: 0..64, rows: 64, front: vec![1], body: vec![1] };
        database.write(|transaction| put(transaction, &part, 1, ((0, 10), 64))).expect("writes");
        database
    }

    fn found(parts: &Parts, database: &Database, last: i64) -> Vec<((i64, i64), bool)> {
        let places = parts.places(database, (0, 10), last).expect("reads");
        places.iter().map(|place| (place.fragments, place.has_columns)).collect()
    }

    #[test]
    fn a_query_that_began_before_parts_were_put_together_reads_the_fragments_it_knows_of() {
        let (parts, database) = (Parts::default(), merged());
        assert_eq!(found(&parts, &database, 64), [((1, 64), true)]);
        assert_eq!(found(&parts, &database, 10), [((1, 10), false)], "the later ones wait for it in memory");
        assert_eq!(found(&parts, &database, 0), []);
    }

    #[test]
    fn fragments_that_retention_leaves_in_no_part_are_in_a_place_at_any_time() {
        let (parts, database) = (Parts::default(), merged());
        std::thread::scope(|scope| {
            let query = parts.uncover(|| {
                let place = found_in(&database);
                database.write(|transaction| transaction.execute("DELETE FROM part", []))?;
                let query = scope.spawn(|| found(&parts, &database, 64));
                // It waits for the list, or begins after it is whole.
                std::thread::yield_now();
                Ok((query, vec![place]))
            });
            assert_eq!(query.expect("removes").join().expect("no panic"), [((1, 64), false)]);
        });
        assert_eq!(found(&parts, &database, 10), [((1, 10), false)]);
    }

    fn found_in(database: &Database) -> Place {
        let sql = "SELECT owner, id, first, last FROM part";
        database.read(|connection| connection.query_row(sql, [], place)).expect("reads")
    }
}
