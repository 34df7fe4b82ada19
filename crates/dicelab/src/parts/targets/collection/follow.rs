//! One file that is followed: what is new in it, also after it was moved away or cut.

use std::collections::BTreeMap;
use std::fs::{File, Metadata};
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lab_logs::{Entry, LineDecoder};
use lab_model::Labels;

use crate::parts::targets::collection::counts::Counts;
use crate::parts::targets::collection::lines::bytes::Bytes;
use crate::parts::targets::collection::lines::docker::Docker;
use crate::parts::targets::collection::lines::entries::{Entries, FirstLine};
use crate::parts::targets::collection::lines::line::{Line, Output};
use crate::parts::targets::collection::pattern::FilePattern;
use crate::parts::targets::collection::position::{self, Left, Position, Tail};
use crate::parts::targets::collection::wanted::Wanted;

/// Bytes that are read of one file at a time.
const PIECE: u64 = 1 << 20;
/// The most bytes that are read of the copy of a file that was cut.
const MOST_OF_A_COPY: u64 = 4 << 20;
/// How compressed files begin: those of gzip, zstd, bzip2 and xz.
const PACKED: [&[u8]; 4] = [b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"BZh", b"\xfd7zXZ\0"];

/// An open file, and what was read of it.
pub struct Followed {
    file: File,
    path: PathBuf,
    labels: BTreeMap<String, String>,
    /// What else is followed.
    patterns: Arc<[FilePattern]>,
    counts: Counts,
    /// What was read and kept.
    position: Position,
    /// What was read.
    read: u64,
    /// The bytes before that, as they were.
    before: Option<Tail>,
    /// The length and the time of change at the last look.
    looked: Option<(u64, i64, i64)>,
    is_packed: bool,
    /// Whether it was told that the file cannot be read.
    has_failed: bool,
    bytes: Bytes,
    docker: Docker,
    entries: Entries,
    decoders: BTreeMap<Option<Output>, LineDecoder>,
}

impl Followed {
    /// Opens a file; it is read from where it was left, if it is the same one. If what was read of it is no longer there, the
    /// first look finds that it was cut.
    pub fn open(path: &Path, left: Left, wanted: &Wanted, counts: &Counts) -> std::io::Result<Self> {
        let file = File::open(path)?;
        let found = file.metadata()?;
        let position = if left.position.is_of(&found) { left.position } else { Position::beginning(&found) };
        Ok(Self::at(file, Left { position, ..left }, wanted, counts))
    }

    /// Opens a file that was moved to another name; none, if it is not surely the one that was left.
    pub fn open_moved(path: &Path, left: Left, wanted: &Wanted, counts: &Counts) -> std::io::Result<Option<Self>> {
        let file = File::open(path)?;
        let is_known = left.position.is_known_in(&file, &file.metadata()?);
        Ok(is_known.then(|| Self::at(file, left, wanted, counts)))
    }

    /// An open file that is read on from this place.
    fn at(file: File, left: Left, wanted: &Wanted, counts: &Counts) -> Self {
        let rule = left.labels.get("service_name").and_then(|service| FirstLine::of(&wanted.rules, service));
        let mut followed = Self {
            file,
            path: left.path,
            labels: left.labels,
            patterns: Arc::clone(&wanted.patterns),
            counts: counts.clone(),
            position: left.position,
            read: 0,
            before: None,
            looked: None,
            is_packed: false,
            has_failed: false,
            bytes: Bytes::new(0, counts.clone()),
            docker: Docker::default(),
            entries: Entries::new(rule.cloned()),
            decoders: BTreeMap::new(),
        };
        followed.back();
        followed
    }

    /// Whether this is that file, whatever its name is.
    pub fn is(&self, found: &Metadata) -> bool {
        self.position.is_of(found)
    }

    /// How far the lines that were kept reach.
    pub fn left(&self) -> Left {
        Left { path: self.path.clone(), position: self.position, labels: self.labels.clone() }
    }

    /// Leaves out what is in the file at present.
    pub fn skip(&mut self) -> std::io::Result<()> {
        self.position = self.position.moved(&self.file, self.file.metadata()?.len());
        self.back();
        Ok(())
    }

    /// The lines that have come since, at most a piece; more are there if it answers true. What was shown is confirmed by
    /// [`Followed::kept`] or taken back by [`Followed::back`].
    pub fn news(&mut self, arrival: i64, found: &mut Vec<(Labels, Entry)>) -> std::io::Result<bool> {
        let now = self.file.metadata()?;
        let now = (now.len(), now.mtime(), now.mtime_nsec());
        if self.is_packed || (self.looked == Some(now) && now.0 == self.read) {
            self.waited(arrival, found);
            return Ok(false);
        }
        if now.0 < self.read || Tail::before(&self.file, self.read) != self.before {
            // The file was cut and is written anew.
            self.rest_in_copy(arrival, found);
            self.last(arrival, found);
            self.position = self.position.moved(&self.file, 0);
            self.back();
        }
        self.looked = Some(now);
        let mut piece = Vec::new();
        self.file.seek(SeekFrom::Start(self.read))?;
        let read = (&self.file).take(PIECE).read_to_end(&mut piece)? as u64;
        if self.read == 0 && PACKED.iter().any(|beginning| piece.starts_with(beginning)) {
            self.leave_packed();
            return Ok(false);
        }
        self.read += read;
        self.before = Tail::before(&self.file, self.read);
        self.take_all(&piece, arrival, found);
        self.waited(arrival, found);
        Ok(read == PIECE)
    }

    /// What was written to the file after the last look and before it was cut: whoever copies a file first, as logrotate does by
    /// `copytruncate`, has left it in the copy. A copy that is followed itself is read anyway.
    fn rest_in_copy(&mut self, arrival: i64, found: &mut Vec<(Labels, Entry)>) {
        let Some(before) = self.before else { return };
        let since = self.looked.map_or(i64::MIN, |(_, seconds, _)| seconds);
        let copy = position::copy_of(&self.path, (self.read, before), since);
        let Some(copy) = copy.filter(|copy| !self.patterns.iter().any(|pattern| pattern.fits(copy))) else { return };
        let mut piece = Vec::new();
        let read = File::open(&copy).and_then(|mut file| {
            file.seek(SeekFrom::Start(self.read))?;
            file.take(MOST_OF_A_COPY).read_to_end(&mut piece)
        });
        match read {
            Ok(_) => self.take_all(&piece, arrival, found),
            Err(error) => {
                tracing::warn!(%error, file = %copy.display(), "the copy of a log file that was cut cannot be read");
            }
        }
    }

    fn take_all(&mut self, piece: &[u8], arrival: i64, found: &mut Vec<(Labels, Entry)>) {
        let mut lines = Vec::new();
        self.bytes.take(piece, |line| lines.push(line));
        for line in lines {
            self.take(line, arrival, found);
        }
    }

    /// What is still held back of a file that is left: a last line that has no end, an entry to which another line could
    /// belong.
    pub fn last(&mut self, arrival: i64, found: &mut Vec<(Labels, Entry)>) {
        if let Some(line) = self.bytes.last() {
            self.take(line, arrival, found);
        }
        let mut lines = Vec::new();
        for line in self.docker.last() {
            self.entries.take(line, arrival, |line| lines.push(line));
        }
        self.entries.last(|line| lines.push(line));
        self.show(lines, arrival, found);
    }

    /// The file could not be read. That is told once, until it can be read again.
    pub fn failed(&mut self, error: &std::io::Error) {
        self.back();
        if !std::mem::replace(&mut self.has_failed, true) {
            tracing::warn!(%error, file = %self.path.display(), "a log file cannot be read; the next attempt follows in a moment");
        }
    }

    /// What was shown is kept: so many lines.
    pub fn kept(&mut self, lines: usize) {
        self.has_failed = false;
        self.counts.kept(lines);
        let begun = [self.docker.begin(), self.entries.begin()].into_iter().flatten().min();
        let shown = begun.unwrap_or(u64::MAX).min(self.bytes.begin());
        if shown != self.position.offset {
            self.position = self.position.moved(&self.file, shown);
        }
    }

    /// What was shown could not be kept: the next look shows it again.
    pub fn back(&mut self) {
        self.read = self.position.offset;
        self.before = self.position.before().or_else(|| Tail::before(&self.file, self.read));
        self.looked = None;
        self.bytes = Bytes::new(self.read, self.counts.clone());
        self.docker = Docker::default();
        self.entries.last(drop);
    }

    fn take(&mut self, line: Line, arrival: i64, found: &mut Vec<(Labels, Entry)>) {
        let mut lines = Vec::new();
        if let Some(line) = self.docker.unwrapped(line, arrival) {
            self.entries.take(line, arrival, |line| lines.push(line));
        }
        self.show(lines, arrival, found);
    }

    /// What has waited long enough for another line.
    fn waited(&mut self, arrival: i64, found: &mut Vec<(Labels, Entry)>) {
        let mut lines = Vec::new();
        for line in self.docker.waited(arrival) {
            self.entries.take(line, arrival, |line| lines.push(line));
        }
        self.entries.waited(arrival, |line| lines.push(line));
        self.show(lines, arrival, found);
    }

    fn show(&mut self, lines: Vec<Line>, arrival: i64, found: &mut Vec<(Labels, Entry)>) {
        for line in lines {
            let text = line.text.trim_end_matches('\n');
            if text.is_empty() {
                continue;
            }
            let labels = &self.labels;
            let decoder = self.decoders.entry(line.output).or_insert_with(|| decoder(labels, line.output));
            let decoded = match line.time {
                Some(time) => decoder.decode_timed(text, time),
                None => decoder.decode(text, arrival),
            };
            found.push((decoded.stream, decoded.entry));
        }
    }

    /// Its lines were read before it was compressed; their bytes are no lines.
    fn leave_packed(&mut self) {
        self.is_packed = true;
        self.counts.packed();
        tracing::info!(
            file = %self.path.display(),
            "the file is compressed and is not read; what is in it was collected if the lab was there before it was compressed"
        );
    }
}

/// A decoder for the lines of one output.
fn decoder(labels: &BTreeMap<String, String>, output: Option<Output>) -> LineDecoder {
    let of_output = output.map(|output| ("stream", output.name()));
    let all = labels.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    LineDecoder::new(&Labels::from_pairs(all.chain(of_output)))
}
