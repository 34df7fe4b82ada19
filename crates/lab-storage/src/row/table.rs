//! A table of rows in the envelope, and the statements that all such tables share.

use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{Connection, Params, ToSql};

use crate::row::damage::DamageLog;
use crate::row::head::{Head, Owner};
use crate::row::kind::Kind;
use crate::row::unreadable::Unreadable;

/// The statement that makes a table of rows. The front comes before the body, so that reading the front of a large
/// row does not touch the pages of its body.
#[macro_export]
macro_rules! row_table {
    ($name:literal) => {
        concat!(
            "CREATE TABLE ",
            $name,
            " (
                id INTEGER PRIMARY KEY,
                owner ANY NOT NULL,
                kind INTEGER NOT NULL,
                version INTEGER NOT NULL,
                codec INTEGER NOT NULL,
                first INTEGER NOT NULL,
                last INTEGER NOT NULL,
                items INTEGER NOT NULL,
                bytes INTEGER NOT NULL,
                checksum INTEGER NOT NULL,
                front_checksum INTEGER,
                front BLOB,
                body ANY NOT NULL
            ) STRICT;\n"
        )
    };
}

/// The columns in the order in which [`Table`] reads them.
const COLUMNS: [&str; 13] = [
    "id",
    "owner",
    "kind",
    "version",
    "codec",
    "first",
    "last",
    "items",
    "bytes",
    "checksum",
    "front_checksum",
    "front",
    "body",
];
const WHOLE: &str = "id, owner, kind, version, codec, first, last, items, bytes, checksum, front_checksum, front, body";
/// All columns but the number, and what a row in their place has.
const REPLACED: &str = "owner, kind, version, codec, first, last, items, bytes, checksum, front_checksum, front, body";
const NEW: &str = "excluded.owner, excluded.kind, excluded.version, excluded.codec, excluded.first, excluded.last, \
                   excluded.items, excluded.bytes, excluded.checksum, excluded.front_checksum, excluded.front, excluded.body";
const WITHOUT_BODY: &str =
    "id, owner, kind, version, codec, first, last, items, bytes, NULL, front_checksum, front, NULL";

/// A table whose rows are all of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name in the database.
    pub name: &'static str,
    /// What its rows hold.
    pub kind: Kind,
    /// The newest version of that kind that this program reads and writes.
    pub version: u8,
    /// True if the items of its rows are those that the store's account is about: samples, lines or spans.
    pub counted: bool,
}

/// A row that was checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    pub head: Head,
    /// The front; empty if the row has none.
    pub front: &'a [u8],
    pub body: &'a [u8],
}

/// Head and front of a row, which were checked without reading the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Front<'a> {
    pub head: Head,
    pub front: &'a [u8],
}

/// How far a reading came, damaged rows included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// How many rows were looked at.
    pub rows: usize,
    /// First time and number of the last of them.
    pub last: Option<(i64, i64)>,
}

/// A row that was deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gone {
    pub id: i64,
    /// Items that went with it, not counting what was known to be damaged.
    pub items: u64,
    /// Bytes that these items had when they arrived.
    pub bytes: u64,
}

impl Table {
    /// The head of a row of this table, in its newest version.
    pub fn head(&self, id: i64, owner: Owner) -> Head {
        let Self { kind, version, .. } = *self;
        Head { id, owner, kind, version, codec: 0, first: 0, last: 0, items: 0, bytes: 0 }
    }

    /// Writes a row, in place of the one with the same number. The front of a row without one cannot be read alone.
    pub fn put(&self, connection: &Connection, head: &Head, front: Option<&[u8]>, body: &[u8]) -> rusqlite::Result<()> {
        self.write(connection, head, front, ValueRef::Blob(body))
    }

    /// Writes a row whose body is text that people can read with `sqlite3`.
    pub fn put_text(&self, connection: &Connection, head: &Head, text: &str) -> rusqlite::Result<()> {
        self.write(connection, head, None, ValueRef::Text(text.as_bytes()))
    }

    /// Shows every sound row of `SELECT … FROM table {rest}` to `see`. A row that cannot be trusted, or that `see`
    /// cannot decode, is noted as damage and left out.
    pub fn visit(
        &self,
        connection: &Connection,
        damage: &DamageLog,
        (rest, params): (&str, impl Params),
        mut see: impl FnMut(Row<'_>) -> Result<(), Unreadable>,
    ) -> rusqlite::Result<()> {
        let mut statement = connection.prepare_cached(&format!("SELECT {WHOLE} FROM {} {rest}", self.name))?;
        let mut rows = statement.query(params)?;
        while let Some(row) = rows.next()? {
            if let Err(reason) = self.read(row).and_then(&mut see) {
                self.note(damage, row, reason);
            }
        }
        Ok(())
    }

    /// The same for head and front alone; the body is not read. Answers how far it came, for whoever reads by pages.
    pub fn visit_fronts(
        &self,
        connection: &Connection,
        damage: &DamageLog,
        (rest, params): (&str, impl Params),
        mut see: impl FnMut(Front<'_>) -> Result<(), Unreadable>,
    ) -> rusqlite::Result<Seen> {
        let mut statement = connection.prepare_cached(&format!("SELECT {WITHOUT_BODY} FROM {} {rest}", self.name))?;
        let (mut rows, mut seen) = (statement.query(params)?, Seen::default());
        while let Some(row) = rows.next()? {
            seen.rows += 1;
            seen.last = Some((number(row, 5).unwrap_or_default(), number(row, 0).unwrap_or_default()));
            if let Err(reason) = self.read_front(row).and_then(&mut see) {
                self.note(damage, row, reason);
            }
        }
        Ok(seen)
    }

    /// Deletes the rows that `condition` (what follows `WHERE`) picks.
    pub fn delete(
        &self,
        connection: &Connection,
        damage: &DamageLog,
        (condition, params): (&str, impl Params),
    ) -> rusqlite::Result<Vec<Gone>> {
        let sql = format!("DELETE FROM {} WHERE {condition} RETURNING id, items, bytes", self.name);
        let mut statement = connection.prepare_cached(&sql)?;
        let rows = statement.query_map(params, |row| {
            let id = row.get(0)?;
            let known = damage.knows(self.name, id);
            let count = |at| row.get::<_, i64>(at).map_or(0, |count| if known { 0 } else { count.max(0) as u64 });
            Ok(Gone { id, items: count(1), bytes: count(2) })
        })?;
        rows.collect()
    }

    /// The largest number of a row, 0 if there is none.
    pub fn last_id(&self, connection: &Connection) -> rusqlite::Result<i64> {
        connection.query_row(&format!("SELECT coalesce(max(id), 0) FROM {}", self.name), [], |row| row.get(0))
    }

    /// How many items all rows claim to hold, without those that are known to be damaged.
    pub fn items(&self, connection: &Connection, damage: &DamageLog) -> rusqlite::Result<u64> {
        let count = |sql: &str, params: &[i64]| {
            let mut statement = connection.prepare_cached(sql)?;
            statement.query_row(rusqlite::params_from_iter(params), |row| row.get::<_, i64>(0))
        };
        let mut items = count(&format!("SELECT coalesce(sum(items), 0) FROM {}", self.name), &[])?;
        let of_one = format!("SELECT coalesce(sum(items), 0) FROM {} WHERE id = ?", self.name);
        for row in damage.rows_of(self.name) {
            items -= count(&of_one, &[row])?;
        }
        Ok(items.max(0) as u64)
    }

    fn write(
        &self,
        connection: &Connection,
        head: &Head,
        front: Option<&[u8]>,
        body: ValueRef<'_>,
    ) -> rusqlite::Result<()> {
        let front_checksum = head.front_checksum(front.unwrap_or_default());
        let checksum = Head::checksum(front_checksum, body.as_bytes_or_null()?.unwrap_or_default());
        // Not `OR REPLACE`, which would replace lines of the catalogue, too.
        let sql = format!(
            "INSERT INTO {} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (id) DO UPDATE SET ({REPLACED}) = ({NEW})",
            self.name
        );
        // As signed numbers of 32 bits, which SQLite stores in four bytes where it would take six for unsigned ones.
        let front_checksum = front.map(|_| front_checksum.cast_signed());
        connection.prepare_cached(&sql)?.execute((
            head.id,
            head.owner,
            head.kind as u8,
            head.version,
            head.codec,
            head.first,
            head.last,
            head.items.cast_signed(),
            head.bytes.cast_signed(),
            checksum.cast_signed(),
            front_checksum,
            front,
            ToSqlOutput::Borrowed(body),
        ))?;
        Ok(())
    }

    fn read<'a>(&self, row: &'a rusqlite::Row<'_>) -> Result<Row<'a>, Unreadable> {
        let head = self.read_head(row)?;
        let (front, body) = (bytes(row, 11)?, bytes(row, 12)?);
        let sum = Head::checksum(head.front_checksum(front), body);
        (Some(sum) == checksum(row, 9)?).then_some(Row { head, front, body }).ok_or(Unreadable::Checksum)
    }

    fn read_front<'a>(&self, row: &'a rusqlite::Row<'_>) -> Result<Front<'a>, Unreadable> {
        let head = self.read_head(row)?;
        let front = bytes(row, 11)?;
        (Some(head.front_checksum(front)) == checksum(row, 10)?)
            .then_some(Front { head, front })
            .ok_or(Unreadable::Checksum)
    }

    fn read_head(&self, row: &rusqlite::Row<'_>) -> Result<Head, Unreadable> {
        let byte = |at: usize| u8::try_from(number(row, at)?).map_err(|_| Unreadable::Column(COLUMNS[at]));
        let kind = number(row, 2)?;
        if kind != i64::from(self.kind as u8) {
            let (expected, expected_name) = (self.kind as u8, self.kind.name());
            return Err(Unreadable::Kind { found: kind, expected, expected_name });
        }
        let version = byte(3)?;
        if version > self.version {
            return Err(Unreadable::Newer { kind: self.kind, found: version, known: self.version });
        }
        let owner = match row.get_ref(1).map_err(|_| Unreadable::Column("owner"))? {
            ValueRef::Integer(number) => Owner::Number(number),
            ValueRef::Blob(id) => Owner::Id(id.try_into().map_err(|_| Unreadable::Column("owner"))?),
            _ => return Err(Unreadable::Column("owner")),
        };
        Ok(Head {
            id: number(row, 0)?,
            owner,
            kind: self.kind,
            version,
            codec: byte(4)?,
            first: number(row, 5)?,
            last: number(row, 6)?,
            items: number(row, 7)?.cast_unsigned(),
            bytes: number(row, 8)?.cast_unsigned(),
        })
    }

    /// Notes a row with what its head claims, which may be wrong itself.
    fn note(&self, damage: &DamageLog, row: &rusqlite::Row<'_>, reason: Unreadable) {
        let claim = |at| number(row, at).unwrap_or_default();
        let items = if self.counted { claim(7).max(0) as u64 } else { 0 };
        damage.note(self.name, claim(0), reason, items, (claim(5), claim(6)));
    }
}

impl ToSql for Owner {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Number(number) => ToSqlOutput::Owned(Value::Integer(*number)),
            Self::Id(id) => ToSqlOutput::Borrowed(ValueRef::Blob(id)),
        })
    }
}

fn number(row: &rusqlite::Row<'_>, at: usize) -> Result<i64, Unreadable> {
    let value = row.get_ref(at).ok().and_then(|value| value.as_i64().ok());
    value.ok_or(Unreadable::Column(COLUMNS[at]))
}

/// A checksum; `None` if the row has none.
fn checksum(row: &rusqlite::Row<'_>, at: usize) -> Result<Option<u32>, Unreadable> {
    match row.get_ref(at).map_err(|_| Unreadable::Column(COLUMNS[at]))? {
        ValueRef::Null => Ok(None),
        ValueRef::Integer(sum) => Ok(i32::try_from(sum).ok().map(i32::cast_unsigned)),
        _ => Err(Unreadable::Column(COLUMNS[at])),
    }
}

/// Bytes of a blob or a text; nothing at all counts as no bytes.
fn bytes<'a>(row: &'a rusqlite::Row<'_>, at: usize) -> Result<&'a [u8], Unreadable> {
    let value = row.get_ref(at).map_err(|_| Unreadable::Column(COLUMNS[at]))?;
    value.as_bytes_or_null().map(Option::unwrap_or_default).map_err(|_| Unreadable::Column(COLUMNS[at]))
}
