//! Rules about manifests: which crate may know which, what every crate inherits, and why each library is there.

use crate::tidy::rule::{Finding, Rule, Workspace};
use crate::tree;

/// What each room of ours may depend on, apart from libraries. Nothing points up, and dicelab may know all.
const MAY_KNOW: [(&str, &[&str]); 23] = [
    ("lab-model", &[]),
    ("lab-testkit", &[]),
    ("lab-storage", &["lab-model"]),
    ("lab-histogram", &["lab-model"]),
    ("lab-algebra", &["lab-model", "lab-syntax", "lab-histogram"]),
    ("lab-syntax", &[]),
    ("lab-template", &["lab-syntax"]),
    ("lab-metrics", &["lab-model", "lab-storage", "lab-syntax", "lab-histogram", "lab-algebra", "lab-template"]),
    ("lab-logs", &["lab-model", "lab-storage", "lab-syntax", "lab-algebra", "lab-template"]),
    ("lab-traces", &["lab-model", "lab-storage", "lab-syntax", "lab-algebra"]),
    (
        "lab-api",
        &[
            "lab-model",
            "lab-syntax",
            "lab-histogram",
            "lab-storage",
            "lab-metrics",
            "lab-logs",
            "lab-traces",
            "lab-dashboards",
        ],
    ),
    ("lab-dashboards", &["lab-model"]),
    ("lab-supervisor", &[]),
    ("http-door", &[]),
    ("telemetry", &["http-door", "lab-model"]),
    ("die-service", &["telemetry"]),
    ("dice-roller", &["telemetry"]),
    ("frontend", &["telemetry"]),
    ("lab-traffic", &["lab-model", "telemetry"]),
    ("lab-verify", &["lab-dashboards", "lab-model", "lab-traffic"]),
    ("lab-recording", &["lab-model"]),
    ("lab-run", &["lab-model", "lab-recording", "lab-syntax", "lab-verify"]),
    ("lab-bench", &["lab-model", "lab-storage", "lab-traces", "lab-traffic", "telemetry"]),
];
/// The crates that assemble or check all others.
const KNOW_ALL: [&str; 2] = ["dicelab", "xtask"];

/// The table of all libraries with the reason of each.
const TABLE: &str = "docs/adr/0014-dependencies.md";

pub(crate) const RULES: [Rule; 5] = [
    Rule { name: "direction", check: direction },
    Rule { name: "one-version", check: one_version },
    Rule { name: "lints-inherited", check: lints_inherited },
    Rule { name: "dependency-reasons", check: dependency_reasons },
    Rule { name: "decisions-indexed", check: decisions_indexed },
];

/// Dependencies between our crates go one way.
fn direction(workspace: &Workspace) -> Vec<Finding> {
    let ours: Vec<&str> = workspace.members.iter().map(|member| member.name.as_str()).collect();
    let mut findings = Vec::new();
    for member in workspace.members.iter().filter(|member| !KNOW_ALL.contains(&&*member.name)) {
        let Some((_, allowed)) = MAY_KNOW.iter().find(|(name, _)| *name == member.name) else {
            let what = "the crate has no line in MAY_KNOW of xtask/src/tidy/dependencies.rs";
            findings.push(Finding::new(&*member.folder, what));
            continue;
        };
        let wrong = member.dependencies().into_iter().filter(|name| ours.contains(name) && !allowed.contains(name));
        findings.extend(wrong.map(|name| Finding::new(&*member.folder, format!("must not depend on {name}"))));
    }
    findings
}

/// Versions and features of dependencies stand in the root manifest.
fn one_version(workspace: &Workspace) -> Vec<Finding> {
    let mut findings = Vec::new();
    for member in &workspace.members {
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let table = member.manifest.get(section).and_then(toml::Value::as_table);
            for (name, value) in table.into_iter().flatten() {
                if value.get("workspace").and_then(toml::Value::as_bool) != Some(true) {
                    let what = format!("write `{name}.workspace = true`; the version stands in the root Cargo.toml");
                    findings.push(Finding::new(&*member.folder, what));
                }
            }
        }
    }
    findings
}

/// Every crate takes the lints of the workspace, among them that `unsafe` is forbidden.
fn lints_inherited(workspace: &Workspace) -> Vec<Finding> {
    let inherits = |manifest: &toml::Table| {
        manifest.get("lints").and_then(|lints| lints.get("workspace")).and_then(toml::Value::as_bool) == Some(true)
    };
    let without = workspace.members.iter().filter(|member| !inherits(&member.manifest));
    let what = "write `[lints] workspace = true` in its Cargo.toml";
    without.map(|member| Finding::new(&*member.folder, what)).collect()
}

/// Every library that the root manifest names stands in the table with its reason, and the table names no other.
fn dependency_reasons(workspace: &Workspace) -> Vec<Finding> {
    let manifest: toml::Table = tree::read(&workspace.root.join("Cargo.toml")).parse().unwrap_or_default();
    let table = manifest.get("workspace").and_then(|workspace| workspace.get("dependencies"));
    let libraries = table.and_then(toml::Value::as_table).into_iter().flatten();
    let libraries: Vec<&str> =
        libraries.filter(|(_, value)| value.get("path").is_none()).map(|(name, _)| name.as_str()).collect();
    let text = tree::read(&workspace.root.join(TABLE));
    let rows: Vec<&str> = text.lines().filter_map(explained).collect();
    let missing = libraries.iter().filter(|name| !rows.contains(name));
    let missing = missing.map(|name| Finding::new(TABLE, format!("{name} has no row; say what it is for")));
    let vain = rows.iter().filter(|name| !libraries.contains(name));
    let vain = vain.map(|name| Finding::new(TABLE, format!("nothing depends on {name}; delete its row")));
    missing.chain(vain).collect()
}

/// The library that a row of the table explains: ``| `name` | reason |``.
fn explained(line: &str) -> Option<&str> {
    let (name, reason) = line.strip_prefix("| `")?.split_once("` |")?;
    (reason.trim_matches(['|', ' ']).len() > 1).then_some(name)
}

/// Every decision is in the index.
fn decisions_indexed(workspace: &Workspace) -> Vec<Finding> {
    let index = tree::read(&workspace.root.join("docs/adr/README.md"));
    let records = tree::files(&workspace.root.join("docs/adr"), "md").into_iter().map(|(name, _)| name);
    let records = records.filter(|name| name.starts_with(|first: char| first.is_ascii_digit()));
    let missing = records.filter(|name| !index.contains(name));
    missing.map(|name| Finding::new("docs/adr/README.md", format!("the index does not list {name}"))).collect()
}

#[cfg(test)]
mod tests {
    use super::explained;

    #[test]
    fn a_row_needs_a_reason() {
        assert_eq!(explained("| `serde` | values to and from text |"), Some("serde"));
        assert_eq!(explained("| `serde` | |"), None);
        assert_eq!(explained("serde"), None);
    }
}
