//! The files that the rules look at.

use std::fs;
use std::path::{Path, PathBuf};

/// A rule: looks at the workspace and says what is wrong.
pub(crate) type Rule = fn(&Path) -> Vec<String>;

/// The workspace's root folder.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new(".")).to_owned()
}

/// Every `.rs` file of the workspace with its text, paths relative to `root`.
pub(crate) fn sources(root: &Path) -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    for top in ["crates", "services", "xtask"] {
        collect(&root.join(top), &["rs"], &mut files);
    }
    with_texts(root, files)
}

/// Every file of the page's source with its text, those of tests left out, paths relative to `root`.
pub(crate) fn page(root: &Path) -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    collect(&root.join("ui/src"), &["ts", "tsx"], &mut files);
    files.retain(|path| !path.to_string_lossy().contains(".test."));
    with_texts(root, files)
}

/// The folders of the workspace's crates by name, or that of the one named.
pub(crate) fn crates(root: &Path, name: Option<&str>) -> Result<Vec<(String, PathBuf)>, String> {
    let folders = ["crates", "services"].map(|top| fs::read_dir(root.join(top)));
    let members = folders.into_iter().flatten().flatten().flatten().map(|entry| entry.path());
    let all = members.chain([root.join("xtask")]).filter(|folder| folder.join("Cargo.toml").is_file());
    let named = all.filter_map(|folder| Some((folder.file_name()?.to_str()?.to_owned(), folder.clone())));
    let mut crates: Vec<_> = named.filter(|(member, _)| name.is_none_or(|name| name == member)).collect();
    crates.sort();
    match name {
        Some(name) if crates.is_empty() => Err(format!("no crate of the workspace is called {name:?}")),
        _ => Ok(crates),
    }
}

/// The files of a folder with this extension: name and text, by name.
pub(crate) fn files(folder: &Path, extension: &str) -> Vec<(String, String)> {
    let paths = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let wanted = paths.filter(|path| path.extension().is_some_and(|is| is == extension));
    let mut files: Vec<_> =
        wanted.filter_map(|path| Some((path.file_name()?.to_str()?.to_owned(), read(&path)))).collect();
    files.sort();
    files
}

/// A file's text, or nothing where it cannot be read.
pub(crate) fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

fn with_texts(root: &Path, mut files: Vec<PathBuf>) -> Vec<(PathBuf, String)> {
    files.sort();
    let relative = |path: PathBuf| {
        let text = read(&path);
        (path.strip_prefix(root).unwrap_or(&path).to_owned(), text)
    };
    files.into_iter().map(relative).collect()
}

fn collect(folder: &Path, extensions: &[&str], files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let wanted =
            |path: &Path| path.extension().is_some_and(|is| extensions.iter().any(|extension| is == *extension));
        if path.is_dir() && path.file_name().is_some_and(|name| name != "target") {
            collect(&path, extensions, files);
        } else if wanted(&path) {
            files.push(path);
        }
    }
}
