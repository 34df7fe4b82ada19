//! The rules, one function each; a finding names the file and what to do.

use std::path::Path;

use crate::tree::{self, Rule};

/// Lines of non-test code that a file may have.
const MOST_LINES: usize = 450;

/// What each room of ours may depend on, apart from libraries. Nothing points up.
const MAY_KNOW: [(&str, &[&str]); 18] = [
    ("lab-model", &[]),
    ("lab-testkit", &[]),
    ("lab-template", &[]),
    ("lab-algebra", &["lab-model"]),
    ("lab-storage", &["lab-model"]),
    ("lab-metrics", &["lab-algebra", "lab-model", "lab-storage"]),
    ("lab-logs", &["lab-algebra", "lab-model", "lab-storage"]),
    ("lab-traces", &["lab-model", "lab-storage"]),
    ("lab-api", &["lab-model", "lab-storage", "lab-metrics", "lab-logs", "lab-traces", "lab-dashboards"]),
    ("lab-dashboards", &["lab-model"]),
    ("lab-supervisor", &[]),
    ("telemetry", &["lab-model"]),
    ("die-service", &["telemetry"]),
    ("dice-roller", &["telemetry"]),
    ("frontend", &["telemetry"]),
    ("lab-traffic", &["lab-model", "telemetry"]),
    ("lab-verify", &["lab-dashboards", "lab-model", "lab-traffic"]),
    ("lab-bench", &["lab-model", "lab-traffic", "telemetry"]),
];

/// Libraries that only rooms which speak a wire protocol may use.
const WIRE: [&str; 3] = ["axum", "tonic", "tower-http"];
/// The rooms that must not.
const PURE: [&str; 8] = [
    "lab-algebra",
    "lab-model",
    "lab-template",
    "lab-storage",
    "lab-metrics",
    "lab-logs",
    "lab-traces",
    "lab-dashboards",
];

/// Every rule.
pub(crate) const ALL: [Rule; 6] =
    [room_card, file_size, direction, engines_are_pure, versions_stand_in_one_place, decisions_are_indexed];

/// Every source file opens with `//!`.
fn room_card(root: &Path) -> Vec<String> {
    let without = |text: &str| !text.starts_with("//!");
    let files = tree::sources(root).into_iter().filter(|(_, text)| without(text));
    files.map(|(path, _)| format!("{}: says not what it is for; open it with `//!`", path.display())).collect()
}

/// No file has grown past what a reader holds in mind.
fn file_size(root: &Path) -> Vec<String> {
    let mut findings = Vec::new();
    for (path, text) in tree::sources(root) {
        let is_test = path.components().any(|part| part.as_os_str() == "tests") || path.ends_with("tests.rs");
        let lines = text.lines().take_while(|line| *line != "#[cfg(test)]").count();
        if !is_test && lines > MOST_LINES {
            findings.push(format!("{}: {lines} lines of code; split it by concept", path.display()));
        }
    }
    findings
}

/// Dependencies between our crates go one way.
fn direction(root: &Path) -> Vec<String> {
    let ours: Vec<&str> = MAY_KNOW.iter().map(|(name, _)| *name).collect();
    let mut findings = Vec::new();
    for (member, manifest) in tree::manifests(root) {
        let Some((_, allowed)) = MAY_KNOW.iter().find(|(name, _)| *name == member) else {
            if member != "dicelab" {
                findings.push(format!("{member}: has no line in xtask's MAY_KNOW"));
            }
            continue;
        };
        for dependency in dependencies(&manifest) {
            if ours.contains(&dependency) && !allowed.contains(&dependency) {
                findings.push(format!("{member}: must not know {dependency}"));
            }
        }
    }
    findings
}

/// Engines serve no HTTP.
fn engines_are_pure(root: &Path) -> Vec<String> {
    let mut findings = Vec::new();
    for (member, manifest) in tree::manifests(root) {
        let wire = dependencies(&manifest).into_iter().filter(|name| WIRE.contains(name));
        if PURE.contains(&&*member) {
            findings.extend(wire.map(|name| format!("{member}: an engine must not use {name}")));
        }
    }
    findings
}

/// Versions and features of dependencies stand in the root manifest.
fn versions_stand_in_one_place(root: &Path) -> Vec<String> {
    let mut findings = Vec::new();
    for (member, manifest) in tree::manifests(root) {
        for section in ["dependencies", "dev-dependencies"] {
            let table = manifest.get(section).and_then(toml::Value::as_table);
            for (name, value) in table.into_iter().flatten() {
                if value.get("workspace").and_then(toml::Value::as_bool) != Some(true) {
                    findings.push(format!("{member}: write `{name}.workspace = true`, its version stands at the root"));
                }
            }
        }
    }
    findings
}

/// Every decision is in the index.
fn decisions_are_indexed(root: &Path) -> Vec<String> {
    let folder = root.join("docs/adr");
    let index = tree::read(&folder.join("README.md"));
    let names = std::fs::read_dir(&folder).into_iter().flatten().flatten();
    let names = names.filter_map(|entry| entry.file_name().into_string().ok());
    let missing = names.filter(|name| name.starts_with(|c: char| c.is_ascii_digit()) && !index.contains(name));
    missing.map(|name| format!("docs/adr/README.md: does not list {name}")).collect()
}

fn dependencies(manifest: &toml::Table) -> Vec<&str> {
    let table = manifest.get("dependencies").and_then(toml::Value::as_table);
    table.into_iter().flat_map(toml::Table::keys).map(String::as_str).collect()
}
