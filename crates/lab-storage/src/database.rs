//! One SQLite database: a writer behind a lock, and readers that see the last commit and never wait for it.

mod connection;
mod log;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use rusqlite::{Connection, Transaction};

use crate::database::connection::{BUSY_TIMEOUT, File, INCREMENTAL};
use crate::error::StorageError;

/// Idle reader connections that are kept for the next query.
const IDLE_READERS: usize = 4;

/// Bytes of a page, SQLite's default.
const PAGE_BYTES: i64 = 4096;
/// Pages that are given back at once, so that writers wait only briefly.
const PAGES_AT_ONCE: u32 = 2048;

/// Bytes that a database takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Space {
    /// Those of rows and indexes, as of the last commit.
    pub live: u64,
    /// Pages of deleted rows that can be given back to the file system.
    pub unused: u64,
    /// The write-ahead log and its index.
    pub write_ahead: u64,
}

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
    file: Option<File>,
    writer: Mutex<Connection>,
    idle_readers: Mutex<Vec<Connection>>,
    /// As of the last commit, so that who asks waits for nobody.
    used_bytes: AtomicU64,
    /// Those of free pages, if they can be given back.
    unused_bytes: AtomicU64,
    left_behind: LeftBehind,
}

/// What the process before left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeftBehind {
    /// True if it was killed: there was a write-ahead log.
    pub unclean: bool,
    /// What is wrong with this log.
    pub log_problem: Option<&'static str>,
}

impl Database {
    /// Opens (or makes) `<name>.db` and brings it to the present schema.
    pub fn open(location: &Location, name: &str, schema: Schema) -> Result<Self, StorageError> {
        let path = match location {
            Location::Memory => None,
            Location::Directory(directory) => Some(directory.join(format!("{name}.db"))),
        };
        let name = path.as_ref().map_or_else(|| name.to_owned(), |path| path.display().to_string());
        let left_behind = path.as_deref().map_or(Ok(LeftBehind::default()), LeftBehind::look);
        let left_behind =
            left_behind.map_err(|source| StorageError::Directory { path: name.clone().into(), source })?;
        let (connection, file) = connection::open(path, schema.0, &name)?;
        let (used, unused) = bytes_of(&connection).map_err(|source| StorageError::from_sqlite(&name, source))?;
        Ok(Self {
            name,
            file,
            writer: Mutex::new(connection),
            idle_readers: Mutex::default(),
            used_bytes: used.into(),
            unused_bytes: unused.into(),
            left_behind,
        })
    }

    /// Runs `work` in one transaction, committed if it succeeds and undone if it fails.
    pub fn write<T>(&self, work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>) -> Result<T, StorageError> {
        let mut connection = self.writer.lock();
        let run = |connection: &mut Connection| {
            let transaction = connection.transaction()?;
            let result = work(&transaction)?;
            transaction.commit()?;
            // The transaction is done: if its size cannot be told, the last one stands.
            self.measure(connection);
            Ok(result)
        };
        run(&mut connection).map_err(|source| StorageError::from_sqlite(&self.name, source))
    }

    /// Runs `work` on a connection that sees the last commit.
    pub fn read<T>(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, StorageError> {
        let fail = |source| StorageError::from_sqlite(&self.name, source);
        let Some(file) = &self.file else {
            return work(&self.writer.lock()).map_err(fail);
        };
        let idle = self.idle_readers.lock().pop();
        let reader = idle.map_or_else(|| file.reader(), Ok).map_err(fail)?;
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
        match &self.file {
            None => copy(&self.writer.lock()).map_err(fail),
            Some(file) => file.connect().and_then(|own| copy(&own)).map_err(fail),
        }
    }

    /// What the process before left when the database was opened.
    pub fn left_behind(&self) -> LeftBehind {
        self.left_behind
    }

    /// The file; `None` in memory.
    pub fn path(&self) -> Option<&Path> {
        self.file.as_ref().map(|file| &*file.path)
    }

    /// True if there was no room on the disk for what SQLite needs beside the file, so that it keeps that in memory: what
    /// is stored can be read, and writing begins once there is room.
    pub fn began_on_full_disk(&self) -> bool {
        self.file.as_ref().is_some_and(|file| file.is_exclusive)
    }

    /// Bytes that live data take as of the last commit; pages freed by deletion do not count, since they
    /// are used again.
    pub fn used_bytes(&self) -> u64 {
        self.used_bytes.load(Ordering::Relaxed)
    }

    /// What the database takes, now.
    pub fn space(&self) -> Space {
        let live = self.used_bytes();
        let unused = self.unused_bytes.load(Ordering::Relaxed);
        let Some(path) = self.path() else { return Space { live, unused, write_ahead: 0 } };
        let size = |suffix: &str| {
            let mut name = path.as_os_str().to_owned();
            name.push(suffix);
            std::fs::metadata(name).map_or(0, |file| file.len())
        };
        Space { live, unused, write_ahead: size("-wal") + size("-shm") }
    }

    /// Bounds the write-ahead log: beyond so many bytes it is brought into the database, and its file cut to them. One
    /// transaction may take more.
    pub fn limit_write_ahead(&self, bytes: u64) -> Result<(), StorageError> {
        let connection = self.writer.lock();
        let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
        let set = connection
            .pragma_update(None, "journal_size_limit", bytes)
            .and_then(|()| connection.pragma_update(None, "wal_autocheckpoint", (bytes / PAGE_BYTES).max(16)));
        set.map_err(|source| StorageError::from_sqlite(&self.name, source))
    }

    /// Gives space back to the file system: pages of deleted rows, a bounded number of them, and the write-ahead log. A
    /// database of before that was possible, and too large to be written anew, keeps its pages and uses them again.
    pub fn give_space_back(&self) -> Result<(), StorageError> {
        let connection = self.writer.lock();
        let space = self.space();
        let give_back = || {
            if space.unused > 0 {
                let mut statement = connection.prepare(&format!("PRAGMA incremental_vacuum({PAGES_AT_ONCE})"))?;
                let mut pages = statement.query([])?;
                // Each step frees a page.
                while pages.next()?.is_some() {}
            }
            // Files are cut when the log is brought into the database. Who reads at the moment is not waited for.
            connection.busy_timeout(Duration::ZERO)?;
            let checkpoint = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
            connection.busy_timeout(BUSY_TIMEOUT)?;
            checkpoint
        };
        if space.unused > 0 || space.write_ahead > 0 {
            give_back().map_err(|source| StorageError::from_sqlite(&self.name, source))?;
            self.measure(&connection);
        }
        Ok(())
    }

    fn measure(&self, connection: &Connection) {
        if let Ok((used, unused)) = bytes_of(connection) {
            self.used_bytes.store(used, Ordering::Relaxed);
            self.unused_bytes.store(unused, Ordering::Relaxed);
        }
    }

    /// The file's path, or the bare name in memory.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl LeftBehind {
    fn look(path: &Path) -> std::io::Result<Self> {
        let mut log = path.as_os_str().to_owned();
        log.push("-wal");
        let unclean = std::fs::metadata(log).is_ok_and(|log| log.len() > 0);
        Ok(Self { unclean, log_problem: log::examine(path)? })
    }
}

/// Bytes of live data, and of free pages that can be given back.
fn bytes_of(connection: &Connection) -> rusqlite::Result<(u64, u64)> {
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let (pages, free, size) = (pragma("page_count")?, pragma("freelist_count")?, pragma("page_size")?);
    let can_be_given_back = if pragma("auto_vacuum")? == INCREMENTAL { free } else { 0 };
    let bytes = |pages: i64| (pages * size).max(0).cast_unsigned();
    Ok((bytes(pages - free), bytes(can_be_given_back)))
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
    fn space_of_deleted_rows_is_given_back_also_by_a_file_of_before() {
        const BLOBS: Schema = Schema(&["CREATE TABLE b (bytes BLOB)"]);
        let path = directory("space");
        let old = Connection::open(path.join("t.db")).expect("opens");
        old.execute_batch("PRAGMA auto_vacuum = none; CREATE TABLE b (bytes BLOB); PRAGMA user_version = 1")
            .expect("made");
        drop(old);
        let database = Database::open(&Location::Directory(path.clone()), "t", BLOBS).expect("opens");
        database.limit_write_ahead(1 << 20).expect("set");
        let size = || std::fs::metadata(path.join("t.db")).expect("there").len();
        for _ in 0..20 {
            database.write(|t| t.execute("INSERT INTO b VALUES (zeroblob(1000000))", [])).expect("written");
        }
        assert!(size() > 15_000_000, "{}", size());
        assert!(database.space().write_ahead < 3 << 20, "{:?}", database.space());
        database.write(|t| t.execute("DELETE FROM b", [])).expect("deleted");
        assert!(database.space().unused > 19_000_000, "{:?}", database.space());
        while database.space().unused > 0 {
            database.give_space_back().expect("given back");
        }
        assert!(size() < 100_000, "{}", size());
        assert!(database.space().write_ahead < 100_000, "{:?}", database.space());
        drop(database);
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
