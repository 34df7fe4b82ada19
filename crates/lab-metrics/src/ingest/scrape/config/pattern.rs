//! Paths with `*` in their last component, as `file_sd_configs` and `rule_files` have them.

use std::path::{Path, PathBuf};

/// The files that a pattern means, sorted; `*` in the last component stands for any text.
pub(crate) fn files(pattern: &Path) -> Vec<PathBuf> {
    let name = pattern.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let Some((front, back)) = name.split_once('*') else {
        return vec![pattern.to_owned()];
    };
    let folder = pattern.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let fits = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.len() >= front.len() + back.len() && name.starts_with(front) && name.ends_with(back)
    };
    let mut files: Vec<PathBuf> =
        entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).filter(fits).collect();
    files.sort();
    files
}
