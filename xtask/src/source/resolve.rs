//! Finds out which file a path leads to, through aliases, groups, `super`, glob imports and re-exports.

use crate::source::modules::{Crate, Named};

/// How many imports may lead to one another before a path counts as one that leads out of the crate.
const DEPTH: usize = 16;

/// A path from one file to an item of another.
#[derive(Debug)]
pub(crate) struct Edge {
    pub(crate) from: usize,
    pub(crate) to: usize,
    /// The module in which the path stands.
    pub(crate) module: usize,
    pub(crate) at: Named,
}

/// What a path leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    Module(usize),
    /// An item that is defined in this module.
    Item(usize),
}

/// Every path that leaves its file for an item of another file of the crate, the same once.
pub(crate) fn edges(parsed: &Crate) -> Vec<Edge> {
    let mut edges: Vec<Edge> = Vec::new();
    for (number, module) in parsed.modules.iter().enumerate() {
        let imports = module.imports.iter().map(|import| (&import.of, import.name == "*"));
        let paths = module.paths.iter().map(|path| (path, false));
        for (at, all) in imports.chain(paths) {
            let to = match resolve(parsed, number, &at.path, DEPTH) {
                Some(Target::Item(to)) => to,
                Some(Target::Module(to)) if all => to,
                // Who imports a module names no item of it yet; the paths that begin with it do.
                Some(Target::Module(_)) | None => continue,
            };
            let (from, to) = (module.file, parsed.modules[to].file);
            let known = edges.iter().any(|edge| (edge.from, edge.to, &edge.at) == (from, to, at));
            if from != to && !known {
                edges.push(Edge { from, to, module: number, at: at.clone() });
            }
        }
    }
    edges
}

fn resolve(parsed: &Crate, module: usize, path: &str, depth: usize) -> Option<Target> {
    let mut parts = path.split("::").peekable();
    let mut here = module;
    let mut anchored = false;
    while let Some(part) = parts.peek() {
        match *part {
            "crate" => here = 0,
            "self" => {}
            "super" => here = parsed.modules[here].parent?,
            _ => break,
        }
        anchored = true;
        parts.next();
    }
    let mut target = Target::Module(here);
    for part in parts {
        let Target::Module(here) = target else { return Some(target) };
        let found = lookup(parsed, here, part, depth.checked_sub(1)?);
        // A name that a macro defines is in the module which the path names.
        target = found.or_else(|| anchored.then_some(Target::Item(here)))?;
        anchored = true;
    }
    Some(target)
}

/// A name as it is known in a module: a child, an item, an import, or one of the names that a glob brings.
fn lookup(parsed: &Crate, module: usize, name: &str, depth: usize) -> Option<Target> {
    let here = &parsed.modules[module];
    if let Some(child) = here.children.get(name) {
        return Some(Target::Module(*child));
    }
    if here.items.contains(name) {
        return Some(Target::Item(module));
    }
    if let Some(import) = here.imports.iter().find(|import| import.name == name) {
        return resolve(parsed, module, &import.of.path, depth);
    }
    let globs = here.imports.iter().filter(|import| import.name == "*");
    let mut modules = globs.filter_map(|glob| resolve(parsed, module, &glob.of.path, depth));
    modules.find_map(|target| match target {
        Target::Module(all) if all != module => lookup(parsed, all, name, depth.checked_sub(1)?),
        _ => None,
    })
}

/// A path with its aliases and imports written out: `now::now` becomes `std::time::SystemTime::now` where that is
/// what it means. A path that begins with a name that is not known here is full already.
pub(crate) fn full_path(parsed: &Crate, module: usize, path: &str) -> String {
    let mut full = path.to_owned();
    for _ in 0..DEPTH {
        let (first, rest) = full.split_once("::").map_or((full.as_str(), ""), |(first, rest)| (first, rest));
        let import = parsed.modules[module].imports.iter().find(|import| import.name == first);
        let Some(import) = import.filter(|import| import.of.path.split("::").next() != Some(first)) else { break };
        full = if rest.is_empty() { import.of.path.clone() } else { format!("{}::{rest}", import.of.path) };
    }
    full
}
