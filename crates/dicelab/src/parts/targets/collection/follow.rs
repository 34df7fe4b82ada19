//! One file that is followed: what is new in it, also after it was moved away or cut.

use std::fs::{File, Metadata};
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use lab_logs::{Entry, LineDecoder};
use lab_model::Labels;
use serde::{Deserialize, Serialize};

/// A longer line is kept in pieces of this many bytes.
const LONGEST: usize = 256 << 10;
/// Bytes that are read of one file at a time.
const PIECE: u64 = 1 << 20;

/// How far a file was read, for the next start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// The device and the number of the file, which stay when it is renamed.
    device: u64,
    inode: u64,
    /// The bytes that were kept.
    offset: u64,
}

impl Position {
    /// Whether it belongs to this file, whatever its name is.
    pub fn is_of(&self, found: &Metadata) -> bool {
        (found.dev(), found.ino()) == (self.device, self.inode)
    }
}

/// A line as Docker's driver `json-file` writes it.
#[derive(Deserialize)]
struct DockerLine {
    log: String,
    time: String,
}

/// An open file, and what was read of it.
pub struct Followed {
    file: File,
    position: Position,
    /// The bytes that were read.
    read: u64,
    /// The bytes whose lines were shown, as far as they are whole.
    shown: u64,
    /// The beginning of a line whose end has not come yet.
    begun: Vec<u8>,
    /// The beginning of a line that Docker has cut.
    cut: String,
    decoder: LineDecoder,
}

impl Followed {
    /// Opens a file; it is read from where it was left, if it is the same one and has not become shorter.
    pub fn open(path: &Path, service: &str, left: Option<Position>) -> std::io::Result<Self> {
        let mut file = File::open(path)?;
        let found = file.metadata()?;
        let start = Position { device: found.dev(), inode: found.ino(), offset: 0 };
        let same = left.filter(|left| Position { offset: 0, ..*left } == start && left.offset <= found.len());
        let position = same.unwrap_or(start);
        file.seek(SeekFrom::Start(position.offset))?;
        let name = path.display().to_string();
        let labels = Labels::from_pairs([("job", "files"), ("service_name", service), ("filename", &*name)]);
        let (read, decoder) = (position.offset, LineDecoder::new(&labels));
        Ok(Self { file, position, read, shown: read, begun: Vec::new(), cut: String::new(), decoder })
    }

    /// How far the lines that were kept reach.
    pub fn position(&self) -> Position {
        self.position
    }

    /// The lines that have come since, at most a piece; more are there if it answers true. What was shown is confirmed by
    /// [`Followed::kept`] or taken back by [`Followed::back`].
    pub fn news(&mut self, arrival: i64, found: &mut Vec<(Labels, Entry)>) -> std::io::Result<bool> {
        if self.file.metadata()?.len() < self.read {
            // The file was cut and is written anew.
            self.position.offset = 0;
            self.back();
        }
        self.file.seek(SeekFrom::Start(self.read))?;
        let read = (&self.file).take(PIECE).read_to_end(&mut self.begun)? as u64;
        let start = self.read - (self.begun.len() as u64 - read);
        self.read += read;
        let mut taken = 0;
        while let Some(length) = end_of_line(&self.begun[taken..]) {
            let line = String::from_utf8_lossy(&self.begun[taken..taken + length]).into_owned();
            taken += length;
            self.show(line.trim_end_matches(['\r', '\n']), arrival, found);
            if self.cut.is_empty() {
                self.shown = start + taken as u64;
            }
        }
        self.begun.drain(..taken);
        Ok(read == PIECE)
    }

    /// The last line of a file that is left, although it has no end.
    pub fn last(&mut self, arrival: i64, found: &mut Vec<(Labels, Entry)>) {
        let line = std::mem::take(&mut self.begun);
        self.show(&String::from_utf8_lossy(&line), arrival, found);
        self.shown = self.read;
    }

    /// What was shown is kept.
    pub fn kept(&mut self) {
        self.position.offset = self.shown;
    }

    /// What was shown could not be kept: the next look shows it again.
    pub fn back(&mut self) {
        self.begun.clear();
        self.cut.clear();
        (self.read, self.shown) = (self.position.offset, self.position.offset);
    }

    fn show(&mut self, line: &str, arrival: i64, found: &mut Vec<(Labels, Entry)>) {
        if line.is_empty() {
            return;
        }
        let docker = line.starts_with("{\"log\":").then(|| serde_json::from_str::<DockerLine>(line).ok()).flatten();
        let Some(DockerLine { log, time }) = docker else {
            let decoded = self.decoder.decode(line, arrival);
            found.push((decoded.stream, decoded.entry));
            return;
        };
        // A piece of a long line has no line feed; its last one has.
        self.cut.push_str(&log);
        if !log.ends_with('\n') && self.cut.len() < LONGEST {
            return;
        }
        let line = std::mem::take(&mut self.cut);
        let time = chrono::DateTime::parse_from_rfc3339(&time).ok().and_then(|time| time.timestamp_nanos_opt());
        let decoded = self.decoder.decode(line.trim_end_matches(['\r', '\n']), time.unwrap_or(arrival));
        found.push((decoded.stream, decoded.entry));
    }
}

/// The length of the first line with its line feed, or of the first piece of one that is too long.
fn end_of_line(bytes: &[u8]) -> Option<usize> {
    let within = &bytes[..bytes.len().min(LONGEST)];
    let end = within.iter().position(|byte| *byte == b'\n').map(|at| at + 1);
    end.or_else(|| (bytes.len() >= LONGEST).then_some(LONGEST))
}
