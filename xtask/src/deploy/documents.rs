//! `deploy/README.md` says what the files say: every published port stands beside its container, and every version
//! is the one that compose and the overlays run.

use std::collections::BTreeSet;
use std::path::Path;

use serde_yaml_ng::Value;

use crate::deploy::yaml::{self, entries, text};
use crate::deploy::{compose, kubernetes};
use crate::tree;

const PAGE: &str = "deploy/README.md";

pub(crate) fn check(root: &Path) -> Vec<String> {
    let compose = match yaml::document(root, compose::FILE) {
        Ok(compose) => compose,
        Err(finding) => return vec![finding],
    };
    let page = tree::read(&root.join(PAGE));
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with('|')).collect();
    let mut findings = ports(&compose, &rows);
    findings.extend(versions(root, &compose, &rows));
    findings
}

fn ports(compose: &Value, rows: &[&str]) -> Vec<String> {
    let mut findings = Vec::new();
    for (_, service) in entries(compose.get("services")) {
        let name = text(service, &["container_name"]).unwrap_or("?");
        for (port, _) in compose::published(service) {
            let said = |row: &&str| row.contains(&format!("`{name}`")) && row.contains(&port.to_string());
            if !rows.iter().any(said) {
                findings.push(format!("{PAGE}: no row of a table names `{name}` and its port {port}"));
            }
        }
    }
    findings
}

fn versions(root: &Path, compose: &Value, rows: &[&str]) -> Vec<String> {
    let services = entries(compose.get("services")).map(|(_, service)| service);
    let foreign = services.filter(|service| service.get("build").is_none());
    let in_compose: BTreeSet<&str> = foreign.filter_map(|service| text(service, &["image"])).collect();
    let mut findings = Vec::new();
    for image in &in_compose {
        let (repository, tag) = image.rsplit_once(':').unwrap_or((image, ""));
        let said = |row: &&str| row.contains(&format!("`{repository}`")) && row.contains(&format!("`{tag}`"));
        if !rows.iter().any(said) {
            findings.push(format!("{PAGE}: no row of a table names `{repository}` and its version `{tag}`"));
        }
    }
    let in_clusters = kubernetes::running(root);
    let ours = |image: &&String| image.starts_with("dicelab:");
    let other = in_clusters.iter().filter(|image| !ours(image) && !in_compose.contains(image.as_str()));
    findings.extend(other.map(|image| format!("{image}: clusters run another version than {}", compose::FILE)));
    findings
}
