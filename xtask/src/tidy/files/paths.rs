//! The documents that describe the present name no file and no folder that does not exist.

use std::path::Path;

use crate::tidy::rule::{Finding, Rule, Workspace};
use crate::tree;

/// The documents besides the decisions.
const DOCUMENTS: [&str; 2] = ["ARCHITECTURE.md", "CONTRIBUTING.md"];
const DECISIONS: &str = "docs/adr";
/// How a decision says in its head that another one has taken its place.
const REPLACED: &str = "replaced by [";
/// What looks like a path and is the name of something else.
const OTHER_NAMES: [&str; 1] = ["text/template"];
/// What a path may leave away: a module is named without its ending, a folder with a slash.
const ENDINGS: [&str; 4] = ["", ".rs", ".ts", ".tsx"];

/// Every path in a document exists.
pub(crate) const RULE: Rule = Rule { name: "named-paths", check };

fn check(workspace: &Workspace) -> Vec<Finding> {
    let decisions = tree::files(&workspace.root.join(DECISIONS), "md").into_iter();
    let decisions = decisions.map(|(name, text)| (format!("{DECISIONS}/{name}"), text));
    let present = decisions.filter(|(_, text)| !text.lines().take(5).any(|line| line.contains(REPLACED)));
    let documents = DOCUMENTS.map(|name| (name.to_owned(), tree::read(&workspace.root.join(name))));
    let roots = roots(workspace);
    let mut findings = Vec::new();
    for (name, text) in documents.into_iter().chain(present) {
        for (line, path) in paths(&text) {
            let stands = |root: &String| exists(&workspace.root.join(root), &path);
            if !roots.iter().any(stands) {
                let what = format!("there is no file or folder {path}, neither at the root nor in a crate; correct it");
                findings.push(Finding::new(format!("{name}:{line}"), what));
            }
        }
    }
    findings
}

/// Where a path may begin: at the root, in a crate, in its `src`, or in that of the page.
fn roots(workspace: &Workspace) -> Vec<String> {
    let members = workspace.members.iter().flat_map(|member| [member.folder.clone(), format!("{}/src", member.folder)]);
    [String::new(), "ui/src".to_owned()].into_iter().chain(members).collect()
}

fn exists(root: &Path, path: &str) -> bool {
    let path = path.trim_end_matches('/');
    ENDINGS.iter().any(|ending| root.join(format!("{path}{ending}")).exists())
}

/// The paths between back quotes, each with the number of its line; `{a,b}` stands for two of them.
fn paths(text: &str) -> Vec<(usize, String)> {
    let mut paths = Vec::new();
    let mut in_example = false;
    for (at, line) in text.lines().enumerate() {
        in_example ^= line.trim_start().starts_with("```");
        if in_example {
            continue;
        }
        let quoted = line.split('`').skip(1).step_by(2).filter(|quoted| is_path(quoted));
        paths.extend(quoted.flat_map(expanded).map(|path| (at + 1, path)));
    }
    paths
}

/// A path holds a slash and does not begin with one, as the paths of URLs do; it has no place for a name, as `<name>`.
fn is_path(text: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "/._-{},".contains(c);
    text.contains('/') && !text.starts_with('/') && text.chars().all(is_part) && !OTHER_NAMES.contains(&text)
}

/// `a/{b,c}` is `a/b` and `a/c`.
fn expanded(path: &str) -> Vec<String> {
    let parts = path.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?)));
    let Some((before, (inside, after))) = parts else { return vec![path.to_owned()] };
    inside.split(',').flat_map(|part| expanded(&format!("{before}{part}{after}"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stand_between_back_quotes_and_braces_make_several_of_them() {
        let text = "The `store/{append,rows}` of `a/b.rs`, `/metrics`, `text/template`, `rate(m[5m])` and `x`.\n\
                    ```text\n`no/path`\n```\nIn `dir/`, `tests/<language>/*.test`.";
        let expected = [(1, "store/append"), (1, "store/rows"), (1, "a/b.rs"), (5, "dir/")];
        assert_eq!(paths(text), expected.map(|(line, path)| (line, path.to_owned())));
        assert_eq!(expanded("{a,b}/{c,d}"), ["a/c", "a/d", "b/c", "b/d"]);
    }

    #[test]
    fn a_path_may_leave_its_ending_away() {
        let root = tree::root();
        let stands = |path| exists(&root.join("xtask/src"), path);
        assert_eq!(
            ["tidy/files/paths", "tidy/files/paths.rs", "tidy/", "tidy/path"].map(stands),
            [true, true, true, false]
        );
    }
}
