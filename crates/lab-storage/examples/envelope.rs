//! What the envelope costs, in the two designs that were considered (ADR 0013), and what no envelope at all costs.
//!
//! `cargo run --release -p lab-storage --example envelope`: rows of three sizes are written in transactions of a
//! thousand, then read whole, then summed up by owner without their bodies. Times are of the processor, so that other
//! work on the machine does not lengthen them (Linux).

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Duration;

use lab_storage::{DamageLog, Database, Head, Kind, Location, Owner, Schema, Table, TimeUnit, row_table};
use rusqlite::{Connection, Transaction};

const TABLE: Table = Table { name: "chunk", kind: Kind::LogChunk, version: 1, counted: true };
/// Rows per transaction, and owners among which they are spread.
const AT_ONCE: i64 = 1000;
const OWNERS: i64 = 100;

/// A design: its tables, how it writes a row, how it reads and checks one, how it sums up items by owner.
struct Design {
    name: &'static str,
    schema: Schema,
    write: fn(&Transaction<'_>, &Head, &[u8]) -> rusqlite::Result<()>,
    read: fn(&Connection) -> rusqlite::Result<u64>,
    sum: fn(&Connection) -> rusqlite::Result<u64>,
}

const NONE: Design = Design {
    name: "no envelope",
    schema: Schema(&[
        "CREATE TABLE chunk (id INTEGER PRIMARY KEY, owner INTEGER, first INTEGER, last INTEGER, body BLOB);
                      CREATE INDEX by_owner ON chunk (owner, last, first)",
    ]),
    write: |transaction, head, body| {
        let Owner::Number(owner) = head.owner else { return Ok(()) };
        let mut statement = transaction.prepare_cached("INSERT INTO chunk VALUES (?, ?, ?, ?, ?)")?;
        statement.execute((head.id, owner, head.first, head.last, body)).map(drop)
    },
    read: |connection| {
        let mut statement = connection.prepare("SELECT body FROM chunk")?;
        let (mut rows, mut bytes) = (statement.query([])?, 0);
        while let Some(row) = rows.next()? {
            bytes += row.get_ref(0)?.as_blob().map_or(0, <[u8]>::len) as u64;
        }
        Ok(bytes)
    },
    sum: |_| Ok(0),
};

const COLUMNS: Design = Design {
    name: "columns",
    schema: Schema(&[concat!(row_table!("chunk"), "CREATE INDEX by_owner ON chunk (owner, last, first, items)")]),
    write: |transaction, head, body| TABLE.put(transaction, head, None, body),
    read: |connection| {
        let (damage, mut bytes) = (DamageLog::new("bench", "items", TimeUnit::Nanoseconds), 0);
        TABLE.visit(connection, &damage, ("", []), |row| {
            bytes += row.body.len() as u64;
            Ok(())
        })?;
        assert_eq!(damage.report().rows, 0);
        Ok(bytes)
    },
    sum: |connection| {
        let sql = "SELECT sum(items) FROM chunk WHERE owner < ?";
        connection.query_row(sql, [OWNERS], |row| row.get::<_, i64>(0)).map(i64::cast_unsigned)
    },
};

/// Bytes of the header: kind, version, codec, lengths, items, bytes and the checksum.
const HEADER: usize = 28;

const HEADER_IN_BLOB: Design = Design {
    name: "header in the blob",
    schema: NONE.schema,
    write: |transaction, head, body| {
        let mut blob = Vec::with_capacity(HEADER + body.len());
        blob.extend_from_slice(&[head.kind as u8, head.version, head.codec, 0]);
        blob.extend_from_slice(&0_u32.to_le_bytes());
        blob.extend_from_slice(&head.items.to_le_bytes());
        blob.extend_from_slice(&head.bytes.to_le_bytes());
        blob.extend_from_slice(&Head::checksum(head.front_checksum(&[]), body).to_le_bytes());
        blob.extend_from_slice(body);
        (NONE.write)(transaction, head, &blob)
    },
    read: |connection| {
        let mut statement = connection.prepare("SELECT id, owner, first, last, body FROM chunk")?;
        let (mut rows, mut bytes) = (statement.query([])?, 0);
        while let Some(row) = rows.next()? {
            let blob = row.get_ref(4)?.as_blob().unwrap_or_default();
            let (header, body) = blob.split_at(HEADER);
            let number = |at: usize| u64::from_le_bytes(header[at..at + 8].try_into().unwrap_or_default());
            let head = Head {
                first: row.get(2)?,
                last: row.get(3)?,
                items: number(8),
                bytes: number(16),
                ..TABLE.head(row.get(0)?, Owner::Number(row.get(1)?))
            };
            assert_eq!(Head::checksum(head.front_checksum(&[]), body).to_le_bytes(), header[24..]);
            bytes += body.len() as u64;
        }
        Ok(bytes)
    },
    sum: |connection| {
        let mut statement = connection.prepare("SELECT substr(body, 9, 8) FROM chunk WHERE owner < ?")?;
        let (mut rows, mut items) = (statement.query([OWNERS])?, 0);
        while let Some(row) = rows.next()? {
            items += u64::from_le_bytes(row.get_ref(0)?.as_blob().unwrap_or_default().try_into().unwrap_or_default());
        }
        Ok(items)
    },
};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::temp_dir().join(format!("dicelab-envelope-{}", std::process::id()));
    println!(
        "{:<20} {:>9} {:>12} {:>12} {:>12} {:>12}",
        "design", "row", "bytes more", "write µs", "read µs", "sum µs"
    );
    for (size, count) in [(500_usize, 200_000_i64), (3_000, 50_000), (80_000, 3_000)] {
        let mut least = None;
        for design in [NONE, HEADER_IN_BLOB, COLUMNS] {
            std::fs::create_dir_all(&folder)?;
            let measured = measure(&folder, &design, size, count);
            std::fs::remove_dir_all(&folder)?;
            let (bytes, times) = measured?;
            let more = bytes - *least.get_or_insert(bytes);
            let [write, read, sum] = times.map(|time| time.as_secs_f64() * 1e6 / count as f64);
            println!("{:<20} {size:>9} {more:>12.1} {write:>12.2} {read:>12.2} {sum:>12.3}", design.name);
        }
    }
    Ok(())
}

/// Bytes a row in the file, and processor time of writing, reading and summing up.
fn measure(folder: &Path, design: &Design, size: usize, count: i64) -> Result<(f64, [Duration; 3]), Box<dyn Error>> {
    let database = Database::open(&Location::Directory(PathBuf::from(folder)), "bench", design.schema)?;
    let body: Vec<u8> = (0..size as u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let begin = cpu_time();
    for first in (0..count).step_by(AT_ONCE as usize) {
        database.write(|transaction| {
            for id in first..(first + AT_ONCE).min(count) {
                let time = 1_790_000_000_000 + id * 1000;
                let head = TABLE.head(id, Owner::Number(id % OWNERS));
                let head = Head { first: time, last: time + 1_800_000, items: 360, bytes: 5760, ..head };
                (design.write)(transaction, &head, &body)?;
            }
            Ok(())
        })?;
    }
    let (written, bytes) = (cpu_time().saturating_sub(begin), database.used_bytes() as f64 / count as f64);
    let begin = cpu_time();
    assert_eq!(database.read(design.read)?, size as u64 * count.cast_unsigned());
    let (read, begin) = (cpu_time().saturating_sub(begin), cpu_time());
    database.read(design.sum)?;
    Ok((bytes, [written, read, cpu_time().saturating_sub(begin)]))
}

/// Processor time of this thread.
fn cpu_time() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = text.split(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0);
    Duration::from_nanos(nanoseconds)
}
