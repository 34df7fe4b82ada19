//! The ledger: one JSON line for every request that was sent, and for no other.
//!
//! `{"trace_id","user","request","endpoint","die","times","strategy","status","rolls","total","started","duration_ms"}`
//!
//! Absent values are null: `times` and `strategy` of a `/roll`; `status`, `rolls` and `total` of a request
//! that got no answer (timeout, no connection, given up at the end); `rolls` and `total` of an error. A
//! roll that failed within a best-effort batch is a null in `rolls`.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use lab_model::strategy::Strategy;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::request::Endpoint;

/// Entries on their way to the file. When the disk is slower than the users, the users wait.
const QUEUED_ENTRIES: usize = 1024;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// 32 lowercase hexadecimal digits; null if neither telemetry nor an answer gave one.
    pub trace_id: Option<String>,
    /// The user, counted from 1.
    pub user: u32,
    /// The user's request, counted from 1.
    pub request: u64,
    /// `/roll` or `/roll-async`.
    pub endpoint: Endpoint,
    /// The die asked for.
    pub die: String,
    /// Number of dice in a batch.
    pub times: Option<u32>,
    /// Strategy of a batch.
    pub strategy: Option<Strategy>,
    /// HTTP status of the answer.
    pub status: Option<u16>,
    /// Faces in index order; null where a roll failed.
    pub rolls: Option<Vec<Option<i64>>>,
    /// Sum of the faces.
    pub total: Option<i64>,
    /// When it was sent.
    #[serde(with = "rfc3339_micros")]
    pub started: DateTime<Utc>,
    /// Milliseconds from sending to the end of the answer, or until it was given up.
    pub duration_ms: f64,
}

/// Writes entries to a file in the order in which they come.
#[derive(Debug)]
pub struct LedgerWriter {
    path: PathBuf,
    entries: mpsc::Sender<Entry>,
    writing: JoinHandle<io::Result<u64>>,
}

/// Why the ledger is not complete.
#[derive(Debug, thiserror::Error)]
#[error("cannot write the ledger {}: {reason}", path.display())]
pub struct LedgerError {
    path: PathBuf,
    reason: io::Error,
}

impl LedgerWriter {
    /// Creates the file, or empties it, and starts what writes to it, on a thread of the runtime that may block.
    pub fn create(path: &Path) -> Result<Self, LedgerError> {
        let fail = |reason| LedgerError { path: path.to_owned(), reason };
        let file = File::create(path).map_err(fail)?;
        let (entries, queue) = mpsc::channel(QUEUED_ENTRIES);
        let writing = tokio::task::spawn_blocking(move || write_all(queue, BufWriter::new(file)));
        Ok(Self { path: path.to_owned(), entries, writing })
    }

    /// Hands an entry to the file; fails once the file cannot be written.
    pub async fn write(&self, entry: Entry) -> Result<(), LedgerStopped> {
        self.entries.send(entry).await.map_err(|_| LedgerStopped)
    }

    /// Waits until everything is in the file; returns the number of lines, or the first failure.
    pub async fn finish(self) -> Result<u64, LedgerError> {
        let Self { path, entries, writing } = self;
        drop(entries);
        let lines =
            writing.await.unwrap_or_else(|_| Err(io::Error::other("the thread that writes it ended too early")));
        lines.map_err(|reason| LedgerError { path, reason })
    }
}

/// The file can no longer be written; [`LedgerWriter::finish`] says why.
#[derive(Debug, thiserror::Error)]
#[error("the ledger cannot be written any more")]
pub struct LedgerStopped;

/// The writing thread: flushes whenever the queue runs empty, so that a reader follows closely.
fn write_all(mut queue: mpsc::Receiver<Entry>, mut out: impl Write) -> io::Result<u64> {
    let mut lines = 0;
    while let Some(entry) = queue.blocking_recv() {
        let mut line = serde_json::to_vec(&entry)?;
        line.push(b'\n');
        out.write_all(&line)?;
        lines += 1;
        if queue.is_empty() {
            out.flush()?;
        }
    }
    out.flush()?;
    Ok(lines)
}

/// RFC 3339 in UTC with microseconds, as in the services' log lines.
mod rfc3339_micros {
    use chrono::{DateTime, SecondsFormat, Utc};
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(super) fn serialize<S: Serializer>(time: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&time.to_rfc3339_opts(SecondsFormat::Micros, true))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DateTime<Utc>, D::Error> {
        let text = String::deserialize(deserializer)?;
        DateTime::parse_from_rfc3339(&text).map(|time| time.to_utc()).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests;
