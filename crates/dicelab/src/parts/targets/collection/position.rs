//! How far a file was read, so that it is read on from there after a restart, whatever its name is by then.

use std::collections::BTreeMap;
use std::fs::{File, Metadata};
use std::io::ErrorKind;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Bytes before a position by which it is known that they are still the same.
const LONGEST_TAIL: u64 = 64;

/// A place in a file. A file is known by its device and number, which stay when it is renamed; that a new one has not got
/// the number of an old one, or was not cut and written anew, is known by the bytes before the place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    device: u64,
    inode: u64,
    /// The bytes that were read.
    pub offset: u64,
    #[serde(default)]
    before: Option<Tail>,
}

/// The last bytes before a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tail {
    length: u64,
    checksum: u32,
}

/// Where a file was left, and the labels of its lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    pub path: PathBuf,
    #[serde(flatten)]
    pub position: Position,
    pub labels: BTreeMap<String, String>,
}

impl Position {
    /// The beginning of a file.
    pub fn beginning(found: &Metadata) -> Self {
        Self { device: found.dev(), inode: found.ino(), offset: 0, before: None }
    }

    /// Another place in the same file.
    #[must_use]
    pub fn moved(self, file: &File, offset: u64) -> Self {
        Self { offset, before: Tail::before(file, offset), ..self }
    }

    /// The bytes before it, as they were.
    pub fn before(&self) -> Option<Tail> {
        self.before
    }

    /// Whether it belongs to this file, whatever its name is.
    pub fn is_of(&self, found: &Metadata) -> bool {
        (found.dev(), found.ino()) == (self.device, self.inode)
    }

    /// Whether the file can be read on from here: it is the same one, and what was read of it is still there.
    pub fn continues(&self, file: &File, found: &Metadata) -> bool {
        self.is_of(found)
            && self.offset <= found.len()
            && self.before.is_none_or(|before| Tail::before(file, self.offset) == Some(before))
    }

    /// Whether a file of another name is surely the one that was read, and no foreign one that has got its number: what was
    /// read has to stand in it. Without a byte that was read, or without the bytes before the place, nobody can tell.
    pub fn is_known_in(&self, file: &File, found: &Metadata) -> bool {
        self.offset > 0 && self.before.is_some() && self.continues(file, found)
    }
}

impl Tail {
    /// The bytes before a place in a file; none at its beginning, or if it is shorter.
    pub fn before(file: &File, offset: u64) -> Option<Self> {
        let length = offset.min(LONGEST_TAIL);
        let mut bytes = [0; LONGEST_TAIL as usize];
        let bytes = &mut bytes[..length as usize];
        file.read_exact_at(bytes, offset - length).ok().filter(|()| length > 0)?;
        Some(Self { length, checksum: crc32c::crc32c(bytes) })
    }
}

/// The places that were written down; none, if no lab has written any.
pub fn read(file: &Path) -> std::io::Result<Vec<Left>> {
    let text = match std::fs::read(file) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        text => text?,
    };
    if text.trim_ascii_start().starts_with(b"[") {
        return Ok(serde_json::from_slice(&text)?);
    }
    // So an earlier version wrote it: by paths, without labels, which belonged to none of them but to the patterns.
    let by_path: BTreeMap<PathBuf, Position> = serde_json::from_slice(&text)?;
    Ok(by_path.into_iter().map(|(path, position)| Left { path, position, labels: BTreeMap::new() }).collect())
}

/// Writes the places down, all or none.
pub fn write(file: &Path, left: &[Left]) -> std::io::Result<()> {
    let beside = file.with_extension("new");
    std::fs::write(&beside, serde_json::to_vec(left)?)?;
    std::fs::rename(&beside, file)
}

/// The copy that was made of a file before it was cut: it stands in the same folder, has what was read of the file, which ended with
/// `before`, perhaps more, and was not written before `since` (s). Of several it is the newest.
pub fn copy_of(path: &Path, (read, before): (u64, Tail), since: i64) -> Option<PathBuf> {
    let copies = std::fs::read_dir(folder_of(path)).ok()?.filter_map(Result::ok).filter_map(|entry| {
        let copy = entry.path();
        let found = copy.symlink_metadata().ok()?;
        let may_be = found.is_file() && found.len() >= read && found.mtime() >= since;
        let is_it = may_be && may_be_copy(path, &copy) && Tail::before(&File::open(&copy).ok()?, read) == Some(before);
        is_it.then(|| ((found.mtime(), found.mtime_nsec()), copy))
    });
    copies.max().map(|(_, copy)| copy)
}

/// Whether a file beside another one is called as a copy of it may be.
pub fn may_be_copy(path: &Path, copy: &Path) -> bool {
    let [name, of_copy] = [path, copy].map(|path| path.file_name().unwrap_or_default().to_string_lossy());
    let stem = name.split('.').find(|part| !part.is_empty());
    stem.is_some_and(|stem| path != copy && of_copy.trim_start_matches('.').starts_with(stem))
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The name under which the file of a place stands now in the folder where it was.
pub fn moved_to(left: &Left) -> Option<PathBuf> {
    let mut entries = std::fs::read_dir(folder_of(&left.path)).ok()?.filter_map(Result::ok);
    // A pipe would keep waiting for ever who opens it.
    let is_it =
        |path: &PathBuf| path.symlink_metadata().is_ok_and(|found| found.is_file() && left.position.is_of(&found));
    entries.find_map(|entry| Some(entry.path()).filter(is_it))
}
