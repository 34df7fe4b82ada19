//! Connections to a database, and what becomes of them on a full disk.
//!
//! SQLite keeps an index of its write-ahead log in a file (`-shm`), which it makes anew at every start. On a full disk that
//! fails, and with it every reading. Then the index is kept in memory, for which SQLite has a way of its own to reach files
//! (`unix-excl`): all connections of this process share it, and other processes are kept out. So what is stored can be
//! read, and when there is room again it can be written.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::error::StorageError;
use crate::row::mark;

/// How long a connection waits for another one's lock.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// The value of `auto_vacuum` by which free pages are given back when that is asked for.
pub(super) const INCREMENTAL: i64 = 2;
/// A file up to this size is written anew when that makes it able to give pages back.
const REWRITTEN_BYTES: u64 = 64 << 20;

/// The file of a database.
#[derive(Debug)]
pub(super) struct File {
    pub(super) path: PathBuf,
    /// The index of the write-ahead log is in the memory of this process.
    pub(super) is_exclusive: bool,
}

impl File {
    /// One more connection.
    pub(super) fn connect(&self) -> rusqlite::Result<Connection> {
        if self.is_exclusive {
            Connection::open_with_flags_and_vfs(&self.path, OpenFlags::default(), "unix-excl")
        } else {
            Connection::open(&self.path)
        }
    }

    /// A connection that only reads.
    pub(super) fn reader(&self) -> rusqlite::Result<Connection> {
        let connection = self.connect()?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.pragma_update(None, "query_only", true)?;
        connection.pragma_update(None, "cache_size", -1024)?;
        Ok(connection)
    }
}

/// Opens (or makes) a database and takes the steps to the present schema that it has not seen; the connection writes.
pub(super) fn open(
    path: Option<PathBuf>,
    steps: &[&str],
    name: &str,
) -> Result<(Connection, Option<File>), StorageError> {
    let Some(path) = path else {
        let connection = Connection::open_in_memory().map_err(|source| StorageError::from_sqlite(name, source))?;
        return Ok((prepared(connection, None, steps, name)?, None));
    };
    let was_there = std::fs::metadata(&path).is_ok_and(|file| file.len() > 0);
    let connected = |is_exclusive| -> Result<(Connection, Option<File>), StorageError> {
        let file = File { path: path.clone(), is_exclusive };
        let connection = file.connect().map_err(|source| StorageError::from_sqlite(name, source))?;
        Ok((prepared(connection, Some(&path), steps, name)?, Some(file)))
    };
    match connected(false) {
        Err(error) if was_there && has_no_room(&error) => connected(true),
        opened => opened,
    }
}

/// True for what SQLite says when it cannot make or enlarge a file.
fn has_no_room(error: &StorageError) -> bool {
    match error {
        StorageError::Full { .. } => true,
        StorageError::Sqlite { source, .. } => {
            matches!(source.sqlite_error_code(), Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen))
        }
        _ => false,
    }
}

fn prepared(
    mut connection: Connection,
    path: Option<&Path>,
    steps: &[&str],
    name: &str,
) -> Result<Connection, StorageError> {
    let fail = |source| StorageError::from_sqlite(name, source);
    let number = |connection: &Connection, pragma| {
        connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0)).map_err(fail)
    };
    // What is as it should be already is not written again: on a full disk that would fail.
    if number(&connection, "page_count")? == 0 {
        // Before anything is written, else it has no effect: pages of deleted rows can then be given back to the file
        // system.
        connection.pragma_update(None, "auto_vacuum", "incremental").map_err(fail)?;
    }
    // WAL with NORMAL: a kill of the process loses nothing committed, a power cut at most the last commits.
    let prepare = |connection: &Connection| {
        mark::install(connection)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "synchronous", "normal")?;
        connection.pragma_update(None, "cache_size", -2048)?;
        connection.pragma_update(None, "journal_size_limit", 16 << 20)
    };
    prepare(&connection).map_err(fail)?;
    let found = number(&connection, "user_version")? as usize;
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
    match migrate() {
        // The write-ahead log that begins here tells the next start of a kill. Without room it does not begin.
        Err(_) if found == steps.len() => {}
        done => done.map_err(fail)?,
    }
    let small = path.is_some_and(|path| std::fs::metadata(path).is_ok_and(|file| file.len() <= REWRITTEN_BYTES));
    if small && number(&connection, "auto_vacuum")? != INCREMENTAL {
        // A disk without room for a second copy leaves it as it was.
        let _ = connection.execute_batch("PRAGMA auto_vacuum = incremental; VACUUM");
    }
    Ok(connection)
}
