//! Small parts become larger ones: a lab with little traffic flushes a hundred spans a second, and many small parts cost
//! more to keep and to ask than a few. Parts are made anew from their fragments, each once.

use lab_storage::{DamageLog, Database, Owner, StorageError, Unreadable};

use crate::columns::builder::{self, EncodedPart};
use crate::id::TraceId;
use crate::store::buffer::{Fragment, hull};
use crate::store::index::origin::Origins;
use crate::store::index::summary::Summary;
use crate::store::rows::chunk;
use crate::store::rows::parts::{self, Place};
use crate::store::rows::tables::{FRAGMENT, PART};

/// A part with fewer rows is small.
const SMALL: usize = 4_096;
/// So many small parts are put together.
const TOGETHER: usize = 64;
/// Or fewer, once they have so many rows.
const ENOUGH_ROWS: usize = builder::FULL;
/// Fewer parts than these are not worth the work.
const FEW: usize = 8;

/// Small parts that follow each other, since the last ones were put together.
#[derive(Debug, Default)]
pub(crate) struct SmallParts {
    /// Each with the rows that it counts as.
    run: Vec<(Place, usize)>,
    rows: usize,
    /// Runs that are long enough.
    due: Vec<Vec<Place>>,
}

impl SmallParts {
    /// Notes a part that was written, with the rows that its fragments count as ([`builder::weight`]).
    pub(crate) fn note(&mut self, place: Place, rows: usize) {
        let follows = self.run.last().is_none_or(|(last, _)| last.fragments.1 + 1 == place.fragments.0);
        if !follows || rows >= SMALL {
            self.end_run();
        }
        if rows < SMALL {
            self.run.push((place, rows));
            self.rows += rows;
        }
        if self.run.len() >= TOGETHER || self.rows >= ENOUGH_ROWS {
            self.end_run();
        }
    }

    fn end_run(&mut self) {
        let run = std::mem::take(&mut self.run);
        self.rows = 0;
        if run.len() >= FEW {
            self.due.push(run.into_iter().map(|(place, _)| place).collect());
        }
    }

    /// Forgets the parts that lost one of these fragments, which are ordered by number. A run ends where one was.
    pub(crate) fn forget(&mut self, gone: &[i64]) {
        let is_gone = |place: &Place| {
            let next = gone.get(gone.partition_point(|number| *number < place.fragments.0));
            next.is_some_and(|number| *number <= place.fragments.1)
        };
        for run in std::mem::take(&mut self.due) {
            self.due.extend(run.split(is_gone).filter(|rest| rest.len() >= FEW).map(<[Place]>::to_vec));
        }
        self.rows = 0;
        for (place, rows) in std::mem::take(&mut self.run) {
            if !is_gone(&place) {
                self.note(place, rows);
            }
        }
    }

    /// The runs to be put together.
    pub(crate) fn take_due(&mut self) -> Vec<Vec<Place>> {
        std::mem::take(&mut self.due)
    }
}

/// Puts the parts of a run together, if all of their fragments are sound.
pub(crate) fn run(
    (database, damage): (&Database, &DamageLog),
    origins: &Origins,
    places: &[Place],
) -> Result<(), StorageError> {
    let (Some(first), Some(last)) = (places.first(), places.last()) else { return Ok(()) };
    let numbers = (first.fragments.0, last.fragments.1);
    let fragments = read((database, damage), origins, numbers)?;
    let is_whole = fragments.iter().map(|(number, _)| *number).eq(numbers.0..=numbers.1);
    if !is_whole {
        return Ok(());
    }
    let fragments: Vec<&Fragment> = fragments.iter().map(|(_, fragment)| fragment).collect();
    let merged = builder::parts(&fragments);
    database.write(|transaction| {
        PART.delete(transaction, damage, ("id BETWEEN ? AND ?", [numbers.0, numbers.1]))?;
        merged.iter().try_for_each(|part| {
            let within = &fragments[part.fragments.clone()];
            let bytes = within.iter().flat_map(|fragment| &fragment.spans).map(|span| span.otlp.len() as u64).sum();
            let first = numbers.0 + part.fragments.start as i64;
            parts::put(transaction, part, first, (reach(places, first, part), bytes))
        })
    })
}

/// The fragments with these numbers, as far as they are sound.
fn read(
    (database, damage): (&Database, &DamageLog),
    origins: &Origins,
    (first, last): (i64, i64),
) -> Result<Vec<(i64, Fragment)>, StorageError> {
    let mut fragments = Vec::new();
    database.read(|connection| {
        FRAGMENT.visit(connection, damage, ("WHERE id BETWEEN ? AND ? ORDER BY id", [first, last]), |row| {
            let Owner::Id(trace_id) = row.head.owner else { return Err(Unreadable::Column("owner")) };
            let (start_ns, end_ns) = (row.head.first, row.head.last);
            let spans = chunk::decode(row.body, origins).ok_or(Unreadable::Content)?;
            let (trace_id, summary) = (TraceId(trace_id), Summary::from_bytes(row.front));
            let fragment = Fragment { trace_id, start_ns, end_ns, reach: (start_ns, end_ns), summary, spans };
            fragments.push((row.head.id, fragment));
            Ok(())
        })
    })?;
    Ok(fragments)
}

/// How far the traces of a new part reach: as far as the parts it is made of said.
fn reach(places: &[Place], first: i64, part: &EncodedPart) -> (i64, i64) {
    let last = first + part.fragments.len() as i64 - 1;
    let shared = places.iter().filter(|place| place.fragments.0 <= last && place.fragments.1 >= first);
    shared.map(|place| place.range).reduce(hull).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(first: i64, last: i64) -> Place {
        Place { fragments: (first, last), range: (0, 0), has_columns: true }
    }

    #[test]
    fn runs_end_when_they_are_long_when_a_large_part_comes_and_where_numbers_are_missing() {
        let mut small = SmallParts::default();
        (0..70).for_each(|number| small.note(part(number, number), 10));
        assert_eq!(small.take_due().iter().map(Vec::len).collect::<Vec<_>>(), [64]);
        (70..74).for_each(|number| small.note(part(number, number), 10));
        small.note(part(74, 80), 5_000);
        assert_eq!(small.take_due(), [(64..74).map(|number| part(number, number)).collect::<Vec<_>>()]);
        (81..100).for_each(|number| small.note(part(number * 2, number * 2), 10));
        assert_eq!(small.take_due(), Vec::<Vec<Place>>::new(), "they do not follow each other");
        (0..9).for_each(|number| small.note(part(1000 + number, 1000 + number), 4_000));
        assert_eq!(small.take_due().len(), 1, "many rows are enough");
    }

    #[test]
    fn what_retention_removes_ends_a_run_and_the_parts_after_it_go_on() {
        let mut small = SmallParts::default();
        // Each flush writes a part of two fragments, and retention removes those of seventy flushes ago.
        let mut longest = 0;
        for flush in 0..200 {
            small.note(part(2 * flush, 2 * flush + 1), 10);
            small.forget(&[2 * (flush - 70), 2 * (flush - 70) + 1]);
            longest = small.take_due().iter().map(Vec::len).fold(longest, usize::max);
        }
        assert_eq!(longest, TOGETHER);
        let mut small = SmallParts::default();
        (0..40).for_each(|number| small.note(part(number, number), 10));
        small.forget(&[30]);
        assert_eq!(small.take_due(), [(0..30).map(|number| part(number, number)).collect::<Vec<_>>()]);
        (40..95).for_each(|number| small.note(part(number, number), 10));
        small.forget(&[31, 35, 90]);
        let left = [(36..90).map(|number| part(number, number)).collect::<Vec<_>>()];
        assert_eq!(small.take_due(), left, "of a run that is due, too");
    }
}
