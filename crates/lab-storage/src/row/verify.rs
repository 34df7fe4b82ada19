//! Comparing the catalogue with the rows when a database is opened.
//!
//! A table is read by the index that queries use, which holds all that a mark covers, so that the bodies of the rows are
//! not touched. If the two disagree, the index is built anew from the rows and compared again; what is missing then is
//! noted as damage. Whoever reads later by this index finds every row, and every row carries its own checksum.

use std::collections::BTreeMap;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Result};

use crate::database::Database;
use crate::error::StorageError;
use crate::row::catalogue::SHIFT;
use crate::row::damage::DamageLog;
use crate::row::mark::Mark;
use crate::row::table::Table;
use crate::row::unreadable::Unreadable;

/// Rows that are read at once by [`walk`], so that the log can be cut in between.
const PORTION: i64 = 200;

/// A table of the catalogue, and the indexes by which it is read.
#[derive(Clone, Copy, Debug)]
pub struct Catalogued {
    pub table: Table,
    /// The index over owner, first, last, items, bytes and checksum; `None` where the table is read without one.
    pub index: Option<&'static str>,
    /// Other indexes, with the columns that they have beside the number.
    pub others: &'static [(&'static str, &'static [&'static str])],
}

/// What a block of rows comes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sum {
    rows: i64,
    marks: i64,
}

/// What the catalogue says of a block.
#[derive(Clone, Copy, Debug, Default)]
struct Line {
    sum: Sum,
    range: (i64, i64),
    /// False if the line is not as it was written.
    sound: bool,
}

/// What is done when a store is opened: the end of its write-ahead log is noted if it is lost, and every table is compared.
pub fn at_start(
    database: &Database,
    damage: &DamageLog,
    tables: &[Catalogued],
) -> std::result::Result<(), StorageError> {
    if database.path().is_none() {
        return Ok(());
    }
    if let Some(problem) = database.left_behind().log_problem {
        damage.note_block("wal", 0, Unreadable::LogCut(problem), (0, 0));
    }
    damage.note_mended(run(database, damage, tables)?);
    Ok(())
}

/// Reads every row of some tables, a portion at a time, and compares its checksum: what nobody has asked for yet is found
/// damaged, too. Ends early when `stop` says so.
pub fn walk(
    database: &Database,
    damage: &DamageLog,
    tables: &[Catalogued],
    stop: &dyn Fn() -> bool,
) -> std::result::Result<(), StorageError> {
    let said: String =
        database.read(|connection| connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)))?;
    if said != "ok" {
        damage.note_block("quick_check", 0, Unreadable::Structure, (0, 0));
    }
    for one in tables {
        let mut after = i64::MIN;
        while !stop() {
            let condition = ("WHERE id > ?1 ORDER BY id LIMIT ?2", [after, PORTION]);
            let last =
                format!("SELECT max(id) FROM (SELECT id FROM {} WHERE id > ?1 ORDER BY id LIMIT ?2)", one.table.name);
            let next = database.read(|connection| {
                one.table.visit(connection, damage, condition, |_| Ok(()))?;
                connection.prepare_cached(&last)?.query_row([after, PORTION], |row| row.get::<_, Option<i64>>(0))
            })?;
            let Some(next) = next else { break };
            after = next;
        }
    }
    Ok(())
}

/// Compares every table, and mends what can be mended. Answers in sentences what was mended.
pub fn run(
    database: &Database,
    damage: &DamageLog,
    tables: &[Catalogued],
) -> std::result::Result<Vec<String>, StorageError> {
    let mut mended = Vec::new();
    for one in tables {
        if agrees(database, one)? {
            continue;
        }
        let structure = database.read(|connection| check_structure(connection, one.table.name))?;
        if structure.is_none() {
            let rebuilt =
                database.write(|transaction| transaction.execute_batch(&format!("REINDEX {}", one.table.name)));
            // On a full disk the index stays as it is, and what it does not lead to is noted as damage.
            if !matches!(rebuilt, Err(StorageError::Full { .. })) {
                rebuilt?;
            }
            if agrees(database, one)? {
                let (name, table) = (database.name(), one.table.name);
                mended.push(format!("{name}: an index of table {table:?} did not match its rows and was built anew"));
                continue;
            }
        }
        note_differences(database, damage, one)?;
    }
    Ok(mended)
}

fn agrees(database: &Database, one: &Catalogued) -> std::result::Result<bool, StorageError> {
    database.read(|connection| {
        let (lines, found) = (lines(connection, &one.table)?, sums(connection, one)?);
        let blocks = lines.keys().chain(found.keys());
        let sound = blocks.into_iter().all(|block| {
            let line = lines.get(block).copied().unwrap_or_default();
            line.sound && line.sum == found.get(block).copied().unwrap_or_default()
        });
        Ok(sound && others_agree(connection, one)?)
    })
}

/// Notes every block in which rows are missing, or not those that were written.
fn note_differences(
    database: &Database,
    damage: &DamageLog,
    one: &Catalogued,
) -> std::result::Result<(), StorageError> {
    let name = one.table.name;
    let (lines, found) = database.read(|connection| Ok((lines(connection, &one.table)?, sums(connection, one)?)))?;
    let mut blocks: Vec<i64> = lines.keys().chain(found.keys()).copied().collect();
    blocks.sort_unstable();
    blocks.dedup();
    for block in blocks {
        let line = lines.get(&block).copied().unwrap_or_default();
        let found = found.get(&block).copied().unwrap_or_default();
        if line.sound && line.sum == found {
            continue;
        }
        let reason = if line.sound {
            Unreadable::Missing { expected: line.sum.rows, found: found.rows }
        } else {
            Unreadable::Uncatalogued
        };
        damage.note_block(name, block << SHIFT, reason, line.range);
    }
    Ok(())
}

/// The catalogue's lines of a table, by block.
fn lines(connection: &Connection, table: &Table) -> Result<BTreeMap<i64, Line>> {
    let sql = "SELECT name, block, rows, marks, first, last, mark FROM catalogue WHERE name = ?";
    let mut statement = connection.prepare_cached(sql)?;
    let (mut rows, mut lines) = (statement.query([table.name])?, BTreeMap::new());
    while let Some(row) = rows.next()? {
        let mark = (0..6).try_fold(Mark::default(), |mark, at| row.get_ref(at).map(|value| mark.with(value)))?;
        let number = |at| row.get_ref(at).map(|value| value.as_i64().unwrap_or_default());
        let sum = Sum { rows: number(2)?, marks: number(3)? };
        let line = Line { sum, range: (number(4)?, number(5)?), sound: number(6)? == mark.number() };
        lines.insert(number(1)?, line);
    }
    Ok(lines)
}

/// What the rows come to as the index has them, by block.
fn sums(connection: &Connection, one: &Catalogued) -> Result<BTreeMap<i64, Sum>> {
    let mut sums: BTreeMap<i64, Sum> = BTreeMap::new();
    scan(connection, one, |id, mark, _| {
        let sum = sums.entry(id >> SHIFT).or_default();
        sum.rows += 1;
        sum.marks += mark;
    })?;
    Ok(sums)
}

/// True if the other indexes have the same rows as the first.
fn others_agree(connection: &Connection, one: &Catalogued) -> Result<bool> {
    for (index, columns) in one.others {
        let place = |column: &&str| COLUMNS.iter().position(|name| name == column);
        let places: Vec<usize> = columns.iter().filter_map(place).collect();
        let (mut first, mut other) = (Sum::default(), Sum::default());
        scan(connection, one, |id, _, row| {
            first.rows += 1;
            first.marks = first.marks.wrapping_add(mark_of(row, places.iter().copied(), id));
        })?;
        let sql = format!("SELECT id, {} FROM {} INDEXED BY {index}", columns.join(", "), one.table.name);
        let mut statement = connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            other.rows += 1;
            other.marks = other.marks.wrapping_add(mark_of(row, 1..=columns.len(), row.get(0)?));
        }
        if first != other {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The mark of a row's number and of the columns at these places.
fn mark_of(row: &rusqlite::Row<'_>, mut places: impl Iterator<Item = usize>, id: i64) -> i64 {
    let number = Mark::default().with(ValueRef::Integer(id));
    let mark = places.try_fold(number, |mark, at| row.get_ref(at).map(|value| mark.with(value)));
    mark.map_or(0, Mark::number)
}

/// What a mark covers, in the order in which it does.
const COLUMNS: [&str; 7] = ["id", "owner", "first", "last", "items", "bytes", "checksum"];

fn scan(connection: &Connection, one: &Catalogued, mut each: impl FnMut(i64, i64, &rusqlite::Row<'_>)) -> Result<()> {
    let by = one.index.map_or_else(|| "NOT INDEXED".to_owned(), |index| format!("INDEXED BY {index}"));
    let sql = format!("SELECT {} FROM {} {by}", COLUMNS.join(", "), one.table.name);
    let mut statement = connection.prepare(&sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let mark =
            (0..COLUMNS.len()).try_fold(Mark::default(), |mark, at| row.get_ref(at).map(|value| mark.with(value)))?;
        each(row.get_ref(0)?.as_i64().unwrap_or_default(), mark.number(), row);
    }
    Ok(())
}

/// What SQLite finds wrong with the pages of a table, if anything: an index must not be rebuilt over such.
fn check_structure(connection: &Connection, table: &str) -> Result<Option<String>> {
    let said: String = connection.query_row(&format!("PRAGMA quick_check({table})"), [], |row| row.get(0))?;
    let of_index = said.contains("index");
    Ok((said != "ok" && !of_index).then_some(said))
}
