//! ARCHITECTURE.md itself: each of its invariants says by which rules or tests it is kept, and those exist.

use crate::tidy::rule::{Finding, Workspace};
use crate::tree;

const FILE: &str = "ARCHITECTURE.md";
const HEADING: &str = "## Invariants";
/// What may check an invariant: a rule of `tidy`, a lint that the workspace sets, a test.
const KINDS: [&str; 3] = ["tidy", "lint", "test"];

/// Every invariant names the rules, lints and tests that keep it, and those exist.
pub(crate) fn check(workspace: &Workspace, rules: &[&str]) -> Vec<Finding> {
    let text = tree::read(&workspace.root.join(FILE));
    let invariants = items(&text);
    let lints = lints(&workspace.root.join("Cargo.toml"));
    let has_test = |name: &str| {
        let declaration = format!("fn {name}(");
        workspace.sources.iter().any(|(_, text)| text.contains(&declaration))
    };
    let mut findings = Vec::new();
    if invariants.is_empty() {
        findings.push(Finding::new(FILE, format!("there is no numbered list under {HEADING:?}")));
    }
    for (line, item) in invariants {
        let place = format!("{FILE}:{line}");
        let checks = checks(&item);
        if checks.is_empty() {
            findings
                .push(Finding::new(&*place, "the invariant names nothing that checks it, as `[tidy: circles]` does"));
        }
        for (kind, name) in checks {
            let known = match kind {
                "tidy" => rules.contains(&name),
                "lint" => lints.iter().any(|lint| lint == name),
                _ => has_test(name),
            };
            if !known {
                findings.push(Finding::new(&*place, format!("{kind} has nothing called {name}")));
            }
        }
    }
    findings
}

/// The numbered items under the heading, each with the number of its first line.
fn items(text: &str) -> Vec<(usize, String)> {
    let mut items: Vec<(usize, String)> = Vec::new();
    let lines = text.lines().enumerate().skip_while(|(_, line)| *line != HEADING).skip(1);
    for (at, line) in lines.take_while(|(_, line)| !line.starts_with("## ")) {
        if line.starts_with(|first: char| first.is_ascii_digit()) {
            items.push((at + 1, line.to_owned()));
        } else if let Some((_, item)) = items.last_mut() {
            item.push(' ');
            item.push_str(line.trim());
        }
    }
    items
}

/// What stands in square brackets after a kind: `[tidy: circles, parent]` is two checks.
fn checks(item: &str) -> Vec<(&str, &str)> {
    let mut checks = Vec::new();
    for part in item.split('[').skip(1) {
        let Some((kind, names)) = part.split_once(']').and_then(|(inside, _)| inside.split_once(": ")) else {
            continue;
        };
        if KINDS.contains(&kind) {
            checks.extend(names.split(',').map(|name| (kind, name.trim())));
        }
    }
    checks
}

/// The lints that the workspace sets, those that it allows excepted.
fn lints(manifest: &std::path::Path) -> Vec<String> {
    let manifest: toml::Table = tree::read(manifest).parse().unwrap_or_default();
    let groups = manifest.get("workspace").and_then(|workspace| workspace.get("lints"));
    let groups = groups.and_then(toml::Value::as_table).into_iter().flat_map(toml::Table::values);
    let lints = groups.filter_map(toml::Value::as_table).flatten();
    lints.filter(|(_, level)| level.as_str() != Some("allow")).map(|(name, _)| name.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::{checks, items};

    #[test]
    fn the_checks_of_an_invariant_stand_in_brackets_on_any_of_its_lines() {
        let text =
            "## Invariants\n\n1. One [link](x)\n   goes on [tidy: a, b]\n2. Two [test: c]\n\n## Next\n3. No [tidy: d]";
        let found = items(text);
        assert_eq!(found.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [3, 5]);
        assert_eq!(checks(&found[0].1), [("tidy", "a"), ("tidy", "b")]);
        assert_eq!(checks(&found[1].1), [("test", "c")]);
    }
}
