//! Patterns for the names of files: `/var/log/*.log`, perhaps with the name of a service in front, as in
//! `shop=/srv/shop/*.log`, or with labels in the path, as in `/srv/<service_name>/<app>.log`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use lab_model::labels::is_label_name;
use lab_model::{Expression, expression};

/// Most files that one pattern names.
const MOST_FILES: usize = 1000;
/// Most folders that `**` goes down.
const DEEPEST: usize = 16;
/// The label by which people look for a service.
pub const SERVICE: &str = "service_name";
/// The labels that the lab itself gives to the lines of files.
const TAKEN: [&str; 2] = ["filename", "job"];

/// A pattern, and the service to which the files belong.
#[derive(Clone, Debug)]
pub struct FilePattern {
    /// The service, if it is named; else each file is one by its own name.
    pub service: Option<String>,
    parts: Vec<Part>,
    is_absolute: bool,
}

/// What may stand between two slashes.
#[derive(Clone, Debug)]
enum Part {
    /// One name, without wildcards.
    Name(String),
    /// `**`: any number of folders.
    Folders,
    /// A name that fits; its named groups become labels. A name that begins with a dot has to be named so, as in a shell.
    Like { names: Expression, with_dot: bool },
}

/// A file that there is, and the labels that its path gives to its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundFile {
    pub path: PathBuf,
    pub labels: BTreeMap<String, String>,
}

impl FromStr for FilePattern {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let named = text.split_once('=').filter(|(name, _)| !name.is_empty() && !name.contains(['/', '*', '?', '<']));
        let (service, pattern) = named.map_or((None, text), |(name, rest)| (Some(name.to_owned()), rest));
        let mut labels: BTreeSet<String> = service.iter().map(|_| SERVICE.to_owned()).collect();
        let parts = pattern.split('/').filter(|part| !part.is_empty()).map(|part| Part::read(part, &mut labels));
        let parts = parts.collect::<Result<Vec<_>, _>>()?;
        if pattern.ends_with('/') || matches!(parts.last(), None | Some(Part::Folders)) {
            return Err("it names no file; give a path, in which * and ? stand for parts of a name".to_owned());
        }
        Ok(Self { service, parts, is_absolute: pattern.starts_with('/') })
    }
}

impl FilePattern {
    /// The files that there are at present, in the order of their names, and whether there are more than a pattern may name.
    pub fn files(&self) -> (Vec<FoundFile>, bool) {
        let labels = self.service.iter().map(|service| (SERVICE.to_owned(), service.clone())).collect();
        let mut found = vec![FoundFile { path: PathBuf::from(if self.is_absolute { "/" } else { "" }), labels }];
        let mut are_more = false;
        for (at, part) in self.parts.iter().enumerate() {
            let is_last = at + 1 == self.parts.len();
            let below = found.iter().flat_map(|folder| folder.below(part));
            found = below.filter(|entry| !is_last || entry.path.is_file()).take(MOST_FILES + 1).collect();
            are_more |= found.len() > MOST_FILES;
            found.truncate(MOST_FILES);
        }
        found.sort_by(|a, b| a.path.cmp(&b.path));
        found.dedup_by(|a, b| a.path == b.path);
        (found, are_more)
    }

    /// Whether a file of this path would be found, if there were one.
    pub fn fits(&self, path: &Path) -> bool {
        let Some(text) = path.to_str() else { return false };
        let names: Vec<&str> = text.split('/').filter(|name| !name.is_empty()).collect();
        text.starts_with('/') == self.is_absolute && fit(&self.parts, &names)
    }
}

/// Whether names of folders and of a file fit the parts of a pattern.
fn fit(parts: &[Part], names: &[&str]) -> bool {
    let Some((part, others)) = parts.split_first() else { return names.is_empty() };
    if matches!(part, Part::Folders) {
        let folders = names.iter().take(DEEPEST).take_while(|name| !name.starts_with('.')).count();
        return (0..=folders).any(|folders| fit(others, &names[folders..]));
    }
    names.split_first().is_some_and(|(name, names)| part.fits(name) && fit(others, names))
}

impl Part {
    /// Whether a name fits.
    fn fits(&self, name: &str) -> bool {
        match self {
            Self::Name(own) => own == name,
            Self::Folders => true,
            Self::Like { names, with_dot } => (*with_dot || !name.starts_with('.')) && names.is_match(name),
        }
    }

    /// Reads a part; `labels` are those that are named already.
    fn read(text: &str, labels: &mut BTreeSet<String>) -> Result<Self, String> {
        if text == "**" {
            return Ok(Self::Folders);
        }
        let (mut pattern, mut rest, mut is_name) = (String::new(), text, true);
        while let Some(c) = rest.chars().next() {
            if let Some((label, behind)) = label_at(rest) {
                pattern += &group(label, labels)?;
                (rest, is_name) = (behind, false);
                continue;
            }
            rest = &rest[c.len_utf8()..];
            match c {
                '*' => pattern.push_str(".*"),
                '?' => pattern.push('.'),
                c if c.is_ascii_punctuation() => pattern.extend(['\\', c]),
                c => pattern.push(c),
            }
            is_name &= !matches!(c, '*' | '?');
        }
        if is_name {
            return Ok(Self::Name(text.to_owned()));
        }
        let names = expression::anchored(&pattern).map_err(|error| error.to_string())?;
        Ok(Self::Like { names, with_dot: text.starts_with('.') })
    }
}

/// The label in angle brackets at which a text begins, and what follows.
fn label_at(text: &str) -> Option<(&str, &str)> {
    let (label, rest) = text.strip_prefix('<')?.split_once('>')?;
    is_label_name(label).then_some((label, rest))
}

/// The group of a regular expression that stands for a label. `<_>` is none.
fn group(label: &str, labels: &mut BTreeSet<String>) -> Result<String, String> {
    if label == "_" {
        return Ok(".+".to_owned());
    }
    if TAKEN.contains(&label) {
        return Err(format!(
            "<{label}> cannot be taken from the path, because the lab sets this label; choose another name"
        ));
    }
    if !labels.insert(label.to_owned()) {
        let named = if label == SERVICE { "the service has a name already" } else { "it stands there twice" };
        return Err(format!("<{label}> cannot be taken from the path, because {named}"));
    }
    Ok(format!("(?P<{label}>.+?)"))
}

impl FoundFile {
    /// What is called so in this folder.
    fn below(&self, part: &Part) -> Vec<Self> {
        match part {
            Part::Name(name) => vec![Self { path: self.path.join(name), labels: self.labels.clone() }],
            Part::Folders => {
                let mut found = vec![self.clone()];
                self.folders(DEEPEST, &mut found);
                found
            }
            Part::Like { names, .. } => {
                let fitting = entries(&self.path).into_iter().filter(|name| part.fits(name));
                fitting.filter_map(|name| self.fitting(&name, names)).collect()
            }
        }
    }

    /// An entry of this folder, if its name fits.
    fn fitting(&self, name: &str, names: &Expression) -> Option<Self> {
        let captures = names.captures(name)?;
        let mut labels = self.labels.clone();
        for label in names.capture_names().flatten() {
            labels.extend(captures.name(label).map(|value| (label.to_owned(), value.as_str().to_owned())));
        }
        Some(Self { path: self.path.join(name), labels })
    }

    /// The folders in this one and in those. Links to folders may lead round in a circle and are left out.
    fn folders(&self, levels: usize, found: &mut Vec<Self>) {
        for name in entries(&self.path).into_iter().filter(|name| levels > 0 && !name.starts_with('.')) {
            let path = self.path.join(name);
            if found.len() <= MOST_FILES && path.symlink_metadata().is_ok_and(|entry| entry.is_dir()) {
                let folder = Self { path, labels: self.labels.clone() };
                found.push(folder.clone());
                folder.folders(levels - 1, found);
            }
        }
    }
}

/// The names in a folder, sorted.
fn entries(folder: &Path) -> Vec<String> {
    let folder_or_here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let Ok(entries) = std::fs::read_dir(folder_or_here) else { return Vec::new() };
    let mut names: Vec<_> = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
    names.sort();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<FilePattern, String> {
        text.parse()
    }

    /// The labels that a name gets from a pattern, if it fits.
    fn labels(pattern: &str, name: &str) -> Option<String> {
        let pattern = read(pattern).expect("a pattern");
        let here = FoundFile { path: PathBuf::new(), labels: BTreeMap::new() };
        let found = match &pattern.parts[0] {
            Part::Like { names, .. } => here.fitting(name, names),
            part => panic!("{part:?} has no wildcard"),
        };
        let pairs = found?.labels.into_iter().map(|(label, value)| format!("{label}={value}"));
        Some(pairs.collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn names_fit_patterns_and_give_labels() {
        for (pattern, name, expected) in [
            ("*.log", "a.log", Some("")),
            ("*.log", "a.log.1", None),
            ("*.log", "aXlog", None),
            ("a?c*", "abcd", Some("")),
            ("a?c", "ac", None),
            ("*a*b*", "xxaxxbxx", Some("")),
            ("[x]*", "[x]y", Some("")),
            ("<app>.log", "shop.log", Some("app=shop")),
            ("<app>-<node>.log", "shop-a-b.log", Some("app=shop node=a-b")),
            ("<_>-<node>.log", "shop-b.log", Some("node=b")),
            ("<app>.log", ".log", None),
        ] {
            assert_eq!(labels(pattern, name).as_deref(), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn a_path_fits_without_a_file() {
        for (pattern, path, expected) in [
            ("/x/*.log", "/x/a.log", true),
            ("/x/*.log", "x/a.log", false),
            ("/x/*.log", "/x/y/a.log", false),
            ("/x/*.log", "/x/.a.log", false),
            ("shop=x/a.log", "x/a.log", true),
            ("/x/**/<app>.log", "/x/a.log", true),
            ("/x/**/<app>.log", "/x/y/z/a.log", true),
            ("/x/**/<app>.log", "/x/.y/a.log", false),
            ("/x/**/<app>.log", "/x/y/a.txt", false),
        ] {
            assert_eq!(read(pattern).expect("a pattern").fits(Path::new(path)), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn the_service_may_stand_in_front_or_in_the_path() {
        assert_eq!(read("shop=/x/*.log").map(|read| read.service), Ok(Some("shop".to_owned())));
        assert_eq!(read("/x/a=b.log").map(|read| read.service), Ok(None));
        for (text, expected) in [
            ("", "it names no file"),
            ("/var/log/", "it names no file"),
            ("/var/log/**", "it names no file"),
            ("a=/<service_name>/*.log", "<service_name> cannot be taken from the path, because the service has a name"),
            ("/<a>/<a>.log", "because it stands there twice"),
            ("/<job>/x.log", "because the lab sets this label"),
        ] {
            assert!(read(text).is_err_and(|error| error.contains(expected)), "{text}");
        }
    }
}
