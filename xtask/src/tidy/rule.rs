//! What a rule is, what it looks at, and what it finds.

use std::fmt;
use std::path::PathBuf;

use crate::source::modules::Crate;
use crate::source::read;
use crate::tree;

/// A rule, known by its name in `exceptions.toml` and in ARCHITECTURE.md.
pub(crate) struct Rule {
    pub(crate) name: &'static str,
    pub(crate) check: fn(&Workspace) -> Vec<Finding>,
}

/// A departure from a rule.
pub(crate) struct Finding {
    /// The file with its line, or the folder of the crate, relative to the workspace.
    pub(crate) place: String,
    /// What is wrong and what to do.
    pub(crate) what: String,
}

impl Finding {
    pub(crate) fn new(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self { place: place.into(), what: what.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

/// The workspace, read once for all rules.
pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
    /// Every `.rs` file, relative to the root, with its text.
    pub(crate) sources: Vec<(PathBuf, String)>,
    pub(crate) members: Vec<Member>,
}

/// A crate of ours.
pub(crate) struct Member {
    pub(crate) name: String,
    /// Its folder relative to the root, for example `crates/lab-api`.
    pub(crate) folder: String,
    pub(crate) manifest: toml::Table,
    /// Its library and its binary, those that it has.
    pub(crate) targets: Vec<Crate>,
}

impl Workspace {
    pub(crate) fn load() -> Result<Self, String> {
        let root = tree::root();
        let mut members = Vec::new();
        for (name, folder) in tree::crates(&root, None)? {
            let manifest = tree::read(&folder.join("Cargo.toml"));
            let manifest = manifest.parse().map_err(|error| format!("{name}/Cargo.toml: {error}"))?;
            let targets = read::targets(&root, &folder).map_err(|error| format!("{name}: {error}"))?;
            let folder = folder.strip_prefix(&root).unwrap_or(&folder).display().to_string();
            members.push(Member { name, folder, manifest, targets });
        }
        Ok(Self { sources: tree::sources(&root), root, members })
    }

    /// Every target of every crate, with the crate it belongs to.
    pub(crate) fn targets(&self) -> impl Iterator<Item = (&Member, &Crate)> {
        self.members.iter().flat_map(|member| member.targets.iter().map(move |target| (member, target)))
    }
}

impl Member {
    /// The names of what it depends on.
    pub(crate) fn dependencies(&self) -> Vec<&str> {
        let table = self.manifest.get("dependencies").and_then(toml::Value::as_table);
        table.into_iter().flat_map(toml::Table::keys).map(String::as_str).collect()
    }
}
