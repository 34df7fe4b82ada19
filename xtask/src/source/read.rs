//! Reads a crate: from the file of its root to the files of all its modules.

use std::path::{Path, PathBuf};

use crate::source::modules::Crate;
use crate::source::scan;

/// What gives the text of a file, relative to the workspace, or nothing where there is no such file.
pub(crate) type Files<'a> = &'a dyn Fn(&Path) -> Option<String>;

/// The library and the binary of the crate in this folder, those that it has.
pub(crate) fn targets(root: &Path, folder: &Path) -> Result<Vec<Crate>, String> {
    let files = |file: &Path| std::fs::read_to_string(root.join(file)).ok();
    let relative = folder.strip_prefix(root).unwrap_or(folder);
    let entries = ["src/lib.rs", "src/main.rs"].map(|file| relative.join(file));
    entries.iter().filter(|entry| root.join(entry).is_file()).map(|entry| target(entry, &files)).collect()
}

/// Parses the target whose root is `entry`, and all its modules.
pub(crate) fn target(entry: &Path, files: Files<'_>) -> Result<Crate, String> {
    let mut parsed = Crate::default();
    let folder = entry.parent().unwrap_or(Path::new("")).to_owned();
    let text = files(entry).ok_or_else(|| format!("{}: cannot be read", entry.display()))?;
    let mut waiting = vec![(entry.to_owned(), text, folder, None)];
    while let Some((file, text, folder, place)) = waiting.pop() {
        let number = parsed.files.len();
        parsed.files.push(file.display().to_string());
        let module = parsed.add_module(number, place);
        let declared =
            scan::file(&mut parsed, module, &text).map_err(|error| format!("{}: {error}", file.display()))?;
        for module in declared {
            let inside = module.inside.iter().fold(folder.clone(), |folder, name| folder.join(name));
            let (file, text) = file_of(&inside, &module.name, files)?;
            waiting.push((file, text, inside.join(&module.name), Some((module.parent, module.name))));
        }
    }
    Ok(parsed)
}

/// The file of the module `name` in this folder, with its text.
fn file_of(folder: &Path, name: &str, files: Files<'_>) -> Result<(PathBuf, String), String> {
    let candidates = [folder.join(format!("{name}.rs")), folder.join(name).join("mod.rs")];
    let mut found = candidates.into_iter().filter_map(|file| Some((file.clone(), files(&file)?)));
    found.next().ok_or_else(|| format!("{}: the module {name} has no file", folder.display()))
}
