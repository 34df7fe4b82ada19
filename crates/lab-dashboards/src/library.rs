//! The dashboards there are: the shipped ones, the imported ones, and those in a folder, read again when a file
//! changes.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use crate::dashboard::Dashboard;
use crate::imports::Imports;
use crate::imports::error::{ImportError, Replace};

/// The dashboards that come with the lab: file name and text.
const SHIPPED: [(&str, &str); 2] = [
    ("stage4-dashboard.json", include_str!("../../../dashboards/stage4-dashboard.json")),
    ("concurrency-lab.json", include_str!("../../../dashboards/concurrency-lab.json")),
];
/// Files beyond this size are refused.
const LARGEST: u64 = 16 << 20;
/// Files of a folder that are looked at.
const MOST_FILES: usize = 1000;

/// A file's dashboard, or why it has none.
type Loaded = Result<Arc<Dashboard>, String>;

/// All dashboards, by uid. A dashboard in the folder wins over a shipped one of the same uid, and both over imports.
#[derive(Debug)]
pub struct Library {
    imports: Imports,
    shipped: Vec<Arc<Dashboard>>,
    folder: Option<PathBuf>,
    /// Files already read, with the time of their last change.
    cache: Mutex<BTreeMap<PathBuf, (SystemTime, Loaded)>>,
}

impl Library {
    /// The shipped dashboards alone.
    pub fn shipped() -> Self {
        Self::new(None, Imports::in_memory())
    }

    /// The shipped dashboards, the imported ones, and those of `folder` if there is one.
    pub fn new(folder: Option<PathBuf>, imports: Imports) -> Self {
        let shipped = SHIPPED.iter().filter_map(|(name, text)| Dashboard::parse(text, name).ok().map(Arc::new));
        Self { imports, shipped: shipped.collect(), folder, cache: Mutex::default() }
    }

    /// Every dashboard, by title.
    pub fn list(&self) -> Vec<Arc<Dashboard>> {
        let mut by_uid: BTreeMap<String, Arc<Dashboard>> = BTreeMap::new();
        for board in self.imports.list().into_iter().chain(self.provisioned()) {
            by_uid.insert(board.uid.clone(), board);
        }
        let mut all: Vec<_> = by_uid.into_values().collect();
        all.sort_by_key(|board| board.title.to_lowercase());
        all
    }

    /// Keeps a dashboard that somebody brings; one of the same uid that was imported before is replaced if asked to.
    pub fn import(&self, board: Dashboard, replace: Replace) -> Result<Arc<Dashboard>, ImportError> {
        if self.provisioned().any(|known| known.uid == board.uid) {
            return Err(ImportError::Provisioned(board.uid));
        }
        self.imports.keep(board, replace)
    }

    /// Forgets an imported dashboard, if it may go as it is now; false if none of this uid was imported.
    pub fn forget(&self, uid: &str, may_go: impl FnOnce(&Dashboard) -> bool) -> Result<bool, ImportError> {
        self.imports.remove(uid, may_go)
    }

    /// Whether a dashboard was imported, and so may be taken away again.
    pub fn is_import(&self, uid: &str) -> bool {
        self.imports.has(uid) && !self.provisioned().any(|known| known.uid == uid)
    }

    pub fn get(&self, uid: &str) -> Option<Arc<Dashboard>> {
        self.list().into_iter().find(|board| board.uid == uid)
    }

    /// The versions of a dashboard that are kept, the newest first; one for a dashboard that was not imported.
    pub fn versions(&self, uid: &str) -> Vec<Arc<Dashboard>> {
        if self.is_import(uid) { self.imports.versions(uid) } else { self.get(uid).into_iter().collect() }
    }

    /// The files of the folder that are no dashboards, each with the reason.
    pub fn problems(&self) -> Vec<String> {
        let bad =
            |(path, loaded): (PathBuf, Loaded)| loaded.err().map(|reason| format!("{}: {reason}", path.display()));
        self.scan().into_iter().filter_map(bad).collect()
    }

    /// The shipped dashboards, then those of the folder.
    fn provisioned(&self) -> impl Iterator<Item = Arc<Dashboard>> {
        let folder = self.scan().into_iter().filter_map(|(_, loaded)| loaded.ok());
        self.shipped.clone().into_iter().chain(folder)
    }

    /// Looks at the folder's files and reads those that are new or changed.
    fn scan(&self) -> Vec<(PathBuf, Loaded)> {
        let Some(folder) = &self.folder else { return Vec::new() };
        let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
        let mut paths: Vec<PathBuf> = entries.filter(|path| is_json(path)).take(MOST_FILES).collect();
        paths.sort();
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        cache.retain(|path, _| paths.contains(path));
        for path in &paths {
            let changed = fs::metadata(path).and_then(|meta| meta.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
            if cache.get(path).is_none_or(|(known, _)| *known != changed) {
                cache.insert(path.clone(), (changed, load(path)));
            }
        }
        cache.iter().map(|(path, (_, loaded))| (path.clone(), loaded.clone())).collect()
    }
}

fn is_json(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"))
}

fn load(path: &Path) -> Loaded {
    let size = fs::metadata(path).map_err(|error| error.to_string())?.len();
    if size > LARGEST {
        return Err(format!("{size} bytes are more than a dashboard may have ({LARGEST})"));
    }
    let text = fs::read_to_string(path).map_err(|error| error.to_string())?;
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    Dashboard::parse(&text, &stem).map(Arc::new).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_dashboard_can_be_read() {
        let library = Library::shipped();
        assert_eq!(library.list().len(), SHIPPED.len());
        let mission = library.get("stage4-async-rolling").expect("the mission's dashboard");
        assert_eq!(mission.title, "Dice Roller - Stage 4 (Async Rolling)");
    }

    #[test]
    fn the_mission_s_dashboard_has_its_rows_and_panels() {
        let mission = Library::shipped().get("stage4-async-rolling").expect("the mission's dashboard");
        let panels = mission.json["panels"].as_array().expect("panels");
        let rows = panels.iter().filter(|panel| panel["type"] == "row").count();
        assert_eq!((panels.len(), rows), (33, 8));
        let mut ids: Vec<_> = panels.iter().filter_map(|panel| panel["id"].as_i64()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 33, "ids are unique");
    }

    #[test]
    fn an_import_never_hides_a_dashboard_that_was_there() {
        let library = Library::shipped();
        let board = |uid: &str| Dashboard::parse(&format!(r#"{{"uid":"{uid}","panels":[]}}"#), "x").expect("one");
        let refused = library.import(board("stage4-async-rolling"), Replace::Any);
        assert!(matches!(refused, Err(ImportError::Provisioned(_))), "{refused:?}");
        library.import(board("mine"), Replace::No).expect("imported");
        assert!(library.get("mine").is_some() && library.is_import("mine"));
        assert!(!library.is_import("stage4-async-rolling"));
        assert!(library.forget("mine", |_| true).expect("forgotten") && library.get("mine").is_none());
    }

    #[test]
    fn a_folder_is_read_again_when_it_changes() {
        let folder = std::env::temp_dir().join(format!("dicelab-dashboards-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("made");
        let library = Library::new(Some(folder.clone()), Imports::in_memory());
        let before = library.list().len();
        fs::write(folder.join("mine.json"), r#"{"title":"Mine","panels":[]}"#).expect("written");
        fs::write(folder.join("broken.json"), "{").expect("written");
        fs::write(folder.join("notes.txt"), "no dashboard").expect("written");
        assert_eq!(library.list().len(), before + 1);
        assert_eq!(library.get("mine").map(|board| board.title.clone()), Some("Mine".to_owned()));
        let problems = library.problems();
        assert!(problems.len() == 1 && problems[0].contains("broken.json: not JSON"), "{problems:?}");
        fs::remove_file(folder.join("mine.json")).expect("removed");
        assert!(library.get("mine").is_none());
        fs::remove_dir_all(&folder).expect("removed");
    }
}
