//! One SQLite database: a writer behind a lock, and readers that see the last commit and never wait for it.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use rusqlite::{Connection, Transaction};

use crate::error::StorageError;

/// How long a connection waits for another one's lock.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Idle reader connections that are kept for the next query.
const IDLE_READERS: usize = 4;

/// Where a store keeps its data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// In memory; gone with the process.
    Memory,
    /// In files in this directory.
    Directory(PathBuf),
}

/// The steps that bring an empty database to the present shape; the file remembers how many it has seen.
#[derive(Clone, Copy, Debug)]
pub struct Schema(pub &'static [&'static str]);

/// A database of one signal.
#[derive(Debug)]
pub struct Database {
    name: String,
    /// `None` in memory, where readers share the writer's connection.
    path: Option<PathBuf>,
    writer: Mutex<Connection>,
    idle_readers: Mutex<Vec<Connection>>,
    /// As of the last commit, so that who asks waits for nobody.
    used_bytes: AtomicU64,
}

impl Database {
    /// Opens (or makes) `<name>.db` and brings it to the present schema.
    pub fn open(location: &Location, name: &str, schema: Schema) -> Result<Self, StorageError> {
        let path = match location {
            Location::Memory => None,
            Location::Directory(directory) => Some(directory.join(format!("{name}.db"))),
        };
        let name = path.as_ref().map_or_else(|| name.to_owned(), |path| path.display().to_string());
        let connection = connect(path.as_deref(), schema, &name)?;
        let used = used_bytes(&connection).map_err(|source| StorageError::from_sqlite(&name, source))?;
        let (writer, used_bytes) = (Mutex::new(connection), AtomicU64::new(used));
        Ok(Self { name, path, writer, idle_readers: Mutex::default(), used_bytes })
    }

    /// Runs `work` in one transaction, committed if it succeeds and undone if it fails.
    pub fn write<T>(&self, work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>) -> Result<T, StorageError> {
        let mut connection = self.writer.lock();
        let run = |connection: &mut Connection| {
            let transaction = connection.transaction()?;
            let result = work(&transaction)?;
            transaction.commit()?;
            // The transaction is done: if its size cannot be told, the last one stands.
            if let Ok(used) = used_bytes(connection) {
                self.used_bytes.store(used, Ordering::Relaxed);
            }
            Ok(result)
        };
        run(&mut connection).map_err(|source| StorageError::from_sqlite(&self.name, source))
    }

    /// Runs `work` on a connection that sees the last commit.
    pub fn read<T>(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, StorageError> {
        let fail = |source| StorageError::from_sqlite(&self.name, source);
        let Some(path) = &self.path else {
            return work(&self.writer.lock()).map_err(fail);
        };
        let idle = self.idle_readers.lock().pop();
        let reader = idle.map_or_else(|| open_reader(path), Ok).map_err(fail)?;
        let result = work(&reader).map_err(fail);
        let mut idle = self.idle_readers.lock();
        if idle.len() < IDLE_READERS {
            idle.push(reader);
        }
        result
    }

    /// Writes what the last commit left into a new file, compactly; its folder must exist. Who reads and
    /// writes here meanwhile is not held up.
    pub fn copy_to(&self, target: &Path) -> Result<(), StorageError> {
        let fail = |source| StorageError::from_sqlite(&self.name, source);
        let copy =
            |connection: &Connection| connection.execute("VACUUM INTO ?1", [target.to_string_lossy()]).map(|_| ());
        match &self.path {
            None => copy(&self.writer.lock()).map_err(fail),
            Some(path) => Connection::open(path).and_then(|own| copy(&own)).map_err(fail),
        }
    }

    /// The file; `None` in memory.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Bytes that live data take as of the last commit; pages freed by deletion do not count, since they
    /// are used again.
    pub fn used_bytes(&self) -> u64 {
        self.used_bytes.load(Ordering::Relaxed)
    }

    /// The file's path, or the bare name in memory.
    pub fn name(&self) -> &str {
        &self.name
    }
}

fn used_bytes(connection: &Connection) -> rusqlite::Result<u64> {
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let pages = pragma("page_count")? - pragma("freelist_count")?;
    Ok((pages * pragma("page_size")?).max(0) as u64)
}

fn connect(path: Option<&Path>, schema: Schema, name: &str) -> Result<Connection, StorageError> {
    let fail = |source| StorageError::from_sqlite(name, source);
    let mut connection = path.map_or_else(Connection::open_in_memory, Connection::open).map_err(fail)?;
    // WAL with NORMAL: a kill of the process loses nothing committed, a power cut at most the last commits.
    let prepare = |connection: &Connection| {
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "synchronous", "normal")?;
        connection.pragma_update(None, "cache_size", -2048)?;
        connection.pragma_update(None, "journal_size_limit", 16 << 20)?;
        connection.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0))
    };
    let found = prepare(&connection).map_err(fail)? as usize;
    let steps = schema.0;
    if found > steps.len() {
        return Err(StorageError::Newer { name: name.to_owned(), found, known: steps.len() });
    }
    let mut migrate = || {
        let transaction = connection.transaction()?;
        for step in &steps[found..] {
            transaction.execute_batch(step)?;
        }
        transaction.pragma_update(None, "user_version", steps.len() as i64)?;
        transaction.commit()
    };
    migrate().map_err(fail)?;
    Ok(connection)
}

fn open_reader(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "query_only", true)?;
    connection.pragma_update(None, "cache_size", -1024)?;
    Ok(connection)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEMA: Schema = Schema(&["CREATE TABLE t (n INTEGER)"]);

    fn directory(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("dicelab-database-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("made");
        path
    }

    fn count(database: &Database) -> i64 {
        database.read(|c| c.query_row("SELECT count(*) FROM t", [], |row| row.get(0))).expect("read")
    }

    #[test]
    fn what_is_written_is_read_in_memory_and_on_disk() {
        let path = directory("roundtrip");
        for location in [Location::Memory, Location::Directory(path.clone())] {
            let database = Database::open(&location, "t", SCHEMA).expect("open");
            database.write(|t| t.execute("INSERT INTO t VALUES (1)", [])).expect("write");
            assert_eq!(count(&database), 1);
            let failed = database.write(|t| {
                t.execute("INSERT INTO t VALUES (2)", [])?;
                t.execute("INSERT INTO nowhere VALUES (2)", [])
            });
            assert!(failed.is_err());
            assert_eq!(count(&database), 1, "a failed transaction leaves nothing");
        }
        std::fs::remove_dir_all(path).expect("removed");
    }

    #[test]
    fn the_size_is_that_of_the_last_commit_and_waits_for_nobody() {
        let path = directory("size");
        let location = Location::Directory(path.clone());
        let database = Database::open(&location, "t", Schema(&["CREATE TABLE b (bytes BLOB)"])).expect("open");
        let empty = database.used_bytes();
        database.write(|t| t.execute("INSERT INTO b VALUES (zeroblob(100000))", [])).expect("write");
        let full = database.used_bytes();
        // The table's first page was there before.
        assert!(full >= empty + 90_000, "{empty} {full}");
        database
            .write(|t| {
                t.execute("DELETE FROM b", [])?;
                // The writer is busy, and nothing is committed yet.
                assert_eq!(database.used_bytes(), full);
                Ok(())
            })
            .expect("write");
        assert_eq!(database.used_bytes(), empty);
        drop(database);
        let again = Database::open(&location, "t", Schema(&["CREATE TABLE b (bytes BLOB)"])).expect("open");
        assert_eq!(again.used_bytes(), empty);
        std::fs::remove_dir_all(path).expect("removed");
    }

    #[test]
    fn newer_and_damaged_files_are_refused_by_name() {
        let path = directory("refused");
        let location = Location::Directory(path.clone());
        drop(Database::open(&location, "new", Schema(&["CREATE TABLE t (n INTEGER)", "CREATE TABLE u (n INTEGER)"])));
        let newer = Database::open(&location, "new", SCHEMA).expect_err("newer").to_string();
        assert!(newer.contains("new.db") && newer.contains("version 2"), "{newer}");
        std::fs::write(path.join("bad.db"), "this is not a database, however long one looks at it".repeat(100))
            .expect("written");
        let damaged = Database::open(&location, "bad", SCHEMA).expect_err("damaged").to_string();
        assert!(damaged.contains("bad.db"), "{damaged}");
        std::fs::remove_dir_all(path).expect("removed");
    }
}
