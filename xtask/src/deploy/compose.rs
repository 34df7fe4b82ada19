//! `deploy/compose/compose.yaml`: what it promises to the mission, to security and to itself.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_yaml_ng::Value;

use crate::deploy::yaml::{self, entries, items, text};
use crate::tree;

pub(crate) const FILE: &str = "deploy/compose/compose.yaml";
const FOLDER: &str = "deploy/compose";
const VARIABLES: &str = "deploy/compose/.env.example";
/// The names that the dashboards, the rules and the mission's commands rely on.
const CONTAINERS: [&str; 8] =
    ["die-service-stage4", "dice-roller-stage4", "frontend-stage4", "grafana", "prometheus", "loki", "tempo", "alloy"];
/// Not ours to bring along.
const SOCKET: &str = "/var/run/docker.sock";

pub(crate) fn check(root: &Path) -> Vec<String> {
    let compose = match yaml::document(root, FILE) {
        Ok(compose) => compose,
        Err(finding) => return vec![finding],
    };
    let mut findings = whole(&compose);
    for (name, service) in entries(compose.get("services")) {
        let of_service = [image(service), mounts(root, service, &compose), ports(service), health(service, &compose)];
        findings.extend(of_service.concat().into_iter().map(|finding| format!("{FILE}: {name}: {finding}")));
    }
    findings.extend(variables(root));
    findings
}

/// The published ports of each container, as (host, container).
pub(crate) fn published(service: &Value) -> Vec<(u16, u16)> {
    let parts = |port: &str| {
        let mut from_the_end = port.rsplit(':').map(str::parse);
        let (inside, outside) = (from_the_end.next()?.ok()?, from_the_end.next()?.ok()?);
        Some((outside, inside))
    };
    items(service.get("ports")).filter_map(|port| parts(port.as_str()?)).collect()
}

fn whole(compose: &Value) -> Vec<String> {
    let mut findings = Vec::new();
    if text(compose, &["name"]) != Some("stage4") {
        findings.push(format!("{FILE}: the project is called stage4"));
    }
    let services = || entries(compose.get("services")).map(|(_, service)| service);
    let names: Vec<&str> = services().filter_map(|service| text(service, &["container_name"])).collect();
    let missing = CONTAINERS.iter().filter(|name| !names.contains(name));
    findings.extend(missing.map(|name| format!("{FILE}: no container is called {name}")));
    let mut taken = BTreeMap::new();
    for (port, _) in services().flat_map(published) {
        *taken.entry(port).or_insert(0) += 1;
    }
    let twice = taken.into_iter().filter(|(_, times)| *times > 1);
    findings.extend(twice.map(|(port, _)| format!("{FILE}: port {port} is published twice")));
    let mounted: BTreeSet<&str> = services().flat_map(volumes).map(|(source, ..)| source).collect();
    let unused = entries(compose.get("volumes")).filter(|(name, _)| !mounted.contains(name));
    findings.extend(unused.map(|(name, _)| format!("{FILE}: nobody mounts the volume {name}")));
    findings
}

fn image(service: &Value) -> Vec<String> {
    let mut findings = Vec::new();
    let image = text(service, &["image"]).unwrap_or_default();
    if service.get("build").is_none() && !yaml::is_pinned(image) {
        findings.push(format!("the image {image:?} is not pinned to a version"));
    }
    if service.get("read_only").and_then(Value::as_bool) != Some(true) {
        findings.push("its root is not read-only".to_owned());
    }
    if !items(service.get("cap_drop")).any(|item| item.as_str() == Some("ALL")) {
        findings.push("it keeps capabilities".to_owned());
    }
    findings
}

/// Source, target and mode of each mount.
fn volumes(service: &Value) -> impl Iterator<Item = (&str, &str, &str)> {
    items(service.get("volumes")).filter_map(Value::as_str).filter_map(|mount| {
        let mut parts = mount.split(':');
        Some((parts.next()?, parts.next()?, parts.next().unwrap_or_default()))
    })
}

fn mounts(root: &Path, service: &Value, compose: &Value) -> Vec<String> {
    let mut findings = Vec::new();
    for (source, target, mode) in volumes(service) {
        let is_path = source.starts_with(['.', '/']);
        if !is_path && yaml::at(compose, &["volumes", source]).is_none() {
            findings.push(format!("the volume {source} is not declared"));
        }
        if is_path && mode != "ro" {
            findings.push(format!("{source} is mounted at {target} for writing"));
        }
        if is_path && source != SOCKET && !root.join(FOLDER).join(source).exists() {
            findings.push(format!("{source} does not exist, and is mounted at {target}"));
        }
    }
    findings
}

/// What a published port begins with. What may be steered stays on loopback whatever `BIND` says.
const BOUND: [&str; 2] = ["${BIND:-127.0.0.1}:", "127.0.0.1:"];

fn ports(service: &Value) -> Vec<String> {
    let ports = items(service.get("ports")).map(|port| port.as_str().unwrap_or("not a text"));
    let is_bound = |port: &&str| BOUND.iter().any(|address| port.starts_with(address));
    let open = ports.filter(|port| !is_bound(port));
    open.map(|port| format!("the port {port} is bound neither to ${{BIND:-127.0.0.1}} nor to loopback")).collect()
}

/// Who is waited for exists, and has a health check if its health is waited for.
fn health(service: &Value, compose: &Value) -> Vec<String> {
    let mut findings = Vec::new();
    for (other, how) in entries(service.get("depends_on")) {
        let Some(awaited) = yaml::at(compose, &["services", other]) else {
            findings.push(format!("it waits for {other}, which does not exist"));
            continue;
        };
        if text(how, &["condition"]) == Some("service_healthy") && awaited.get("healthcheck").is_none() {
            findings.push(format!("it waits for the health of {other}, which has no health check"));
        }
    }
    findings
}

/// `.env.example` lists exactly the variables, with their defaults.
fn variables(root: &Path) -> Vec<String> {
    let used = tree::read(&root.join(FILE));
    let used: BTreeSet<(&str, &str)> =
        used.split("${").skip(1).filter_map(|rest| rest.split_once('}')?.0.split_once(":-")).collect();
    let documented = tree::read(&root.join(VARIABLES));
    let lines = documented.lines().filter(|line| !line.starts_with('#'));
    let documented: BTreeSet<(&str, &str)> = lines.filter_map(|line| line.split_once('=')).collect();
    let different = used.symmetric_difference(&documented);
    different.map(|(name, value)| format!("{VARIABLES}: {name}={value} stands here or in compose.yaml alone")).collect()
}
