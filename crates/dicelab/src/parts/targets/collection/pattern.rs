//! Patterns for the names of files: `/var/log/*.log`, perhaps with the name of a service in front, as in
//! `shop=/srv/shop/*.log`.

use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Most files that one pattern names.
const MOST_FILES: usize = 1000;

/// A pattern, and the service to which the files belong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilePattern {
    /// The service, if it is named; else each file is one by its own name.
    pub service: Option<String>,
    parts: Vec<String>,
    is_absolute: bool,
}

impl FromStr for FilePattern {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let named = text.split_once('=').filter(|(name, _)| !name.is_empty() && !name.contains(['/', '*', '?']));
        let (service, pattern) = named.map_or((None, text), |(name, rest)| (Some(name.to_owned()), rest));
        let parts: Vec<String> = pattern.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect();
        if parts.is_empty() || pattern.ends_with('/') {
            return Err("it names no file; give a path, in which * and ? stand for parts of a name".to_owned());
        }
        Ok(Self { service, parts, is_absolute: pattern.starts_with('/') })
    }
}

impl FilePattern {
    /// The files that there are at present, in the order of their names.
    pub fn files(&self) -> Vec<PathBuf> {
        let mut found = vec![PathBuf::from(if self.is_absolute { "/" } else { "" })];
        for part in &self.parts {
            found = found.iter().flat_map(|folder| below(folder, part)).take(MOST_FILES).collect();
        }
        found.retain(|path| path.is_file());
        found.sort();
        found
    }
}

/// What is called so in a folder.
fn below(folder: &Path, part: &str) -> Vec<PathBuf> {
    if !part.contains(['*', '?']) {
        return vec![folder.join(part)];
    }
    let folder_or_here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let Ok(entries) = std::fs::read_dir(folder_or_here) else { return Vec::new() };
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    // As in a shell, a name that begins with a dot has to be named so.
    let fitting = names.filter(|name| fits(part, name) && (part.starts_with('.') || !name.starts_with('.')));
    fitting.map(|name| folder.join(name)).collect()
}

/// Whether a name fits a pattern, in which `*` stands for any characters and `?` for one.
fn fits(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut p, mut n, mut star) = (0, 0, None);
    while n < name.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, n));
                p += 1;
            }
            Some(c) if *c == '?' || *c == name[n] => {
                p += 1;
                n += 1;
            }
            _ => {
                // The last star takes one character more.
                let Some((at, taken)) = star else { return false };
                star = Some((at, taken + 1));
                p = at + 1;
                n = taken + 1;
            }
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_patterns() {
        for (pattern, name, expected) in [
            ("*.log", "a.log", true),
            ("*.log", "a.log.1", false),
            ("a?c*", "abcd", true),
            ("a?c", "ac", false),
            ("*a*b*", "xxaxxbxx", true),
            ("", "a", false),
        ] {
            assert_eq!(fits(pattern, name), expected, "{pattern} {name}");
        }
        assert_eq!("shop=/x/*.log".parse::<FilePattern>().map(|read| read.service), Ok(Some("shop".to_owned())));
        assert_eq!("/x/a=b.log".parse::<FilePattern>().map(|read| read.service), Ok(None));
        assert!("".parse::<FilePattern>().is_err() && "/var/log/".parse::<FilePattern>().is_err());
    }
}
