//! Dashboards that were imported: kept in a directory of the lab's own, one file each, or in memory.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::dashboard::Dashboard;

/// Dashboards that are kept.
const MOST: usize = 500;
/// Bytes of JSON that are kept, over all dashboards.
const MOST_BYTES: usize = 64 << 20;
/// As long as Grafana lets a uid be.
const LONGEST_UID: usize = 40;

/// Why a dashboard is not kept.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The uid would make no address and no file name.
    #[error("uid {uid:?}: {reason}")]
    Uid {
        uid: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// An imported dashboard has this uid.
    #[error("another imported dashboard has the uid {0:?}; overwrite it, or give this one another uid")]
    Exists(String),
    /// A shipped dashboard, or one of the folder, has this uid.
    #[error("a dashboard that comes with the lab or from --dashboards has the uid {0:?}; give this one another uid")]
    Provisioned(String),
    /// There are too many, or they are too large.
    #[error(
        "cannot import another dashboard: at most {MOST} dashboards and {} MiB together are kept; delete one first",
        MOST_BYTES >> 20
    )]
    Full,
    /// The disk does not take it.
    #[error("{path}: {error}")]
    Disk {
        path: String,
        /// What the system says.
        error: io::Error,
    },
}

/// The imported dashboards, by uid.
#[derive(Debug)]
pub struct Imports {
    directory: Option<PathBuf>,
    boards: Mutex<BTreeMap<String, Kept>>,
}

#[derive(Clone, Debug)]
struct Kept {
    board: Arc<Dashboard>,
    bytes: usize,
}

impl Imports {
    /// Keeps them as long as the program runs.
    pub fn in_memory() -> Self {
        Self { directory: None, boards: Mutex::default() }
    }

    /// Keeps them in a directory, which is made with the first import. Files that are no dashboards are left alone.
    pub fn in_directory(directory: PathBuf) -> Self {
        let files = fs::read_dir(&directory).into_iter().flatten().flatten().map(|entry| entry.path());
        let boards = files.take(MOST).filter_map(|path| read(&path)).map(|kept| (kept.board.uid.clone(), kept));
        Self { boards: Mutex::new(boards.collect()), directory: Some(directory) }
    }

    /// All of them.
    pub fn list(&self) -> Vec<Arc<Dashboard>> {
        self.lock().values().map(|kept| kept.board.clone()).collect()
    }

    /// Whether there is one of this uid.
    pub fn has(&self, uid: &str) -> bool {
        self.lock().contains_key(uid)
    }

    /// Keeps a dashboard; one that has its uid already is replaced only if asked to. Each time its version is one more.
    pub fn keep(&self, mut board: Dashboard, replace: bool) -> Result<Arc<Dashboard>, ImportError> {
        check(&board.uid)?;
        let mut boards = self.lock();
        board.json["version"] = boards.get(&board.uid).map_or(1, |kept| kept.board.version() + 1).into();
        let text = board.json.to_string();
        let before = boards.get(&board.uid).map_or(0, |kept| kept.bytes);
        if before > 0 && !replace {
            return Err(ImportError::Exists(board.uid));
        }
        let bytes: usize = boards.values().map(|kept| kept.bytes).sum();
        if bytes - before + text.len() > MOST_BYTES || (before == 0 && boards.len() >= MOST) {
            return Err(ImportError::Full);
        }
        if let Some(directory) = &self.directory {
            write(directory, &file_of(directory, &board.uid), &text)?;
        }
        let board = Arc::new(board);
        boards.insert(board.uid.clone(), Kept { board: board.clone(), bytes: text.len() });
        Ok(board)
    }

    /// Forgets a dashboard; false if there is none of this uid.
    pub fn remove(&self, uid: &str) -> Result<bool, ImportError> {
        let mut boards = self.lock();
        if !boards.contains_key(uid) {
            return Ok(false);
        }
        if let Some(directory) = &self.directory {
            let path = file_of(directory, uid);
            fs::remove_file(&path).map_err(|error| disk(&path, error))?;
        }
        boards.remove(uid);
        Ok(true)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Kept>> {
        self.boards.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A uid is a part of addresses and a file's name: Grafana's rule for it.
fn check(uid: &str) -> Result<(), ImportError> {
    let wrong = |reason| Err(ImportError::Uid { uid: uid.chars().take(2 * LONGEST_UID).collect(), reason });
    if uid.is_empty() {
        return wrong("the dashboard has neither a uid nor a title; give it one of them");
    }
    if uid.len() > LONGEST_UID {
        return wrong("a uid has at most 40 bytes");
    }
    if !uid.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_') {
        return wrong("a uid may only contain a-z, A-Z, 0-9, - and _");
    }
    Ok(())
}

fn file_of(directory: &Path, uid: &str) -> PathBuf {
    directory.join(format!("{uid}.json"))
}

fn read(path: &Path) -> Option<Kept> {
    let text = fs::read_to_string(path).ok()?;
    let stem = path.extension().filter(|extension| *extension == "json").and(path.file_stem())?;
    let board = Dashboard::parse(&text, &stem.to_string_lossy()).ok()?;
    check(&board.uid).ok()?;
    Some(Kept { board: Arc::new(board), bytes: text.len() })
}

/// Writes a file whole or not at all.
fn write(directory: &Path, path: &Path, text: &str) -> Result<(), ImportError> {
    let draft = path.with_extension("json.new");
    fs::create_dir_all(directory).map_err(|error| disk(directory, error))?;
    fs::write(&draft, text).map_err(|error| disk(&draft, error))?;
    fs::rename(&draft, path).map_err(|error| disk(path, error))
}

fn disk(path: &Path, error: io::Error) -> ImportError {
    ImportError::Disk { path: path.display().to_string(), error }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn board(uid: &str) -> Dashboard {
        Dashboard::parse(&format!(r#"{{"uid":"{uid}","title":"T","panels":[]}}"#), "x").expect("a dashboard")
    }

    #[test]
    fn an_import_outlives_the_program_and_can_be_taken_away() {
        let directory = std::env::temp_dir().join(format!("dicelab-imports-{}", std::process::id()));
        let imports = Imports::in_directory(directory.clone());
        imports.keep(board("mine"), false).expect("kept");
        fs::write(directory.join("note.txt"), "no dashboard").expect("written");
        let again = Imports::in_directory(directory.clone());
        assert_eq!(again.list().iter().map(|one| one.uid.clone()).collect::<Vec<_>>(), ["mine"]);
        assert!(again.remove("mine").expect("removed"));
        assert!(!again.remove("mine").expect("nothing to remove"));
        assert!(Imports::in_directory(directory.clone()).list().is_empty());
        fs::remove_dir_all(&directory).expect("removed");
    }

    #[test]
    fn a_uid_is_taken_once_unless_it_is_to_be_replaced() {
        let imports = Imports::in_memory();
        imports.keep(board("a"), false).expect("kept");
        assert!(matches!(imports.keep(board("a"), false), Err(ImportError::Exists(uid)) if uid == "a"));
        imports.keep(board("a"), true).expect("replaced");
        assert_eq!(imports.list().len(), 1);
    }

    #[test]
    fn a_uid_never_leaves_the_directory() {
        let imports = Imports::in_memory();
        for uid in ["../etc", "a/b", "ü", &"x".repeat(41)] {
            let error = imports.keep(board(uid), true).expect_err("refused").to_string();
            assert!(error.starts_with(&format!("uid {uid:?}")), "{error}");
        }
    }

    #[test]
    fn imported_dashboards_are_bounded_in_number_and_size() {
        let imports = Imports::in_memory();
        for at in 0..MOST {
            imports.keep(board(&format!("n{at}")), false).expect("kept");
        }
        assert!(matches!(imports.keep(board("one-more"), false), Err(ImportError::Full)));
        imports.keep(board("n0"), true).expect("replacing needs no room");
    }
}
