//! Files whose lines are collected (`--logs-from`): looked at twice a second, followed when they are moved away or cut, and
//! read on from where they were left when the lab starts again.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use lab_logs::{Entry, LogStore, Policy};
use lab_model::Labels;
use tokio_util::sync::CancellationToken;

use crate::parts::clock::now_ns;
use crate::parts::targets::collection::follow::{Followed, Position};
use crate::parts::targets::collection::pattern::FilePattern;

/// The time between two looks.
const EVERY: Duration = Duration::from_millis(500);
/// Pieces of one file that are taken before the next file has its turn.
const TURN: usize = 4;
/// How long the look after the end may take; what it leaves is read after the next start.
const LAST_LOOK: Duration = Duration::from_secs(1);
/// How long a file that was moved away is read on: its writer may still hold it.
const GRACE: Duration = Duration::from_secs(5);
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
    /// Files that were moved away, and since when.
    behind: Vec<(Followed, Instant)>,
    grace: Duration,
    /// The file at which the next look begins: the one for which there was no room.
    next: usize,
}

/// How a turn of reading ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Read {
    /// Everything was taken.
    All,
    /// There is more.
    More,
    /// The store has no room, so that the rest is read later.
    NoRoom,
}

impl Files {
    /// Follows what the patterns name; `folder` is the lab's directory, if it has one.
    pub fn new(patterns: Vec<FilePattern>, store: Arc<LogStore>, folder: Option<&Path>) -> Self {
        let positions = folder.map(|folder| folder.join(POSITIONS));
        let kept = positions.as_ref().and_then(|path| std::fs::read(path).ok());
        let left = kept.and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default();
        Self { patterns, store, positions, left, open: HashMap::new(), behind: Vec::new(), grace: GRACE, next: 0 }
    }

    /// Looks at the files until `stop` fires, and once more then, for a short time.
    pub async fn run(mut self, stop: CancellationToken) {
        loop {
            let (is_last, token) = (stop.is_cancelled(), stop.clone());
            let looked = tokio::task::spawn_blocking(move || {
                let until = Instant::now() + LAST_LOOK;
                let read = self.look(|| if is_last { Instant::now() < until } else { !token.is_cancelled() });
                (self, read)
            });
            let Ok((back, read)) = looked.await else { return };
            if is_last {
                return;
            }
            self = back;
            if read != Read::More {
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = tokio::time::sleep(EVERY) => {}
                }
            }
        }
    }

    /// Takes what is new in every file, a turn of each, as long as `goes_on` says so.
    fn look(&mut self, goes_on: impl Fn() -> bool) -> Read {
        let mut found = Vec::new();
        for pattern in &self.patterns {
            found.extend(pattern.files().into_iter().map(|path| (path, pattern.service.clone())));
        }
        for (path, service) in &found {
            self.open(path, service.as_deref());
        }
        let (first, mut looked) = (std::mem::take(&mut self.next) % found.len().max(1), Read::All);
        for at in (first..found.len()).chain(0..first) {
            let (path, service) = &found[at];
            match self.read(path, service.as_deref(), &goes_on) {
                Read::All => {}
                Read::More => looked = Read::More,
                Read::NoRoom => {
                    (self.next, looked) = (at, Read::NoRoom);
                    break;
                }
            }
        }
        let since = Instant::now();
        self.behind.extend(self.open.extract_if(|path, _| !path.exists()).map(|(_, file)| (file, since)));
        self.read_behind(&goes_on);
        self.keep_positions();
        looked
    }

    /// Opens what stands at a path, unless it is open. A file is known by its device and number, so that one that was
    /// renamed is read on under its new name.
    fn open(&mut self, path: &Path, service: Option<&str>) {
        if self.open.contains_key(path) || self.open.len() + self.behind.len() >= MOST_OPEN {
            return;
        }
        let Ok(found) = std::fs::metadata(path) else { return };
        if self.open.values().any(|file| file.position().is_of(&found)) {
            return;
        }
        if let Some(at) = self.behind.iter().position(|(file, _)| file.position().is_of(&found)) {
            self.open.insert(path.to_owned(), self.behind.swap_remove(at).0);
            return;
        }
        let left = self.left.values().find(|left| left.is_of(&found)).copied();
        let service = service.map_or_else(|| stem(path), str::to_owned);
        if let Ok(file) = Followed::open(path, &service, left) {
            self.open.insert(path.to_owned(), file);
        }
    }

    /// Reads files that were moved away to their ends, and leaves those whose time is over.
    fn read_behind(&mut self, goes_on: &impl Fn() -> bool) {
        let (store, grace) = (&self.store, self.grace);
        self.behind.retain_mut(|(file, since)| {
            if take(store, file, goes_on) != Read::All || since.elapsed() < grace {
                return true;
            }
            let mut lines = Vec::new();
            file.last(now_ns(), &mut lines);
            !keep(store, file, lines)
        });
    }

    /// Takes what is new in one file. A file that was moved away is read to its end before the new one begins.
    fn read(&mut self, path: &Path, service: Option<&str>, goes_on: &impl Fn() -> bool) -> Read {
        let Some(file) = self.open.get_mut(path) else { return Read::All };
        let read = take(&self.store, file, goes_on);
        if read != Read::All || !std::fs::metadata(path).is_ok_and(|found| !file.position().is_of(&found)) {
            return read;
        }
        self.behind.extend(self.open.remove(path).map(|file| (file, Instant::now())));
        self.read_behind(goes_on);
        self.open(path, service);
        self.open.get_mut(path).map_or(Read::All, |file| take(&self.store, file, goes_on))
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

/// Takes what is new in an open file, at most a turn of it.
fn take(store: &LogStore, file: &mut Followed, goes_on: impl Fn() -> bool) -> Read {
    for _ in 0..TURN {
        if !goes_on() {
            return Read::More;
        }
        if store.admit(Duration::ZERO).is_err() {
            return Read::NoRoom;
        }
        let mut lines = Vec::new();
        let Ok(more) = file.news(now_ns(), &mut lines) else {
            file.back();
            return Read::All;
        };
        if !keep(store, file, lines) {
            return Read::NoRoom;
        }
        if !more {
            return Read::All;
        }
    }
    Read::More
}

/// Keeps what a file has shown, so that a kill does not lose it. Without room the file stays where it was.
fn keep(store: &LogStore, file: &mut Followed, lines: Vec<(Labels, Entry)>) -> bool {
    let is_kept = lines.is_empty() || store.append_or_wait(lines, &Policy::collected(), Duration::ZERO).is_ok();
    if is_kept {
        file.kept();
    } else {
        file.back();
    }
    is_kept
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
        let files = Files::new(vec![pattern], Arc::clone(store), Some(&folder.0));
        Files { grace: Duration::MAX, ..files }
    }

    #[test]
    fn lines_are_kept_once_through_rotation_truncation_and_a_restart() {
        let (folder, store) = (folder("rotation"), store());
        let path = folder.0.join("a.log");
        append(&path, b"one\ntwo\nbegun");
        let mut files = follow(&folder, &store);
        files.look(|| true);
        append(&path, b" line\n");
        files.look(|| true);
        std::fs::rename(&path, folder.0.join("a.log.1")).expect("moved");
        append(&folder.0.join("a.log.1"), b"late\nno end");
        files.grace = Duration::ZERO;
        append(&path, b"new file\n");
        files.look(|| true);
        drop(files);
        append(&path, b"while away\n");
        let mut files = follow(&folder, &store);
        files.look(|| true);
        std::fs::write(&path, b"cut\n").expect("cut");
        files.look(|| true);
        let expected = ["one", "two", "begun line", "late", "no end", "new file", "while away", "cut"];
        assert_eq!(texts(&store), expected);
        let series = store.series(&[], i64::MIN, i64::MAX).expect("read");
        assert_eq!(series[0].get("service_name"), Some("shop"));
    }

    #[test]
    fn a_file_that_is_absent_for_a_while_is_read_to_its_end() {
        let (folder, store) = (folder("absent"), store());
        let (path, moved) = (folder.0.join("a.log"), folder.0.join("a.log.1"));
        append(&path, b"one\n");
        let mut files = follow(&folder, &store);
        files.look(|| true);
        std::fs::rename(&path, &moved).expect("moved");
        files.look(|| true);
        append(&moved, b"late\nno");
        files.look(|| true);
        append(&moved, b" end");
        files.grace = Duration::ZERO;
        files.look(|| true);
        append(&path, b"new\n");
        files.look(|| true);
        assert_eq!(texts(&store), ["one", "late", "no end", "new"]);
        assert!(files.behind.is_empty());
    }

    #[test]
    fn a_renamed_file_that_fits_the_pattern_comes_in_once() {
        let (folder, store) = (folder("renamed"), store());
        let inner = folder.0.join("x");
        std::fs::create_dir_all(&inner).expect("made");
        let pattern: FilePattern = format!("{}/*", inner.display()).parse().expect("a pattern");
        let start = || Files::new(vec![pattern.clone()], Arc::clone(&store), Some(&folder.0));
        append(&inner.join("a.log"), b"one\n");
        let mut files = start();
        files.look(|| true);
        std::fs::rename(inner.join("a.log"), inner.join("a.log.1")).expect("moved");
        append(&inner.join("a.log"), b"two\n");
        files.look(|| true);
        append(&inner.join("a.log.1"), b"late\n");
        files.look(|| true);
        drop(files);
        std::fs::rename(inner.join("a.log.1"), inner.join("a.log.2")).expect("moved");
        std::fs::rename(inner.join("a.log"), inner.join("a.log.1")).expect("moved");
        append(&inner.join("a.log.1"), b"while away\n");
        start().look(|| true);
        assert_eq!(texts(&store), ["one", "two", "late", "while away"]);
    }

    #[test]
    fn lines_survive_a_kill_right_after_they_were_read() {
        let folder = folder("kill");
        append(&folder.0.join("a.log"), b"one\ntwo\n");
        let open = || {
            let place = Location::Directory(folder.0.clone());
            Arc::new(LogStore::open(&place, lab_logs::Limits::default()).expect("opened"))
        };
        let store = open();
        follow(&folder, &store).look(|| true);
        // Nothing was flushed.
        drop(store);
        let store = open();
        follow(&folder, &store).look(|| true);
        assert_eq!(texts(&store), ["one", "two"]);
    }

    #[test]
    fn a_full_store_is_waited_for_and_no_line_is_lost() {
        let folder = folder("full");
        let limits = lab_logs::Limits { memory_bytes: 2000, ..lab_logs::Limits::default() };
        let store = Arc::new(LogStore::open(&Location::Memory, limits).expect("opened"));
        let line = |name: &str| format!("{name}{}\n", "x".repeat(1500));
        append(&folder.0.join("a.log"), line("a").as_bytes());
        append(&folder.0.join("b.log"), line("b").as_bytes());
        let mut files = follow(&folder, &store);
        assert_eq!(files.look(|| true), Read::NoRoom);
        store.flush().expect("flushed");
        append(&folder.0.join("a.log"), line("c").as_bytes());
        assert_eq!(files.look(|| true), Read::NoRoom, "b.log comes first, for which there was no room");
        store.flush().expect("flushed");
        assert_eq!(files.look(|| true), Read::All);
        let firsts: Vec<_> = texts(&store).iter().map(|text| text[..1].to_owned()).collect();
        assert_eq!((firsts, store.stats().dropped), (vec!["a".to_owned(), "b".to_owned(), "c".to_owned()], 0));
    }

    #[test]
    fn a_long_file_leaves_a_turn_to_the_others_and_a_look_ends_when_it_is_told_to() {
        let (folder, store) = (folder("turns"), store());
        append(&folder.0.join("a.log"), "a line of a long file\n".repeat(300_000).as_bytes());
        append(&folder.0.join("b.log"), b"short\n");
        let mut files = follow(&folder, &store);
        assert_eq!(files.look(|| false), Read::More);
        assert_eq!(store.stats().received, 0);
        assert_eq!(files.look(|| true), Read::More);
        let names = store.series(&[], i64::MIN, i64::MAX).expect("read");
        assert!(names.iter().any(|labels| labels.get("filename").is_some_and(|name| name.ends_with("b.log"))));
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
        follow(&folder, &store).look(|| true);
        assert_eq!(texts(&store), ["a long line", "bad \u{fffd} byte"]);
    }
}
