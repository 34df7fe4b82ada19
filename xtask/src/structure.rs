//! `cargo xtask structure [CRATE]`: whether the inside of each crate is built as ARCHITECTURE.md says. No two files
//! import from each other, no module holds more child modules than a reader can keep in mind, no child imports from
//! the file of a module that contains it, only `lib.rs` re-exports, and no function is longer than a screen.

mod circles;
mod rooms;

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;

use crate::source::modules::Crate;
use crate::source::read;
use crate::source::resolve::{self, Edge};
use crate::tree as workspace;

/// What is wrong with a crate, by kind. The kinds are those of [`Kind`].
pub(crate) type Findings = BTreeMap<Kind, Vec<String>>;

/// One rule about the inside of a crate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// Files that import from each other, directly or by way of others.
    Circle,
    /// A module with too many child modules.
    Children,
    /// A path that leads from a module to an item in the file of a module that contains it.
    Parent,
    /// A `use` with a visibility outside `lib.rs`.
    ReExport,
    /// A function that is too long.
    Length,
}

impl Kind {
    /// Every rule, in the order in which they are reported.
    pub(crate) const ALL: [Self; 5] = [Self::Circle, Self::Children, Self::Parent, Self::ReExport, Self::Length];

    fn title(self) -> &'static str {
        match self {
            Self::Circle => "import circles between files",
            Self::Children => "modules with more than nine children",
            Self::Parent => "imports from the file of a containing module",
            Self::ReExport => "re-exports outside lib.rs",
            Self::Length => "functions of more than 60 lines",
        }
    }
}

/// Prints the findings of one crate, or of all with a table at the end. Fails if one crate is named and has findings.
pub(crate) fn report(name: Option<&str>) -> ExitCode {
    let root = workspace::root();
    let crates = match workspace::crates(&root, name) {
        Ok(crates) => crates,
        Err(error) => {
            eprintln!("structure: {error}");
            return ExitCode::from(2);
        }
    };
    let mut table = Vec::new();
    for (name, folder) in &crates {
        match read::targets(&root, folder) {
            Ok(targets) => {
                let mut findings = Findings::new();
                for (kind, found) in targets.iter().flat_map(judge) {
                    findings.entry(kind).or_default().extend(found);
                }
                print(name, &findings);
                table.push((name, findings));
            }
            Err(error) => {
                eprintln!("structure: {name}: {error}");
                return ExitCode::from(2);
            }
        }
    }
    let clean = table.iter().all(|(_, findings)| findings.is_empty());
    if crates.len() > 1 {
        print_table(&table);
    } else if clean {
        println!("structure: nothing to mend");
    }
    if clean || crates.len() > 1 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The findings of a target, each with the file and line to look at.
pub(crate) fn judge(parsed: &Crate) -> Findings {
    let edges = resolve::edges(parsed);
    let by_kind = [
        (Kind::Circle, circles::find(parsed, &edges)),
        (Kind::Children, rooms::crowded(parsed)),
        (Kind::Parent, from_above(parsed, &edges)),
        (Kind::ReExport, rooms::re_exports(parsed)),
        (Kind::Length, rooms::long_functions(parsed)),
    ];
    by_kind.into_iter().filter(|(_, found)| !found.is_empty()).collect()
}

/// A finding for each file from which paths lead to the file of a module that contains it.
fn from_above(parsed: &Crate, edges: &[Edge]) -> Vec<String> {
    let mut by_files: BTreeMap<(usize, usize), Vec<&Edge>> = BTreeMap::new();
    for edge in edges.iter().filter(|edge| parsed.ancestor_files(edge.module).contains(&edge.to)) {
        by_files.entry((edge.from, edge.to)).or_default().push(edge);
    }
    let finding = |((from, to), edges): ((usize, usize), Vec<&Edge>)| {
        let paths: BTreeSet<String> = edges.iter().map(|edge| format!("`{}`", edge.at.path)).collect();
        let paths = paths.into_iter().collect::<Vec<_>>().join(", ");
        format!("{}:{}: imports from {}: {paths}", parsed.files[from], edges[0].at.line, parsed.files[to])
    };
    by_files.into_iter().map(finding).collect()
}

fn print(name: &str, findings: &Findings) {
    for (kind, found) in findings {
        println!("{name}: {} {}", found.len(), kind.title());
        for finding in found {
            println!("  {finding}");
        }
    }
}

fn print_table(table: &[(&String, Findings)]) {
    println!("\n{:16} circles  children  parent  re-exports  length", "crate");
    for (name, findings) in table {
        let count = |kind| findings.get(&kind).map_or(0, Vec::len);
        let [circles, children, parent, re_exports, length] = Kind::ALL.map(count);
        println!("{name:16} {circles:7}  {children:8}  {parent:6}  {re_exports:10}  {length:6}");
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Findings, Kind, judge};
    use crate::source::read;

    fn findings(files: &[(&str, &str)]) -> Findings {
        let text = |file: &Path| {
            let found = files.iter().find(|(name, _)| Path::new(name) == file);
            found.map(|(_, text)| (*text).to_owned())
        };
        judge(&read::target(Path::new("src/lib.rs"), &text).expect("a crate"))
    }

    fn circles(a: &str, b: &str) -> usize {
        let files = [("src/lib.rs", "mod a;\nmod b;\npub use b::B;"), ("src/a.rs", a), ("src/b.rs", b)];
        findings(&files).get(&Kind::Circle).map_or(0, Vec::len)
    }

    #[test]
    fn a_circle_is_found_by_whichever_way_a_path_is_written() {
        let b = "pub struct B;\npub fn b() { crate::a::a(); }";
        for a in [
            "use crate::b::B; pub fn a() {}",
            "use crate::{b::{self as other, B as C}}; pub fn a() {}",
            "use crate::b; pub fn a() { b::b(); }",
            "use super::b::*; pub fn a() {}",
            "pub fn a() { super::b::b(); }",
            "pub fn a() { println!(\"{:?}\", [crate::b::b()]); }",
            "#[serde(with = \"crate::b::B\")] pub struct A; pub fn a() {}",
            "use crate::B; pub fn a() {}",
            "mod inner { fn c() -> super::super::b::B { todo!() } } pub fn a() {}",
            "pub fn a() { use crate::b::b; b(); }",
        ] {
            assert_eq!(circles(a, b), 1, "{a}");
        }
    }

    #[test]
    fn modules_tests_documentation_and_names_of_modules_make_no_circle() {
        let b = "pub struct B;\npub fn b() { crate::a::a(); }";
        for a in [
            "use crate::b; pub fn a() {}",
            "/// See [`crate::b::B`].\npub fn a() {}",
            "#[cfg(test)] use crate::b::B; pub fn a() {}",
            "#[cfg(test)] mod tests { use crate::b::B; } pub fn a() {}",
            "#[test] fn test() { crate::b::b(); } pub fn a() {}",
            "use std::b::B; pub fn a() { serde::b::b(); }",
            "pub(in crate::b) struct B; pub fn a() {}",
        ] {
            assert_eq!(circles(a, b), 0, "{a}");
        }
    }

    #[test]
    fn a_child_may_take_from_lib_what_another_file_defines_and_nothing_that_lib_defines() {
        let lib = "mod a;\nmod b;\npub use b::B;\npub struct L;";
        let crate_of = |a| findings(&[("src/lib.rs", lib), ("src/a.rs", a), ("src/b.rs", "pub struct B;")]);
        assert!(crate_of("use crate::B;").is_empty());
        let found = crate_of("use crate::L;");
        assert_eq!(found[&Kind::Parent], ["src/a.rs:1: imports from src/lib.rs: `crate::L`"]);
    }

    #[test]
    fn crowded_modules_re_exports_and_long_functions_are_found_with_their_place() {
        let children = (0..10).map(|n| format!("mod m{n} {{}}\n")).collect::<Vec<_>>().concat();
        let of_tests = children.replace("mod", "#[cfg(test)] mod");
        let long = format!("fn long() {{\n{}}}", "// why\n\nf();\n".repeat(61));
        let short = format!("fn short() {{\n{}}}", "// why\n\nf();\n".repeat(60));
        let a = format!("pub(crate) use std::fs;\n{children}\n{long}\n{short}");
        let found = findings(&[("src/lib.rs", &format!("mod a;\npub use a::x;\n{of_tests}")), ("src/a.rs", &a)]);
        assert_eq!(found[&Kind::Children], ["src/a.rs: 10 child modules; group them"]);
        assert_eq!(
            found[&Kind::ReExport],
            ["src/a.rs:1: re-exports `std::fs`; its users can name where it is defined"]
        );
        assert_eq!(found[&Kind::Length], ["src/a.rs:13: `long` has 61 lines of code"]);
        assert_eq!(found.len(), 3);
    }
}
