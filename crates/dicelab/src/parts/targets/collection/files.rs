//! Files whose lines are collected (`--logs-from`): looked at twice a second, followed when they are moved away or cut, and
//! read on from where they were left when the lab starts again.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use lab_logs::{LogStore, Policy};
use tokio_util::sync::CancellationToken;

use crate::parts::clock::now_ns;
use crate::parts::targets::collection::follow::{Followed, Position};
use crate::parts::targets::collection::pattern::FilePattern;

/// The time between two looks.
const EVERY: Duration = Duration::from_millis(500);
/// How long lines wait for room in the store; the files are read later meanwhile.
const PATIENCE: Duration = Duration::from_secs(1);
/// Most files that are open at a time.
const MOST_OPEN: usize = 1000;
/// The name of the file that says how far the others were read.
const POSITIONS: &str = "positions.json";

/// The files that are followed.
pub struct Files {
    patterns: Vec<FilePattern>,
    store: Arc<LogStore>,
    /// Where the positions are kept; nowhere if the lab writes nothing to disk.
    positions: Option<PathBuf>,
    left: BTreeMap<PathBuf, Position>,
    open: HashMap<PathBuf, Followed>,
}

impl Files {
    /// Follows what the patterns name; `folder` is the lab's directory, if it has one.
    pub fn new(patterns: Vec<FilePattern>, store: Arc<LogStore>, folder: Option<&Path>) -> Self {
        let positions = folder.map(|folder| folder.join(POSITIONS));
        let kept = positions.as_ref().and_then(|path| std::fs::read(path).ok());
        let left = kept.and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default();
        Self { patterns, store, positions, left, open: HashMap::new() }
    }

    /// Looks at the files until `stop` fires, and once more then.
    pub async fn run(mut self, stop: CancellationToken) {
        loop {
            let is_last = stop.is_cancelled();
            let looked = tokio::task::spawn_blocking(move || {
                self.look();
                self
            });
            let Ok(back) = looked.await else { return };
            if is_last {
                return;
            }
            self = back;
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(EVERY) => {}
            }
        }
    }

    /// Takes what is new in every file.
    pub fn look(&mut self) {
        let mut found = Vec::new();
        for pattern in &self.patterns {
            for path in pattern.files() {
                if self.open.len() < MOST_OPEN && !self.open.contains_key(&path) {
                    let service = pattern.service.clone().unwrap_or_else(|| stem(&path));
                    if let Ok(file) = Followed::open(&path, &service, self.left.get(&path).copied()) {
                        self.open.insert(path.clone(), file);
                    }
                }
                found.push((path, pattern.service.clone()));
            }
        }
        for (path, service) in found {
            self.read(&path, service);
        }
        self.open.retain(|path, _| path.exists());
        self.keep_positions();
    }

    /// Takes what is new in one file. A file that was moved away is read to its end before the new one begins.
    fn read(&mut self, path: &Path, service: Option<String>) {
        let Some(file) = self.open.get_mut(path) else { return };
        take(&self.store, file);
        if std::fs::metadata(path).is_ok_and(|found| file.is_other(&found)) {
            let mut lines = Vec::new();
            file.last(now_ns(), &mut lines);
            self.store.append(lines, &Policy::collected());
            let service = service.unwrap_or_else(|| stem(path));
            if let Ok(mut next) = Followed::open(path, &service, None) {
                take(&self.store, &mut next);
                self.open.insert(path.to_owned(), next);
            }
        }
    }

    /// Writes how far the files were read, if that has changed.
    fn keep_positions(&mut self) {
        let mut now = self.left.clone();
        now.extend(self.open.iter().map(|(path, file)| (path.clone(), file.position())));
        now.retain(|path, _| path.exists());
        if now == self.left {
            return;
        }
        self.left = now;
        let Some(path) = &self.positions else { return };
        let beside = path.with_extension("new");
        let written = serde_json::to_vec(&self.left).map_err(std::io::Error::from);
        let written =
            written.and_then(|text| std::fs::write(&beside, text)).and_then(|()| std::fs::rename(&beside, path));
        if let Err(error) = written {
            tracing::warn!(
                %error,
                file = %path.display(),
                "how far the log files were read could not be saved; lines may be read again after a restart"
            );
        }
    }
}

/// Takes what is new in an open file.
fn take(store: &LogStore, file: &mut Followed) {
    loop {
        let mut lines = Vec::new();
        let more = file.news(now_ns(), &mut lines).unwrap_or(false);
        if !lines.is_empty() {
            // What finds no room even after a while is refused and counted.
            let _ = store.admit(PATIENCE);
            store.append(lines, &Policy::collected());
        }
        if !more {
            return;
        }
    }
}

/// The service that a file is, unless it is named: the name of the file without what follows the first dot.
fn stem(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.split('.').find(|part| !part.is_empty()).unwrap_or("files").to_owned()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use lab_logs::logql::eval::lines::{Direction, LinesRequest, lines};
    use lab_logs::logql::limits::QueryLimits;
    use lab_logs::logql::syntax::parser::parse_selector;
    use lab_model::{Grant, Interrupt, MemoryPool};
    use lab_storage::Location;

    use super::*;

    struct Folder(PathBuf);

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    fn folder(name: &str) -> Folder {
        let folder = std::env::temp_dir().join(format!("dicelab-files-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("made");
        Folder(folder)
    }

    fn append(path: &Path, bytes: &[u8]) {
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path).expect("opened");
        file.write_all(bytes).expect("written");
    }

    fn texts(store: &LogStore) -> Vec<String> {
        let query = parse_selector(r#"{job="files"}"#).expect("valid");
        let all = LinesRequest { start: 0, end: i64::MAX, limit: 100, direction: Direction::Forward, interval: 0 };
        let interrupt = Interrupt::default();
        let grant = Grant { memory: MemoryPool::default().enter(&interrupt).expect("entered"), interrupt };
        let found = lines(store, &query, all, &QueryLimits::default(), &grant).expect("read");
        found.lines.iter().map(|line| line.line.to_string()).collect()
    }

    fn store() -> Arc<LogStore> {
        Arc::new(LogStore::open(&Location::Memory, lab_logs::Limits::default()).expect("opened"))
    }

    fn follow(folder: &Folder, store: &Arc<LogStore>) -> Files {
        let pattern = format!("shop={}/*.log", folder.0.display()).parse().expect("a pattern");
        Files::new(vec![pattern], Arc::clone(store), Some(&folder.0))
    }

    #[test]
    fn lines_are_kept_once_through_rotation_truncation_and_a_restart() {
        let (folder, store) = (folder("rotation"), store());
        let path = folder.0.join("a.log");
        append(&path, b"one\ntwo\nbegun");
        let mut files = follow(&folder, &store);
        files.look();
        append(&path, b" line\n");
        files.look();
        std::fs::rename(&path, folder.0.join("a.log.1")).expect("moved");
        append(&folder.0.join("a.log.1"), b"late\nno end");
        append(&path, b"new file\n");
        files.look();
        drop(files);
        append(&path, b"while away\n");
        let mut files = follow(&folder, &store);
        files.look();
        std::fs::write(&path, b"cut\n").expect("cut");
        files.look();
        let expected = ["one", "two", "begun line", "late", "no end", "new file", "while away", "cut"];
        assert_eq!(texts(&store), expected);
        let series = store.series(&[], i64::MIN, i64::MAX).expect("read");
        assert_eq!(series[0].get("service_name"), Some("shop"));
    }

    #[test]
    fn lines_of_docker_are_unpacked_and_bad_bytes_replaced() {
        let (folder, store) = (folder("docker"), store());
        let docker = concat!(
            r#"{"log":"a long ","stream":"stdout","time":"2026-11-28T10:00:00Z"}"#,
            "\n",
            r#"{"log":"line\n","stream":"stdout","time":"2026-11-28T10:00:01Z"}"#,
            "\n"
        );
        append(&folder.0.join("a.log"), docker.as_bytes());
        append(&folder.0.join("b.log"), b"bad \xff byte\r\n");
        follow(&folder, &store).look();
        assert_eq!(texts(&store), ["a long line", "bad \u{fffd} byte"]);
    }
}
