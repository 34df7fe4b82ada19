//! Files that are copied and then cut, as logrotate does by `copytruncate`.

use super::*;

/// Copies a file, and cuts it.
fn copy_and_cut(path: &Path, copy: &Path) {
    std::fs::copy(path, copy).expect("copied");
    std::fs::OpenOptions::new().write(true).truncate(true).open(path).expect("cut");
}

#[test]
fn what_was_written_just_before_a_file_was_copied_and_cut_is_read_from_the_copy() {
    let (folder, store) = (folder("copied"), store());
    let (path, copy) = (folder.0.join("a.log"), folder.0.join("a.log.1"));
    append(&path, b"one\ntwo\n");
    let mut files = follow(&folder, &store);
    files.look(|| true);
    append(&path, b"three\nfour");
    copy_and_cut(&path, &copy);
    append(&path, b"five\n");
    files.look(|| true);
    assert_eq!(texts(&store), ["one", "two", "three", "four", "five"]);
    // While the lab is away, and the file becomes longer than it was.
    drop(files);
    append(&path, b"six\n");
    std::fs::remove_file(&copy).expect("removed");
    copy_and_cut(&path, &folder.0.join("a.log-20261129"));
    append(&path, b"seven\neight\nnine\n");
    let mut files = follow(&folder, &store);
    files.look(|| true);
    files.look(|| true);
    assert_eq!(texts(&store), ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]);
}

#[test]
fn only_the_copy_of_what_was_read_counts() {
    let (folder, store) = (folder("no-copy"), store());
    let path = folder.0.join("a.log");
    append(&path, b"one\n");
    append(&folder.0.join("a.log.1"), b"ONE\nforeign\n");
    append(&folder.0.join("b.txt"), b"one\nanother\n");
    let mut files = follow(&folder, &store);
    files.look(|| true);
    std::fs::OpenOptions::new().write(true).truncate(true).open(&path).expect("cut");
    append(&path, b"new\n");
    files.look(|| true);
    assert_eq!(texts(&store), ["one", "new"]);
}

#[test]
fn a_copy_whose_name_fits_is_read_once() {
    let (folder, store) = (folder("wide"), store());
    let (inner, path) = (folder.0.join("x"), folder.0.join("x/a.log"));
    std::fs::create_dir_all(&inner).expect("made");
    let start = || following(&folder, &store, &format!("shop={}/*.log*", inner.display()), &[]);
    append(&path, b"one\nbeg");
    let mut files = start();
    files.look(|| true);
    append(&path, b"un\ntwo\n");
    copy_and_cut(&path, &inner.join("a.log.1"));
    append(&path, b"three\n");
    files.look(|| true);
    files.look(|| true);
    assert_eq!(texts(&store), ["one", "begun", "two", "three"]);
    // A look sees the copy before the file is cut, while it is written and when it is whole.
    let looks = |files: &mut Files| assert_eq!((files.look(|| true), files.look(|| true)), (Read::All, Read::All));
    std::fs::rename(inner.join("a.log.1"), inner.join("a.log.2")).expect("moved");
    for part in [&b"thr"[..], b"ee\n"] {
        append(&inner.join("a.log.1"), part);
        looks(&mut files);
    }
    std::fs::write(&path, "four\n").expect("cut");
    looks(&mut files);
    assert_eq!(texts(&store), ["one", "begun", "two", "three", "four"]);
    // While the lab is away; and nothing new stands in the copy.
    drop(files);
    append(&path, b"five\n");
    std::fs::rename(inner.join("a.log.1"), inner.join("a.log.3")).expect("moved");
    copy_and_cut(&path, &inner.join("a.log.1"));
    let mut files = start();
    looks(&mut files);
    append(&path, b"six\n");
    looks(&mut files);
    std::fs::rename(inner.join("a.log.1"), inner.join("a.log.4")).expect("moved");
    copy_and_cut(&path, &inner.join("a.log.1"));
    looks(&mut files);
    append(&inner.join("a.log.1"), b"its own way\n");
    looks(&mut files);
    append(&path, b"seven\n");
    copy_and_cut(&path, &inner.join("a-20261129.log"));
    looks(&mut files);
    // A file of another day that begins alike is no copy.
    append(&path, b"eight\n");
    looks(&mut files);
    append(&inner.join("a.2026-11-30.log"), b"eight\n");
    looks(&mut files);
    let expected = ["one", "begun", "two", "three", "four", "five", "six", "its own way", "seven", "eight", "eight"];
    assert_eq!(texts(&store), expected);
}

#[test]
fn what_cannot_be_kept_at_once_of_a_file_that_was_cut_is_kept_later() {
    for has_copy in [true, false] {
        let (folder, limits) =
            (folder("cut-full"), lab_logs::Limits { memory_bytes: 2000, ..lab_logs::Limits::default() });
        let store = Arc::new(LogStore::open(&Location::Memory, limits).expect("opened"));
        let (path, line) = (folder.0.join("a.log"), |name: &str| format!("{name}{}", "x".repeat(1500)));
        append(&path, format!("{}\n{}", line("a"), line("b")).as_bytes());
        let mut files = follow(&folder, &store);
        files.look(|| true);
        if has_copy {
            append(&path, format!("\n{}\n{}", line("c"), line("d")).as_bytes());
            std::fs::copy(&path, folder.0.join("a.log.1")).expect("copied");
        }
        std::fs::write(&path, line("e") + "\n").expect("cut");
        for _ in 0..8 {
            files.look(|| true);
            files.look(|| true);
            store.flush().expect("flushed");
        }
        let firsts: String = texts(&store).iter().map(|text| &text[..1]).collect();
        assert_eq!(firsts, if has_copy { "abcde" } else { "abe" });
    }
}

#[test]
fn a_long_copy_is_read_in_turns_and_after_a_restart() {
    let (folder, store) = (folder("long-copy"), store());
    let path = folder.0.join("a.log");
    append(&path, b"first\n");
    let mut files = follow(&folder, &store);
    files.look(|| true);
    append(&path, "a line of a long file\n".repeat(300_000).as_bytes());
    append(&path, b"no end");
    copy_and_cut(&path, &folder.0.join("a.log.1"));
    append(&path, b"last\n");
    assert_eq!(files.look(|| true), Read::More, "others have their turn");
    drop(files);
    let mut files = follow(&folder, &store);
    files.grace = Duration::ZERO;
    while files.look(|| true) != Read::All {}
    assert_eq!(store.stats().received, 300_003);
    assert!(files.behind.is_empty());
}
