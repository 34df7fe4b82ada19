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
fn only_the_copy_of_what_was_read_counts_and_one_that_is_followed_is_read_once() {
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

    let (folder, store) = (super::folder("wide"), super::store());
    let path = folder.0.join("a.log");
    append(&path, b"one\n");
    let mut files = following(&folder, &store, &format!("shop={}/*.log*", folder.0.display()), &[]);
    files.look(|| true);
    append(&path, b"two\n");
    copy_and_cut(&path, &folder.0.join("a.log.1"));
    files.look(|| true);
    assert_eq!(texts(&store).iter().filter(|line| *line == "two").count(), 1);
}
