//! One file that is followed: what is new in it, also after it was moved away or cut.

use std::collections::BTreeMap;
use std::fs::{File, Metadata};
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use lab_logs::{Entry, LineDecoder};
use lab_model::Labels;

use crate::parts::targets::collection::counts::Counts;
use crate::parts::targets::collection::lines::bytes::Bytes;
use crate::parts::targets::collection::lines::docker::Docker;
use crate::parts::targets::collection::lines::entries::{Entries, FirstLine};
use crate::parts::targets::collection::lines::line::{Line, Output};
use crate::parts::targets::collection::position::{self, Left, Position, Tail};
use crate::parts::targets::collection::wanted::Wanted;

/// Bytes that are read of one file at a time.
const PIECE: u64 = 1 << 20;
/// How compressed files begin: those of gzip, zstd, bzip2 and xz.
const PACKED: [&[u8]; 4] = [b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"BZh", b"\xfd7zXZ\0"];

/// An open file, and what was read of it.
pub struct Followed {
    file: File,
    path: PathBuf,
    labels: BTreeMap<String, String>,
    counts: Counts,
    /// What was read and kept.
    position: Position,
    /// What was read.
    read: u64,
    /// The bytes before that, as they were.
    before: Option<Tail>,
    /// The length and the time of change at the last look.
    looked: Option<(u64, i64, i64)>,
    /// What was held back when the file was cut, as long as it is not kept: it stands nowhere else any more.
    pending: Vec<(Labels, Entry)>,
    /// The copy that was made of it before it was cut, until somebody follows it.
    copy: Option<Copied>,
    /// The name of this file, if it is such a copy and not read to its end.
    copied_to: Option<PathBuf>,
    is_packed: bool,
    /// Whether it was told that the file cannot be read.
    has_failed: bool,
    bytes: Bytes,
    docker: Docker,
    entries: Entries,
    decoders: BTreeMap<Option<Output>, LineDecoder>,
}

/// The copy of a file that was cut, and where the reading of the file goes on in it.
pub struct Copied {
    file: File,
    path: PathBuf,
    left: Left,
}

/// What a file has of one that is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Share {
    /// So many bytes, which are all that it has: nothing in it is new.
    All(u64),
    /// What was read of a file that was cut; whoever reads that one finds it.
    Cut,
}

impl Copied {
    /// Whether this is that file.
    pub fn is(&self, found: &Followed) -> bool {
        self.file.metadata().is_ok_and(|copy| found.is(&copy))
    }
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
            counts: counts.clone(),
            position: left.position,
            read: 0,
            before: None,
            looked: None,
            pending: Vec::new(),
            copy: None,
            copied_to: None,
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

    /// Goes on in the copy of a file that was cut.
    pub fn of_copy(copy: Copied, wanted: &Wanted, counts: &Counts) -> Self {
        Self { copied_to: Some(copy.path), ..Self::at(copy.file, copy.left, wanted, counts) }
    }

    /// The copy that was made before the file was cut, if that was just found. It has to be followed before this file is read
    /// on, and with it what was held back.
    pub fn copy(&mut self) -> Option<Copied> {
        self.copy.take()
    }

    /// Whether it is the copy of a file that was cut, and not read to its end. Nobody writes to it any more.
    pub fn is_copy(&self) -> bool {
        self.copied_to.is_some() && !self.has_failed
    }

    /// Whether it is the copy of this file, and not read to its end.
    pub fn is_copy_of(&self, other: &Self) -> bool {
        self.copied_to.is_some() && self.path == other.path
    }

    /// The copy was read to its end, and is a file like others: its name.
    pub fn copy_is_read(&mut self) -> Option<PathBuf> {
        self.copied_to.take()
    }

    /// What another file beside it has of this one. As long as this one is not cut, only a name that is that of this one and more
    /// says that the other is a copy: files of two days may begin alike.
    pub fn share(&self, path: &Path, other: &File) -> Option<Share> {
        let is_beside = path.parent() == self.path.parent() && position::may_be_copy(&self.path, path);
        if !is_beside || !std::fs::metadata(&self.path).is_ok_and(|found| self.is(&found)) {
            return None;
        }
        let (length, own) = (other.metadata().ok()?.len(), self.file.metadata().ok()?.len());
        if self.was_cut(own) {
            return (self.before.is_some() && Tail::before(other, self.read) == self.before).then_some(Share::Cut);
        }
        let [name, of_copy] = [&*self.path, path].map(|path| path.as_os_str().as_encoded_bytes());
        let tail = Tail::before(other, length).filter(|_| length <= own && of_copy.starts_with(name))?;
        (Tail::before(&self.file, length) == Some(tail)).then_some(Share::All(length))
    }

    /// Whether what was read of it is no longer there.
    fn was_cut(&self, length: u64) -> bool {
        length < self.read || Tail::before(&self.file, self.read) != self.before
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
        self.begin_at(self.file.metadata()?.len());
        Ok(())
    }

    /// Begins at this place.
    pub fn begin_at(&mut self, offset: u64) {
        self.position = self.position.moved(&self.file, offset);
        self.back();
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
        if self.was_cut(now.0) {
            self.cut(arrival);
            if self.copy.is_some() {
                return Ok(false);
            }
        }
        found.extend(self.pending.iter().cloned());
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

    /// The file was cut and is written anew. What was written after the last look stands in the copy that logrotate makes by
    /// `copytruncate`, and so does what was held back.
    fn cut(&mut self, arrival: i64) {
        self.copy = self.copy_of_it();
        if self.copy.is_none() {
            let mut held = Vec::new();
            self.held(arrival, &mut held);
            self.pending.append(&mut held);
        }
        self.begin_at(0);
    }

    /// The copy that was made of it before it was cut.
    fn copy_of_it(&self) -> Option<Copied> {
        let since = self.looked.map_or(i64::MIN, |(_, seconds, _)| seconds);
        let path = position::copy_of(&self.path, (self.read, self.before?), since)?;
        let opened = File::open(&path).and_then(|file| file.metadata().map(|found| (file, found)));
        match opened {
            Ok((file, found)) => {
                let position = Position::beginning(&found).moved(&file, self.position.offset);
                Some(Copied { file, path, left: Left { position, ..self.left() } })
            }
            Err(error) => {
                tracing::warn!(%error, file = %path.display(), "the copy of a log file that was cut cannot be read");
                None
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
        found.extend(self.pending.iter().cloned());
        self.held(arrival, found);
    }

    fn held(&mut self, arrival: i64, found: &mut Vec<(Labels, Entry)>) {
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
        self.pending.clear();
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
