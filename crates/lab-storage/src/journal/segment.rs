//! The files of a journal: `journal/<signal>-<number>` in the data directory. One is written at a time; a flush lets the
//! next record begin another one, and its commit lets those go whose records the tables hold.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// The folder of all journals within the data directory.
const FOLDER: &str = "journal";

/// Where the segments of one signal are.
#[derive(Clone, Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    signal: String,
}

/// A segment that gets no further record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Closed {
    pub(crate) path: PathBuf,
    pub(crate) bytes: u64,
    /// The number of its last record.
    pub(crate) last: u64,
}

/// The segment that is written at the moment.
#[derive(Debug)]
pub(crate) struct Open {
    pub(crate) number: u64,
    file: File,
    path: PathBuf,
    bytes: u64,
    /// The end is a part of a record, behind which nothing would be found.
    torn: bool,
}

impl Folder {
    /// The folder of a signal's segments in this data directory. It is made with the first segment.
    pub(crate) fn new(data_dir: &Path, signal: &str) -> Self {
        Self { path: data_dir.join(FOLDER), signal: signal.to_owned() }
    }

    /// Number and path of every segment, in the order in which they were written.
    pub(crate) fn segments(&self) -> io::Result<Vec<(u64, PathBuf)>> {
        let entries = match fs::read_dir(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut segments = Vec::new();
        for entry in entries {
            let path = entry?.path();
            let number = path.file_name().and_then(|name| name.to_str()).and_then(|name| self.number(name));
            segments.extend(number.map(|number| (number, path)));
        }
        segments.sort();
        Ok(segments)
    }

    /// Makes a segment, which belongs to this user alone.
    pub(crate) fn begin(&self, number: u64) -> io::Result<Open> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.path)?;
        let path = self.path.join(format!("{}-{number:08}", self.signal));
        let file = File::options().append(true).create_new(true).mode(0o600).open(&path)?;
        Ok(Open { number, file, path, bytes: 0, torn: false })
    }

    fn number(&self, name: &str) -> Option<u64> {
        name.strip_prefix(&self.signal)?.strip_prefix('-')?.parse().ok()
    }
}

impl Open {
    /// Appends all of these bytes, or none of them.
    pub(crate) fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        let written = self.file.write_all(bytes);
        if written.is_ok() {
            self.bytes += bytes.len() as u64;
        } else {
            // A part of them may be there. If it cannot be cut off, a reader does that, who finds the record torn.
            self.torn = self.file.set_len(self.bytes).is_err();
        }
        written
    }

    /// True if nothing may be appended any more.
    pub(crate) fn is_torn(&self) -> bool {
        self.torn
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The segment as it is from now on, with the number of its last record.
    pub(crate) fn close(self, last: u64) -> Closed {
        Closed { path: self.path, bytes: self.bytes, last }
    }
}
