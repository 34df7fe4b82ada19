//! Rules about all packages that are built, from `cargo metadata`: their licences, and which are there in several
//! versions. `deny.toml` holds what is allowed, so that cargo-deny and these rules read the same list.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde::Deserialize;

use crate::tidy::rule::{Finding, Rule, Workspace};
use crate::tree;

const POLICY: &str = "deny.toml";

pub(crate) const RULES: [Rule; 2] =
    [Rule { name: "licences", check: licences }, Rule { name: "duplicates", check: duplicates }];

#[derive(Deserialize)]
struct Policy {
    licenses: Licences,
    bans: Bans,
}

#[derive(Deserialize)]
struct Licences {
    allow: Vec<String>,
}

#[derive(Deserialize)]
struct Bans {
    skip: Vec<Skipped>,
}

/// A package that may be there in several versions.
#[derive(Deserialize)]
struct Skipped {
    #[serde(rename = "crate")]
    name: String,
    reason: String,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    version: String,
    license: Option<String>,
    /// Nothing for a crate of this workspace.
    source: Option<String>,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
}

/// Every licence is one that `deny.toml` allows.
fn licences(workspace: &Workspace) -> Vec<Finding> {
    let (policy, packages) = match load(&workspace.root) {
        Ok(loaded) => loaded,
        Err(error) => return vec![Finding::new(POLICY, error)],
    };
    let mut findings = Vec::new();
    for Package { name, version, license, .. } in packages {
        match license {
            None => findings.push(Finding::new(POLICY, format!("{name} {version} names no licence"))),
            Some(license) if is_allowed(&license, &policy.licenses.allow) => {}
            Some(license) => {
                findings.push(Finding::new(POLICY, format!("{name} {version}: the licence {license} is not allowed")));
            }
        }
    }
    findings
}

/// No package is built in two versions unless `deny.toml` says why.
fn duplicates(workspace: &Workspace) -> Vec<Finding> {
    let (policy, packages) = match load(&workspace.root) {
        Ok(loaded) => loaded,
        Err(error) => return vec![Finding::new(POLICY, error)],
    };
    let mut versions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for package in packages {
        versions.entry(package.name).or_default().insert(package.version);
    }
    versions.retain(|_, versions| versions.len() > 1);
    let skipped =
        |name: &str| policy.bans.skip.iter().any(|skipped| skipped.name == name && !skipped.reason.is_empty());
    let new = versions.iter().filter(|(name, _)| !skipped(name));
    let new =
        new.map(|(name, versions)| Finding::new(POLICY, format!("{name} is built in several versions: {versions:?}")));
    let vain = policy.bans.skip.iter().filter(|skipped| !versions.contains_key(&skipped.name));
    let vain =
        vain.map(|skipped| Finding::new(POLICY, format!("{} has one version now; delete its line", skipped.name)));
    new.chain(vain).collect()
}

/// The policy, and the libraries that are built for this machine.
fn load(root: &Path) -> Result<(Policy, Vec<Package>), String> {
    let policy = toml::from_str(&tree::read(&root.join(POLICY))).map_err(|error| error.to_string())?;
    // The packages are there already where anything has been built; only a fresh clone has to fetch them.
    let metadata = metadata(root, &["--offline"]).or_else(|_| metadata(root, &[]))?;
    let built: BTreeSet<&str> = metadata.resolve.nodes.iter().map(|node| node.id.as_str()).collect();
    let is_library = |package: &Package| package.source.is_some() && built.contains(package.id.as_str());
    Ok((policy, metadata.packages.into_iter().filter(is_library).collect()))
}

fn metadata(root: &Path, options: &[&str]) -> Result<Metadata, String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let host = Command::new("rustc").arg("-vV").output().map_err(|error| format!("rustc: {error}"))?;
    let host = String::from_utf8_lossy(&host.stdout).into_owned();
    let host =
        host.lines().find_map(|line| line.strip_prefix("host: ")).ok_or("rustc does not say what its host is")?;
    let mut command = Command::new(cargo);
    command.args(["metadata", "--format-version=1", "--locked", "--filter-platform", host]).args(options);
    let output = command.current_dir(root).output().map_err(|error| format!("cargo metadata: {error}"))?;
    if !output.status.success() {
        return Err(format!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr)));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| format!("cargo metadata: {error}"))
}

/// Whether an SPDX expression can be satisfied with these licences. `/` is an old spelling of `OR`; `AND` binds more.
fn is_allowed(expression: &str, allowed: &[String]) -> bool {
    let mut spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    spaced = spaced.replace(" WITH ", "_WITH_");
    let tokens: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    let holds = either(&tokens, &mut at, allowed);
    holds && at == tokens.len()
}

fn either(tokens: &[&str], at: &mut usize, allowed: &[String]) -> bool {
    let mut holds = both(tokens, at, allowed);
    while tokens.get(*at) == Some(&"OR") {
        *at += 1;
        holds |= both(tokens, at, allowed);
    }
    holds
}

fn both(tokens: &[&str], at: &mut usize, allowed: &[String]) -> bool {
    let mut holds = one(tokens, at, allowed);
    while tokens.get(*at) == Some(&"AND") {
        *at += 1;
        holds &= one(tokens, at, allowed);
    }
    holds
}

fn one(tokens: &[&str], at: &mut usize, allowed: &[String]) -> bool {
    let token = tokens.get(*at).copied().unwrap_or_default();
    *at += 1;
    if token == "(" {
        let holds = either(tokens, at, allowed);
        *at += 1;
        return holds;
    }
    let licence = token.replace("_WITH_", " WITH ");
    allowed.contains(&licence)
}

#[cfg(test)]
mod tests {
    use super::is_allowed;

    #[test]
    fn a_licence_expression_is_judged_as_spdx_has_it() {
        let allowed = ["MIT", "ISC", "Apache-2.0", "Apache-2.0 WITH LLVM-exception"].map(str::to_owned);
        let good = [
            "MIT",
            "MIT/GPL-3.0",
            "GPL-3.0 OR MIT",
            "MIT AND ISC",
            "(MIT OR GPL-3.0) AND ISC",
            "GPL-3.0 OR MIT AND ISC",
            "Apache-2.0 WITH LLVM-exception OR GPL-3.0",
        ];
        let bad = [
            "",
            "GPL-3.0",
            "MIT AND GPL-3.0",
            "(MIT OR ISC) AND GPL-3.0",
            "GPL-3.0 OR MIT AND AGPL-3.0",
            "MIT WITH LLVM-exception",
            "MIT ISC",
        ];
        for expression in good {
            assert!(is_allowed(expression, &allowed), "{expression}");
        }
        for expression in bad {
            assert!(!is_allowed(expression, &allowed), "{expression}");
        }
    }
}
