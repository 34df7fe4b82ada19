//! Files that are written, moved, cut and compressed while they are followed, and while they are not.

use std::io::Write;

use lab_logs::logql::eval::lines::{Direction, LinesRequest, lines};
use lab_logs::logql::limits::QueryLimits;
use lab_logs::logql::syntax::parser::parse_selector;
use lab_model::{Grant, Interrupt, MemoryPool};
use lab_storage::Location;

use super::*;

mod copied;
mod left;

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
    following(folder, store, &format!("shop={}/*.log", folder.0.display()), &[])
}

fn following(folder: &Folder, store: &Arc<LogStore>, pattern: &str, rules: &[&str]) -> Files {
    let wanted = Wanted {
        patterns: Arc::from([pattern.parse::<FilePattern>().expect("a pattern")]),
        rules: rules.iter().map(|rule| rule.parse().expect("a rule")).collect(),
        only_new: false,
    };
    let files = Files::new(wanted, Arc::clone(store), Some(&folder.0), Counts::default());
    Files { grace: Duration::MAX, ..files }
}

/// The labels of all streams, those left out that are of no interest.
fn streams(store: &LogStore) -> Vec<String> {
    let series = store.series(&[], i64::MIN, i64::MAX).expect("read");
    let mut all: Vec<_> = series.iter().map(|labels| labels.filtered(|name| name != "filename").to_string()).collect();
    all.sort();
    all
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
    let pattern = format!("{}/*", inner.display());
    let start = || following(&folder, &store, &pattern, &[]);
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
fn lines_of_docker_are_unpacked_and_the_outputs_are_streams() {
    let (folder, store) = (folder("docker"), store());
    let (long, begun) = ("a".repeat(16 << 10), "b".repeat(16 << 10));
    let docker = |log: &str, stream: &str, second: u32| {
        let time = format!("2026-11-28T10:00:0{second}Z");
        let record = serde_json::json!({ "log": log, "stream": stream, "time": time }).to_string() + "\n";
        append(&folder.0.join("a.log"), record.as_bytes());
    };
    docker(&long, "stdout", 0);
    docker("no disk\n", "stderr", 2);
    docker(" line\n", "stdout", 1);
    docker(&begun, "stdout", 3);
    docker("behind it\n", "stderr", 4);
    let mut files = follow(&folder, &store);
    files.look(|| true);
    // A part is read again when the store had no room; what came after it is not kept twice.
    files.open.values_mut().for_each(Followed::back);
    files.look(|| true);
    drop(files);
    // What was begun is not lost with the lab, and what came after it is not kept twice.
    docker(" and done\n", "stdout", 5);
    docker("last words", "stderr", 6);
    follow(&folder, &store).look(|| true);
    let expected = [long + " line", "no disk".to_owned(), "behind it".to_owned()];
    let expected = [&expected[..], &[begun + " and done", "last words".to_owned()]].concat();
    assert_eq!(texts(&store), expected);
    let stream = |output| format!(r#"{{job="files", service_name="shop", stream="{output}"}}"#);
    assert_eq!(streams(&store), [stream("stderr"), stream("stdout")]);
}

#[test]
fn a_file_that_got_a_name_of_no_pattern_while_the_lab_was_away_is_read_to_its_end() {
    let (folder, store) = (folder("away"), store());
    let (path, moved) = (folder.0.join("a.log"), folder.0.join("a.old"));
    append(&path, b"one\n");
    follow(&folder, &store).look(|| true);
    append(&path, b"two\n");
    std::fs::rename(&path, &moved).expect("moved");
    append(&moved, b"three\nno end");
    append(&path, b"new\n");
    let mut files = follow(&folder, &store);
    files.grace = Duration::ZERO;
    files.look(|| true);
    let mut found = texts(&store);
    found.sort();
    assert_eq!(found, ["new", "no end", "one", "three", "two"]);
    // It is not read again, nor is another one that was never followed.
    append(&moved, b" of it\n");
    append(&folder.0.join("other.old"), b"never\n");
    follow(&folder, &store).look(|| true);
    assert_eq!(texts(&store).len(), 5);
}

#[test]
fn a_file_that_was_written_anew_is_read_from_its_beginning_however_long_it_is() {
    let (folder, store) = (folder("anew"), store());
    let path = folder.0.join("a.log");
    append(&path, b"one\ntwo\n");
    let mut files = follow(&folder, &store);
    files.look(|| true);
    // As by copytruncate: the file stays the same one.
    std::fs::write(&path, b"six\nten\n").expect("written");
    files.look(|| true);
    std::fs::write(&path, b"a longer line\nand one more\n").expect("written");
    files.look(|| true);
    drop(files);
    std::fs::write(&path, b"written while the lab was away\nand longer than before\n").expect("written");
    follow(&folder, &store).look(|| true);
    let expected = ["one", "two", "six", "ten", "a longer line", "and one more"];
    let expected: Vec<&str> =
        expected.into_iter().chain(["written while the lab was away", "and longer than before"]).collect();
    assert_eq!(texts(&store), expected);
}

#[test]
fn compressed_neighbours_are_not_read_as_text() {
    let (folder, store) = (folder("packed"), store());
    append(&folder.0.join("a.log"), b"text\n");
    append(&folder.0.join("a.log.2.gz"), b"\x1f\x8b\x08\0no text\nat all\n");
    append(&folder.0.join("a.log.3.zst"), b"\x28\xb5\x2f\xfdno text\n");
    append(&folder.0.join("a.log.4"), b"BZh91AY no text\n");
    append(&folder.0.join("a.log.5.xz"), b"\xfd7zXZ\0no text\n");
    append(&folder.0.join("a.log.6.gz"), b"text, whatever the name says\n");
    let mut files = following(&folder, &store, &format!("{}/a.log*", folder.0.display()), &[]);
    files.look(|| true);
    append(&folder.0.join("a.log.2.gz"), b"more of it\n");
    files.look(|| true);
    assert_eq!(texts(&store), ["text", "text, whatever the name says"]);
    assert_eq!((files.counts.now().packed, files.counts.now().lines), (4, 2));
}

#[test]
fn a_link_is_followed_to_the_file_to_which_it_leads() {
    let (folder, store) = (folder("links"), store());
    let (link, inner) = (folder.0.join("now.log"), folder.0.join("x"));
    std::fs::create_dir_all(&inner).expect("made");
    append(&inner.join("1"), b"one\n");
    append(&inner.join("2"), b"two\n");
    let lead = |to: &str| {
        let _ = std::fs::remove_file(&link);
        std::os::unix::fs::symlink(to, &link).expect("linked");
    };
    lead("x/1");
    // Two names of one file.
    std::os::unix::fs::symlink("x/1", folder.0.join("same.log")).expect("linked");
    std::os::unix::fs::symlink("x/none", folder.0.join("broken.log")).expect("linked");
    let mut files = follow(&folder, &store);
    files.look(|| true);
    append(&inner.join("1"), b"late\n");
    lead("x/2");
    files.look(|| true);
    append(&inner.join("2"), b"more\n");
    files.look(|| true);
    let mut found = texts(&store);
    found.sort();
    assert_eq!(found, ["late", "more", "one", "two"]);
}

#[test]
fn entries_of_several_lines_are_whole_through_looks_and_a_restart() {
    let (folder, store) = (folder("entries"), store());
    let (path, pattern) = (folder.0.join("a.log"), format!("shop={}/*.log", folder.0.display()));
    let start = || following(&folder, &store, &pattern, &[r"other=^\w", r"shop=^\d"]);
    append(&path, b"1 error\n  at a\n");
    let mut files = start();
    files.look(|| true);
    append(&path, b"\n  at b\n2 next\n  at c\n");
    files.look(|| true);
    assert_eq!(texts(&store), ["1 error\n  at a\n\n  at b"]);
    drop(files);
    append(&path, b"  at d\n3 last\n");
    let mut files = start();
    files.look(|| true);
    files.last();
    files.look(|| true);
    assert_eq!(texts(&store), ["1 error\n  at a\n\n  at b", "2 next\n  at c\n  at d", "3 last"]);
}

#[test]
fn more_files_than_are_followed_are_told_until_they_are_fewer() {
    let (folder, store) = (folder("many"), store());
    let path = |at: usize| folder.0.join(format!("{at:04}.log"));
    for at in 0..=MOST_OPEN {
        append(&path(at), b"");
    }
    // Folders whose names fit take no place.
    std::fs::create_dir(folder.0.join("0.log")).expect("made");
    let mut files = follow(&folder, &store);
    let mut look = || {
        files.look(|| true);
        files.counts.now()
    };
    let counts = look();
    assert_eq!((counts.followed, counts.leaves_out), (MOST_OPEN as u64, true));
    std::fs::remove_file(path(MOST_OPEN)).expect("removed");
    assert!(!look().leaves_out, "exactly as many as are followed");
}

#[test]
fn labels_come_from_the_path_and_folders_are_searched() {
    let (folder, store) = (folder("labels"), store());
    for name in ["eu/shop/a.log", "eu/shop/deep/er/b.log", "us/bank/c.txt", "us/bank/.hidden/d.log"] {
        let path = folder.0.join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        append(&path, b"line\n");
    }
    // A link that leads back up is no endless way.
    std::os::unix::fs::symlink(&folder.0, folder.0.join("eu/shop/up")).expect("linked");
    let pattern = format!("{}/<region>/<service_name>/**/<file>.log", folder.0.display());
    following(&folder, &store, &pattern, &[]).look(|| true);
    let stream = |file| format!(r#"{{file="{file}", job="files", region="eu", service_name="shop"}}"#);
    assert_eq!(streams(&store), [stream("a"), stream("b")]);
}

#[tokio::test]
async fn what_stood_in_the_files_is_left_out_and_everything_new_has_arrived_when_that_is_asked() {
    let (folder, store) = (folder("new"), store());
    append(&folder.0.join("a.log"), b"long ago\nbegun");
    let pattern = format!("{}/*.log", folder.0.display()).parse::<FilePattern>().expect("a pattern");
    let wanted =
        Wanted { patterns: Arc::from([pattern]), rules: vec!["^new".parse().expect("a rule")], only_new: true };
    let files = Files::new(wanted, Arc::clone(&store), None, Counts::default());
    append(&folder.0.join("a.log"), b" then\nnew\nrest");
    append(&folder.0.join("b.log"), b"new file");
    let ((who, waiting), stop) = (mpsc::channel(1), CancellationToken::new());
    let running = tokio::spawn(files.run(waiting, stop.clone()));
    let (told, all) = oneshot::channel();
    who.send(told).await.expect("asked");
    all.await.expect("taken");
    let mut found = texts(&store);
    found.sort();
    assert_eq!(found, [" then", "new\nrest", "new file"]);
    stop.cancel();
    running.await.expect("ended");
}

#[test]
fn long_lines_and_bytes_that_are_no_text_are_kept_and_counted() {
    let (folder, store) = (folder("odd"), store());
    append(&folder.0.join("b.log"), b"bad \xff byte\r\n");
    append(&folder.0.join("c.log"), format!("{}\nshort\n", "ü".repeat(150_000)).as_bytes());
    let mut files = follow(&folder, &store);
    files.look(|| true);
    let found = texts(&store);
    assert_eq!(found.iter().map(String::len).collect::<Vec<_>>(), [12, 262_144, 37_856, 5]);
    assert_eq!(found[0], "bad \u{fffd} byte");
    let counts = files.counts.now();
    assert_eq!((counts.followed, counts.lines, counts.repaired, counts.pieces), (2, 4, 1, 1));
}
