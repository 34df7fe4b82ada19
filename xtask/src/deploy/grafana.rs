//! `deploy/grafana` and `dashboards`: every uid leads to a data source, the six links are there, files are where
//! Grafana is told to look for them, and what is read from the environment is set wherever Grafana runs.

use std::collections::BTreeSet;
use std::path::Path;

use serde_yaml_ng::Value;

use crate::deploy::yaml::{self, at, entries, everywhere, items, text};
use crate::deploy::{compose, kubernetes};
use crate::tree;

const SOURCES: &str = "deploy/grafana/provisioning/datasources/stack.yaml";
const PROVIDERS: &str = "deploy/grafana/provisioning/dashboards/dicelab.yaml";
const ALERTS: &str = "deploy/grafana/provisioning/alerting/logs.yaml";
const SETTINGS: &str = "deploy/grafana/grafana.ini";
/// Grafana's own: expressions over other queries.
const EXPRESSIONS: &str = "__expr__";
/// The six links: from where, by which setting, to where.
const LINKS: [(&str, &[&str], &str); 6] = [
    ("prometheus", &["jsonData", "exemplarTraceIdDestinations"], "tempo"),
    ("prometheus", &["correlations"], "loki"),
    ("loki", &["jsonData", "derivedFields"], "tempo"),
    ("loki", &["correlations"], "prometheus"),
    ("tempo", &["jsonData", "tracesToLogsV2"], "loki"),
    ("tempo", &["jsonData", "tracesToMetrics"], "prometheus"),
];

pub(crate) fn check(root: &Path) -> Vec<String> {
    let read = || -> Result<_, String> {
        let file = |path| yaml::document(root, path);
        Ok((file(SOURCES)?, file(PROVIDERS)?, file(ALERTS)?, file(compose::FILE)?))
    };
    let (sources, providers, alerts, compose) = match read() {
        Ok(read) => read,
        Err(finding) => return vec![finding],
    };
    let known: BTreeSet<&str> =
        items(sources.get("datasources")).filter_map(|source| text(source, &["uid"])).chain([EXPRESSIONS]).collect();
    let mut findings = links(&sources);
    findings.extend(uids(SOURCES, &sources, &known));
    findings.extend(uids(ALERTS, &alerts, &known));
    findings.extend(conditions(&alerts));
    findings.extend(dashboards(root, &known));
    findings.extend(paths(root, &providers, &compose));
    findings.extend(environment(root, &compose));
    findings
}

fn links(sources: &Value) -> Vec<String> {
    let source =
        |uid: &'static str| items(sources.get("datasources")).find(move |source| text(source, &["uid"]) == Some(uid));
    let leads = |(from, way, to): &(&'static str, &[&str], &str)| {
        let setting = source(from).and_then(|source| at(source, way));
        let targets = |key| setting.into_iter().flat_map(move |setting| everywhere(setting, key));
        targets("datasourceUid").chain(targets("targetUID")).any(|uid| uid.as_str() == Some(*to))
    };
    let missing = LINKS.iter().filter(|link| !leads(link));
    missing.map(|(from, way, to)| format!("{SOURCES}: {from}: {} does not lead to {to}", way.join("."))).collect()
}

fn uids(file: &str, value: &Value, known: &BTreeSet<&str>) -> Vec<String> {
    let named = ["datasourceUid", "targetUID"].into_iter().flat_map(|key| everywhere(value, key));
    let unknown = named.filter_map(Value::as_str).filter(|uid| !known.contains(uid));
    unknown.map(|uid| format!("{file}: no data source has the uid {uid}")).collect()
}

fn conditions(alerts: &Value) -> Vec<String> {
    let mut findings = Vec::new();
    for rule in items(alerts.get("groups")).flat_map(|group| items(group.get("rules"))) {
        let queries: Vec<_> = items(rule.get("data")).filter_map(|query| text(query, &["refId"])).collect();
        let condition = text(rule, &["condition"]).unwrap_or_default();
        if !queries.contains(&condition) {
            findings
                .push(format!("{ALERTS}: {}: no query is called {condition:?}", text(rule, &["uid"]).unwrap_or("?")));
        }
    }
    findings
}

fn dashboards(root: &Path, known: &BTreeSet<&str>) -> Vec<String> {
    let mut findings = Vec::new();
    for (name, content) in tree::files(&root.join("dashboards"), "json") {
        let dashboard: Value = match serde_json::from_str(&content) {
            Ok(dashboard) => dashboard,
            Err(error) => {
                findings.push(format!("dashboards/{name}: {error}"));
                continue;
            }
        };
        let named = everywhere(&dashboard, "datasource").into_iter().filter_map(|source| text(source, &["uid"]));
        let unknown: BTreeSet<&str> = named.filter(|uid| !known.contains(uid)).collect();
        findings.extend(unknown.iter().map(|uid| format!("dashboards/{name}: no data source has the uid {uid}")));
    }
    findings
}

/// The folder of the dashboards and the first of them are where Grafana looks, in containers and in clusters.
fn paths(root: &Path, providers: &Value, compose: &Value) -> Vec<String> {
    let mut findings = Vec::new();
    let folder = items(providers.get("providers")).find_map(|provider| text(provider, &["options", "path"]));
    let folder = folder.unwrap_or_default();
    let mount = format!("../../dashboards:{folder}:ro");
    let mounts = at(compose, &["services", "grafana", "volumes"]);
    if !items(mounts).any(|volume| volume.as_str() == Some(&mount)) {
        findings.push(format!("{}: grafana does not mount {mount}", compose::FILE));
    }
    for (file, documents) in kubernetes::rendered(root) {
        let mounted = documents.iter().flat_map(|document| everywhere(document, "mountPath"));
        if !mounted.into_iter().any(|path| path.as_str() == Some(folder)) {
            findings.push(format!("{file}: nothing is mounted at {folder}"));
        }
    }
    let settings = tree::read(&root.join(SETTINGS));
    let home = settings.lines().find_map(|line| line.strip_prefix("default_home_dashboard_path = "));
    let home = home.and_then(|path| path.strip_prefix(folder)?.strip_prefix('/'));
    if home.is_none_or(|file| !root.join("dashboards").join(file).is_file()) {
        findings.push(format!("{SETTINGS}: default_home_dashboard_path is none of {folder}"));
    }
    findings
}

/// `$NAME` in the provisioning is set wherever Grafana runs, and every other dollar sign is doubled.
fn environment(root: &Path, compose: &Value) -> Vec<String> {
    let mut findings = Vec::new();
    let mut names = BTreeSet::new();
    let provisioning = tree::read(&root.join(SOURCES));
    let lines = provisioning.lines().filter(|line| !line.trim_start().starts_with('#'));
    let lines = lines.map(|line| line.split_once(" # ").map_or(line, |(value, _)| value));
    for rest in lines.flat_map(|line| line.split("$$")).flat_map(|part| part.split('$').skip(1)) {
        let name: String = rest.chars().take_while(|c| c.is_ascii_uppercase() || *c == '_').collect();
        if name.is_empty() || name.starts_with('_') {
            findings.push(format!("{SOURCES}: write $$ for the dollar sign before {rest:?}"));
        } else {
            names.insert(name);
        }
    }
    let in_compose = at(compose, &["services", "grafana", "environment"]);
    let in_compose: Vec<&str> = entries(in_compose).map(|(name, _)| name).collect();
    let missing = names.iter().filter(|name| !in_compose.contains(&name.as_str()));
    findings.extend(missing.map(|name| format!("{}: grafana: {name} is not set", compose::FILE)));
    for (file, documents) in kubernetes::rendered(root) {
        let stores = documents.iter().find(|document| kubernetes::is(document, "ConfigMap", "stores-"));
        let set: Vec<&str> = entries(stores.and_then(|map| map.get("data"))).map(|(name, _)| name).collect();
        let missing = names.iter().filter(|name| !set.contains(&name.as_str()));
        findings.extend(missing.map(|name| format!("{file}: the ConfigMap stores does not set {name}")));
    }
    findings
}
