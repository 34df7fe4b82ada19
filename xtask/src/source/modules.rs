//! A crate as a tree of modules: which file each stands in, what it defines, what it imports, which paths it names.
//! What is compiled for tests only is left out.

use std::collections::{BTreeMap, BTreeSet};

/// One target of a package: its modules, the first of which is the root.
#[derive(Debug, Default)]
pub(crate) struct Crate {
    /// The files, by number, relative to the workspace.
    pub(crate) files: Vec<String>,
    pub(crate) modules: Vec<Module>,
    pub(crate) functions: Vec<Function>,
}

/// A module, whether it has a file of its own or stands inside one.
#[derive(Debug, Default)]
pub(crate) struct Module {
    pub(crate) file: usize,
    pub(crate) parent: Option<usize>,
    pub(crate) children: BTreeMap<String, usize>,
    /// The names of the items defined here.
    pub(crate) items: BTreeSet<String>,
    pub(crate) imports: Vec<Import>,
    /// The paths named here apart from imports.
    pub(crate) paths: Vec<Named>,
    /// The calls of `unwrap` and `expect`, which panic.
    pub(crate) panics: Vec<Named>,
}

/// A path as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) path: String,
    pub(crate) line: usize,
}

/// One name that a `use` brings in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Import {
    pub(crate) of: Named,
    /// The name by which it is known here; `*` for all names of a module, `_` for none.
    pub(crate) name: String,
    /// Whether it has a visibility, and so is a re-export.
    pub(crate) visible: bool,
}

/// A function and the lines of code between its braces.
#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) file: usize,
    pub(crate) line: usize,
    pub(crate) name: String,
    pub(crate) lines: usize,
}

impl Crate {
    /// Adds a module, under its parent by its name.
    pub(crate) fn add_module(&mut self, file: usize, place: Option<(usize, String)>) -> usize {
        let number = self.modules.len();
        let parent = place.as_ref().map(|(parent, _)| *parent);
        self.modules.push(Module { file, parent, ..Module::default() });
        if let Some((parent, name)) = place {
            self.modules[parent].children.insert(name, number);
        }
        number
    }

    /// The files of the modules that contain this one, its own excepted.
    pub(crate) fn ancestor_files(&self, module: usize) -> Vec<usize> {
        let above = std::iter::successors(Some(module), |module| self.modules[*module].parent);
        above.map(|module| self.modules[module].file).filter(|file| *file != self.modules[module].file).collect()
    }
}
