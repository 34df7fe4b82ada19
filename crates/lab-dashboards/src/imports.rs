//! Dashboards that were imported, each with its latest versions: kept in a directory of the lab's own, or in memory.

pub mod error;
mod files;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::dashboard::Dashboard;
use crate::imports::error::{ImportError, MOST, MOST_BYTES, Replace};

/// Earlier versions that are kept of each dashboard. They make room for the newest ones where bytes are short.
const MOST_EARLIER: usize = 20;
/// As long as Grafana lets a uid be.
const LONGEST_UID: usize = 40;

/// The imported dashboards, by uid.
#[derive(Debug)]
pub struct Imports {
    directory: Option<PathBuf>,
    boards: Mutex<BTreeMap<String, Kept>>,
    /// Files of the directory that could not be read, each with the reason.
    problems: Vec<String>,
}

/// All versions that are kept of a dashboard.
#[derive(Clone, Debug, Default)]
struct Kept {
    /// The oldest first; the last one is the dashboard as it is.
    versions: Vec<Version>,
}

#[derive(Clone, Debug)]
struct Version {
    board: Arc<Dashboard>,
    bytes: usize,
}

impl Kept {
    fn newest(&self) -> Option<&Version> {
        self.versions.last()
    }

    fn bytes(&self) -> usize {
        self.versions.iter().map(|version| version.bytes).sum()
    }
}

impl Imports {
    /// Keeps them as long as the program runs.
    pub fn in_memory() -> Self {
        Self { directory: None, boards: Mutex::default(), problems: Vec::new() }
    }

    /// Keeps them in a directory, which is made with the first import. Files that are no dashboards are left alone and
    /// are named by [`Self::problems`]. Where the newest version is missing or cannot be read, the one before it is the newest.
    pub fn in_directory(directory: PathBuf) -> Self {
        let paths = fs::read_dir(&directory).into_iter().flatten().flatten().map(|entry| entry.path());
        let mut newest = BTreeMap::<String, Kept>::new();
        let mut earlier = Vec::new();
        let mut problems = Vec::new();
        for found in paths.take(MOST * (1 + MOST_EARLIER)).filter_map(|path| files::read(&path)) {
            let found = match found {
                Ok(found) => found,
                Err(problem) => {
                    problems.push(problem);
                    continue;
                }
            };
            if check(&found.board.uid).is_err() {
                continue;
            }
            let version = Version { board: Arc::new(found.board), bytes: found.bytes };
            if found.is_earlier {
                earlier.push(version);
            } else if newest.len() < MOST {
                newest.insert(version.board.uid.clone(), Kept { versions: vec![version] });
            }
        }
        earlier.sort_by_key(|version| std::cmp::Reverse(version.board.version()));
        for version in earlier {
            if newest.len() < MOST || newest.contains_key(&version.board.uid) {
                newest.entry(version.board.uid.clone()).or_default();
            }
            let known = newest.get_mut(&version.board.uid);
            let before = |kept: &&mut Kept| kept.versions.first().is_none_or(|first| is_before(&version, first));
            if let Some(kept) = known.filter(before) {
                kept.versions.insert(0, version);
            }
        }
        Self { boards: Mutex::new(newest), directory: Some(directory), problems }
    }

    /// The files that could not be read when the program began, each with the reason.
    pub fn problems(&self) -> &[String] {
        &self.problems
    }

    /// All of them, as they are now.
    pub fn list(&self) -> Vec<Arc<Dashboard>> {
        self.lock().values().filter_map(|kept| Some(kept.newest()?.board.clone())).collect()
    }

    /// Whether there is one of this uid.
    pub fn has(&self, uid: &str) -> bool {
        self.lock().contains_key(uid)
    }

    /// The versions that are kept of a dashboard, the newest first.
    pub fn versions(&self, uid: &str) -> Vec<Arc<Dashboard>> {
        let boards = self.lock();
        let versions = boards.get(uid).into_iter().flat_map(|kept| kept.versions.iter().rev());
        versions.map(|version| version.board.clone()).collect()
    }

    /// Keeps a dashboard; one that has its uid already is replaced only if asked to, and becomes its earlier version. Each
    /// time its version is one more.
    pub fn keep(&self, mut board: Dashboard, replace: Replace) -> Result<Arc<Dashboard>, ImportError> {
        check(&board.uid)?;
        let mut boards = self.lock();
        let before = boards.get(&board.uid).and_then(Kept::newest).cloned();
        match (&before, replace) {
            (Some(_), Replace::No) => return Err(ImportError::Exists(board.uid)),
            (before, Replace::Version(wanted)) if before.as_ref().map(|one| one.board.version()) != Some(wanted) => {
                return Err(ImportError::Stale(board.uid));
            }
            _ => {}
        }
        if before.is_none() && boards.len() >= MOST {
            return Err(ImportError::Full);
        }
        let number = before.as_ref().map_or(1, |before| before.board.version().saturating_add(1));
        if let Some(fields) = board.json.as_object_mut() {
            fields.insert("version".to_owned(), number.into());
        }
        if let Some(before) = &before {
            board.metadata.created.clone_from(&before.board.metadata.created);
            board.metadata.identity.clone_from(&before.board.metadata.identity);
        }
        let text = files::encode(&board);
        // What is acknowledged must be there after a restart: a value may be nested deeper than a file is read.
        if let Err(error) = Dashboard::parse(&text, &board.uid) {
            return Err(ImportError::Shape { uid: board.uid, error });
        }
        let mut changed = boards.clone();
        let board = Arc::new(board);
        let version = Version { board: board.clone(), bytes: text.len() };
        changed.entry(board.uid.clone()).or_default().versions.push(version);
        let dropped = make_room(&mut changed, &board.uid)?;
        if let Some(directory) = &self.directory {
            if let Some(before) = &before {
                let earlier = files::of(directory, &board.uid, Some(before.board.version()));
                files::write(&earlier, &files::encode(&before.board))?;
            }
            files::write(&files::of(directory, &board.uid, None), &text)?;
            for old in dropped {
                files::remove(&files::of(directory, &old.uid, Some(old.version())))?;
            }
        }
        *boards = changed;
        Ok(board)
    }

    /// Forgets a dashboard and its versions, if it may go as it is now; false if there is none of this uid.
    pub fn remove(&self, uid: &str, may_go: impl FnOnce(&Dashboard) -> bool) -> Result<bool, ImportError> {
        let mut boards = self.lock();
        let Some(kept) = boards.get(uid) else { return Ok(false) };
        if kept.newest().is_some_and(|newest| !may_go(&newest.board)) {
            return Err(ImportError::Stale(uid.to_owned()));
        }
        if let Some(directory) = &self.directory {
            // The newest goes last: an earlier one that is left alone would stand for it after a restart.
            for version in &kept.versions {
                files::remove(&files::of(directory, uid, Some(version.board.version())))?;
            }
            files::remove(&files::of(directory, uid, None))?;
        }
        boards.remove(uid);
        Ok(true)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Kept>> {
        self.boards.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_before(one: &Version, other: &Version) -> bool {
    one.board.version() < other.board.version()
}

/// Takes earlier versions away until the bounds hold: those of this dashboard that are too many, then the oldest of whichever
/// dashboard has the most bytes. What was taken away.
fn make_room(boards: &mut BTreeMap<String, Kept>, uid: &str) -> Result<Vec<Arc<Dashboard>>, ImportError> {
    let mut dropped = Vec::new();
    if let Some(kept) = boards.get_mut(uid) {
        let many = kept.versions.len().saturating_sub(1 + MOST_EARLIER);
        dropped.extend(kept.versions.drain(..many).map(|version| version.board));
    }
    while boards.values().map(Kept::bytes).sum::<usize>() > MOST_BYTES {
        let largest = boards.values_mut().filter(|kept| kept.versions.len() > 1).max_by_key(|kept| kept.bytes());
        dropped.push(largest.ok_or(ImportError::Full)?.versions.remove(0).board);
    }
    Ok(dropped)
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn board(uid: &str) -> Dashboard {
        Dashboard::parse(&format!(r#"{{"uid":"{uid}","title":"T","panels":[]}}"#), "x").expect("a dashboard")
    }

    #[test]
    fn an_import_outlives_the_program_and_can_be_taken_away() {
        let directory = std::env::temp_dir().join(format!("dicelab-imports-{}", std::process::id()));
        let imports = Imports::in_directory(directory.clone());
        imports.keep(board("mine"), Replace::No).expect("kept");
        fs::write(directory.join("note.txt"), "no dashboard").expect("written");
        let again = Imports::in_directory(directory.clone());
        assert_eq!(again.list().iter().map(|one| one.uid.clone()).collect::<Vec<_>>(), ["mine"]);
        assert!(matches!(again.remove("mine", |mine| mine.version() == 2), Err(ImportError::Stale(_))));
        assert!(again.remove("mine", |mine| mine.version() == 1).expect("removed"));
        assert!(!again.remove("mine", |_| true).expect("nothing to remove"));
        assert!(Imports::in_directory(directory.clone()).list().is_empty());
        fs::remove_dir_all(&directory).expect("removed");
    }

    #[test]
    fn a_uid_is_taken_once_unless_it_is_to_be_replaced() {
        let imports = Imports::in_memory();
        imports.keep(board("a"), Replace::No).expect("kept");
        assert!(matches!(imports.keep(board("a"), Replace::No), Err(ImportError::Exists(uid)) if uid == "a"));
        imports.keep(board("a"), Replace::Any).expect("replaced");
        assert_eq!(imports.list().len(), 1);
    }

    #[test]
    fn a_uid_never_leaves_the_directory() {
        let imports = Imports::in_memory();
        for uid in ["../etc", "a/b", "ü", &"x".repeat(41)] {
            let error = imports.keep(board(uid), Replace::Any).expect_err("refused").to_string();
            assert!(error.starts_with(&format!("uid {uid:?}")), "{error}");
        }
    }

    #[test]
    fn imported_dashboards_are_bounded_in_number_and_size() {
        let imports = Imports::in_memory();
        for at in 0..MOST {
            imports.keep(board(&format!("n{at}")), Replace::No).expect("kept");
        }
        assert!(matches!(imports.keep(board("one-more"), Replace::No), Err(ImportError::Full)));
        imports.keep(board("n0"), Replace::Any).expect("replacing needs no room");
    }

    #[test]
    fn earlier_versions_are_kept_in_order_and_bounded_and_go_with_the_dashboard() {
        let directory = std::env::temp_dir().join(format!("dicelab-versions-{}", std::process::id()));
        let imports = Imports::in_directory(directory.clone());
        for at in 0..MOST_EARLIER + 3 {
            let mut one = board("mine");
            one.metadata.saved(&format!("2026-01-01T00:00:{at:02}Z"), &format!("change {at}"));
            imports.keep(one, Replace::Any).expect("kept");
        }
        let numbers = |imports: &Imports| -> Vec<u64> {
            imports.versions("mine").iter().map(|version| version.version()).collect()
        };
        let wanted: Vec<u64> = (3..=MOST_EARLIER as u64 + 3).rev().collect();
        assert_eq!(numbers(&imports), wanted);
        let again = Imports::in_directory(directory.clone());
        assert_eq!(numbers(&again), wanted, "after a restart");
        let newest = &again.versions("mine")[0];
        assert_eq!((newest.metadata.message(), &*newest.metadata.created), ("change 22", "2026-01-01T00:00:00Z"));
        let identities: BTreeSet<String> =
            again.versions("mine").iter().map(|version| version.metadata.identity.clone()).collect();
        assert_eq!(identities.len(), 1, "a change makes no other dashboard of it: {identities:?}");
        assert_eq!(fs::read_dir(&directory).expect("a directory").count(), 1 + MOST_EARLIER);
        again.remove("mine", |_| true).expect("removed");
        assert_eq!(fs::read_dir(&directory).expect("a directory").count(), 0);
        fs::remove_dir_all(&directory).expect("removed");
    }

    #[test]
    fn earlier_versions_make_room_for_the_newest_ones() {
        let imports = Imports::in_memory();
        let large = || {
            let text = "x".repeat(MOST_BYTES / 5);
            let json = format!(r#"{{"uid":"large","panels":[],"description":"{text}"}}"#);
            Dashboard::parse(&json, "x").expect("a dashboard")
        };
        for _ in 0..7 {
            imports.keep(large(), Replace::Any).expect("kept");
        }
        assert_eq!(imports.versions("large").len(), 4);
        imports.keep(board("small"), Replace::No).expect("there is room");
    }

    #[test]
    fn a_dashboard_that_could_not_be_read_again_is_not_acknowledged() {
        let imports = Imports::in_memory();
        let deep = |levels: usize| {
            let mut json = serde_json::json!(0);
            for _ in 0..levels {
                json = serde_json::json!([json]);
            }
            serde_json::json!({ "uid": "deep", "panels": [], "value": json })
        };
        let keep = |levels| imports.keep(Dashboard::from_json(deep(levels), "x").expect("a dashboard"), Replace::Any);
        keep(100).expect("kept");
        for levels in [126, 127, 128, 500] {
            assert!(matches!(keep(levels), Err(ImportError::Shape { .. })), "{levels}");
        }
        assert_eq!(imports.versions("deep").len(), 1);
    }

    #[test]
    fn a_damaged_or_missing_newest_version_gives_way_to_the_one_before() {
        let directory = std::env::temp_dir().join(format!("dicelab-damaged-{}", std::process::id()));
        let imports = Imports::in_directory(directory.clone());
        for uid in ["damaged", "missing"] {
            imports.keep(board(uid), Replace::No).expect("kept");
            imports.keep(board(uid), Replace::Any).expect("kept");
        }
        fs::write(directory.join("damaged.json"), "{").expect("damaged");
        fs::remove_file(directory.join("missing.json")).expect("removed");
        let again = Imports::in_directory(directory.clone());
        let problems = again.problems();
        assert!(problems.len() == 1 && problems[0].contains("damaged.json: not JSON"), "{problems:?}");
        for uid in ["damaged", "missing"] {
            let versions: Vec<u64> = again.versions(uid).iter().map(|version| version.version()).collect();
            assert_eq!(versions, [1], "{uid}");
        }
        fs::remove_dir_all(&directory).expect("removed");
    }

    #[test]
    fn of_changes_based_on_the_same_version_one_is_kept() {
        let imports = Imports::in_memory();
        imports.keep(board("a"), Replace::No).expect("kept");
        let change = || imports.keep(board("a"), Replace::Version(1)).is_ok();
        let done = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(change)).collect();
            threads.into_iter().map(|thread| thread.join().expect("joined")).filter(|done| *done).count()
        });
        assert_eq!((done, imports.versions("a").len()), (1, 2));
        let gone = imports.keep(board("b"), Replace::Version(1));
        assert!(matches!(gone, Err(ImportError::Stale(_))), "{gone:?}");
    }
}
