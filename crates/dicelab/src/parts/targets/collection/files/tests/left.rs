//! Files that were left, that cannot be opened, and those for which there is no room.

use super::*;

/// Changes what was written about the first place.
fn rewrite(folder: &Folder, change: impl Fn(&mut serde_json::Value)) {
    let path = folder.0.join(POSITIONS);
    let mut all: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).expect("read")).expect("JSON");
    change(&mut all[0]);
    std::fs::write(&path, all.to_string()).expect("written");
}

#[test]
fn a_foreign_file_that_got_the_number_of_one_that_is_gone_is_not_read() {
    let (folder, store) = (folder("foreign"), store());
    let (path, private) = (folder.0.join("a.log"), folder.0.join("private.txt"));
    append(&path, b"one\n");
    follow(&folder, &store).look(|| true);
    std::fs::remove_file(&path).expect("gone");
    append(&private, b"a secret\nand more\n");
    let number = std::os::unix::fs::MetadataExt::ino(&std::fs::metadata(&private).expect("there"));
    rewrite(&folder, |left| left["inode"] = number.into());
    let written = std::fs::read(folder.0.join(POSITIONS)).expect("read");
    follow(&folder, &store).look(|| true);
    for (offset, before) in [(0, serde_json::Value::Null), (4, serde_json::Value::Null)] {
        std::fs::write(folder.0.join(POSITIONS), &written).expect("written");
        rewrite(&folder, |left| (left["offset"], left["before"]) = (offset.into(), before.clone()));
        follow(&folder, &store).look(|| true);
    }
    assert_eq!(texts(&store), ["one"]);
}

#[test]
fn a_file_that_is_not_wanted_any_more_is_left_alone_when_it_is_rotated() {
    let (folder, store) = (folder("unwanted"), store());
    let path = folder.0.join("a.log");
    append(&path, b"one\n");
    follow(&folder, &store).look(|| true);
    let mut files = following(&folder, &store, &format!("{}/b.log", folder.0.display()), &[]);
    files.look(|| true);
    append(&path, b"two\n");
    std::fs::rename(&path, folder.0.join("a.old")).expect("moved");
    files.look(|| true);
    assert_eq!(texts(&store), ["one"]);
    drop(files);
    // A run that wants it again finds the place where it was left.
    follow(&folder, &store).look(|| true);
    assert_eq!(texts(&store), ["one", "two"]);
}

#[test]
fn places_as_an_earlier_version_wrote_them_are_read_and_damaged_ones_are_a_mistake() {
    let (folder, store) = (folder("earlier"), store());
    let (path, positions) = (folder.0.join("a.log"), folder.0.join(POSITIONS));
    append(&path, b"one\n");
    follow(&folder, &store).look(|| true);
    let now: serde_json::Value = serde_json::from_slice(&std::fs::read(&positions).expect("read")).expect("JSON");
    let place = serde_json::json!({"device": now[0]["device"], "inode": now[0]["inode"], "offset": 4});
    let earlier = serde_json::json!({ path.display().to_string(): place });
    std::fs::write(&positions, earlier.to_string()).expect("written");
    append(&path, b"two\n");
    follow(&folder, &store).look(|| true);
    assert_eq!(texts(&store), ["one", "two"]);
    for damaged in ["", "[{\"path\":", "{\"x\": 1}"] {
        std::fs::write(&positions, damaged).expect("written");
        assert!(position::read(&positions).is_err(), "{damaged}");
    }
    assert!(position::read(&folder.0.join("none")).is_ok_and(|left| left.is_empty()));
}

#[test]
fn a_file_that_cannot_be_opened_keeps_its_place_and_is_told_once() {
    let (folder, store) = (folder("shut"), store());
    // A socket stands for it: nobody can open one as a file, whoever he is.
    let path = folder.0.join("a.log");
    let _socket = std::os::unix::net::UnixListener::bind(&path).expect("bound");
    let mut files = follow(&folder, &store);
    let found = std::fs::metadata(&path).expect("there");
    let left = Left { path: path.clone(), position: Position::beginning(&found), labels: [].into() };
    assert_eq!(position::moved_to(&Left { path: folder.0.join("b.log"), ..left.clone() }), None, "it is no file");
    files.left.push(left);
    for _ in 0..2 {
        files.open(&FoundFile { path: path.clone(), labels: [].into() });
        files.look(|| true);
        assert_eq!((files.left.len(), files.open.len()), (1, 0));
        assert!(files.shut.contains(&path));
    }
    std::fs::remove_file(&path).expect("gone");
    append(&path, b"one\n");
    files.look(|| true);
    assert!(files.shut.is_empty());
    assert_eq!(texts(&store), ["one"]);
}

/// A store in which there is no room for a second line of 1,500 bytes.
fn small_store() -> Arc<LogStore> {
    let limits = lab_logs::Limits { memory_bytes: 2000, ..lab_logs::Limits::default() };
    Arc::new(LogStore::open(&Location::Memory, limits).expect("opened"))
}

#[test]
fn a_look_has_not_taken_everything_while_there_is_no_room_for_a_file_that_was_moved_away() {
    let (folder, store) = (folder("behind"), small_store());
    let (path, line) = (folder.0.join("a.log"), "x".repeat(1500));
    append(&path, b"one\n");
    let mut files = follow(&folder, &store);
    assert_eq!(files.look(|| true), Read::All);
    std::fs::rename(&path, folder.0.join("a.old")).expect("moved");
    assert_eq!(files.look(|| true), Read::All);
    append(&folder.0.join("a.old"), format!("{line}\n{line}").as_bytes());
    assert_eq!(files.look(|| true), Read::All);
    files.grace = Duration::ZERO;
    assert_eq!(files.look(|| true), Read::NoRoom, "the line without an end is still held back");
    store.flush().expect("flushed");
    assert_eq!(files.look(|| true), Read::All);
    assert_eq!((texts(&store).len(), files.behind.len()), (3, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn last_lines_without_an_end_are_waited_for_until_there_is_room_for_them() {
    let (folder, store) = (folder("last"), small_store());
    for name in ["a.log", "b.log", "c.log"] {
        append(&folder.0.join(name), "x".repeat(1500).as_bytes());
    }
    let (files, stop) = (follow(&folder, &store), CancellationToken::new());
    let mut everything = std::pin::pin!(files.everything(&stop));
    // The store makes room when it is flushed, as it does by itself in a lab.
    while tokio::time::timeout(Duration::from_millis(1), &mut everything).await.is_err() {
        store.flush().expect("flushed");
    }
    assert_eq!(texts(&store).len(), 3);
}
