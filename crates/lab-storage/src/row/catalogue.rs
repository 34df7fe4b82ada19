//! The catalogue: how many rows each table has, and the sum of their marks, by blocks of 1,024 numbers.
//!
//! A checksum tells that a row is not what was written; it cannot tell that a row is missing, or that an index does not
//! lead to it. For this the catalogue is kept, in the transaction that changes the rows, by triggers, so that no way of
//! writing can forget it. Each of its lines has a mark of its own. A table of the catalogue is compared with its index
//! when a database is opened, see [`verify`](super::verify).

use rusqlite::{Connection, Result};

use crate::row::table::Table;

/// How far numbers of rows are shifted to get the number of their block, as the triggers do it.
pub(crate) const SHIFT: u32 = 10;

/// The statement that makes the catalogue; see [`catalogued!`](crate::catalogued) for what fills it.
#[macro_export]
macro_rules! catalogue_table {
    () => {
        "
    CREATE TABLE catalogue (
        name TEXT NOT NULL,
        block INTEGER NOT NULL,
        rows INTEGER NOT NULL,
        marks INTEGER NOT NULL,
        first INTEGER NOT NULL,
        last INTEGER NOT NULL,
        mark INTEGER NOT NULL,
        PRIMARY KEY (name, block)
    ) STRICT, WITHOUT ROWID;\n"
    };
}

/// The statements that enter the rows of a table in the catalogue, those that are there and all that come. Rows are
/// written by setting all of their columns, `kind` included, which is how the trigger tells a row that is replaced.
#[macro_export]
macro_rules! catalogued {
    ($name:literal) => {
        concat!(
            "INSERT INTO catalogue
            SELECT name, block, rows, marks, first, last, row_mark(name, block, rows, marks, first, last) FROM (
                SELECT '", $name, "' AS name, id >> 10 AS block, count(*) AS rows,
                    sum(row_mark(id, owner, first, last, items, bytes, checksum)) AS marks,
                    min(first) AS first, max(last) AS last
                FROM ", $name, " GROUP BY id >> 10
            );
            CREATE TRIGGER ", $name, "_added AFTER INSERT ON ", $name, " BEGIN
                INSERT OR IGNORE INTO catalogue VALUES ('", $name, "', NEW.id >> 10, 0, 0, NEW.first, NEW.last, 0);
                UPDATE catalogue SET
                    (rows, marks, first, last, mark) = (SELECT rows, marks, first, last, row_mark('", $name, "', NEW.id >> 10, rows, marks, first, last) FROM (
                        SELECT catalogue.rows + 1 AS rows,
                            catalogue.marks + row_mark(NEW.id, NEW.owner, NEW.first, NEW.last, NEW.items, NEW.bytes, NEW.checksum) AS marks,
                            min(catalogue.first, NEW.first) AS first, max(catalogue.last, NEW.last) AS last))
                WHERE name = '", $name, "' AND block = NEW.id >> 10;
            END;
            CREATE TRIGGER ", $name, "_replaced AFTER UPDATE OF kind ON ", $name, " BEGIN
                UPDATE catalogue SET
                    (marks, first, last, mark) = (SELECT marks, first, last, row_mark('", $name, "', NEW.id >> 10, catalogue.rows, marks, first, last) FROM (
                        SELECT catalogue.marks
                            - row_mark(OLD.id, OLD.owner, OLD.first, OLD.last, OLD.items, OLD.bytes, OLD.checksum)
                            + row_mark(NEW.id, NEW.owner, NEW.first, NEW.last, NEW.items, NEW.bytes, NEW.checksum) AS marks,
                            min(catalogue.first, NEW.first) AS first, max(catalogue.last, NEW.last) AS last))
                WHERE name = '", $name, "' AND block = NEW.id >> 10;
            END;
            CREATE TRIGGER ", $name, "_removed AFTER DELETE ON ", $name, " BEGIN
                UPDATE catalogue SET
                    (rows, marks, mark) = (SELECT rows, marks, row_mark('", $name, "', OLD.id >> 10, rows, marks, catalogue.first, catalogue.last) FROM (
                        SELECT catalogue.rows - 1 AS rows,
                            catalogue.marks - row_mark(OLD.id, OLD.owner, OLD.first, OLD.last, OLD.items, OLD.bytes, OLD.checksum) AS marks))
                WHERE name = '", $name, "' AND block = OLD.id >> 10;
            END;\n"
        )
    };
}

/// Forgets blocks of a table of which every row ended before `cutoff`: such rows are gone by now, and if some were missing,
/// they are too old to be missed. The newest block stays, and one that has rows.
pub fn forget_before(connection: &Connection, table: &Table, cutoff: i64) -> Result<()> {
    forget(connection, table, "last < ?2", cutoff)
}

/// Forgets the blocks before the row with this number, up to which all rows were removed, those that were missing with them.
pub fn forget_through(connection: &Connection, table: &Table, id: i64) -> Result<()> {
    forget(connection, table, "block < ?2", id >> SHIFT)
}

fn forget(connection: &Connection, table: &Table, condition: &str, value: i64) -> Result<()> {
    let name = table.name;
    let statement = format!(
        "DELETE FROM catalogue WHERE name = ?1 AND {condition}
        AND block < (SELECT coalesce(max(block), 0) FROM catalogue WHERE name = ?1)
        AND NOT EXISTS (SELECT 1 FROM {name} WHERE id BETWEEN block << {SHIFT} AND ((block + 1) << {SHIFT}) - 1)"
    );
    connection.prepare_cached(&statement)?.execute((name, value)).map(drop)
}
