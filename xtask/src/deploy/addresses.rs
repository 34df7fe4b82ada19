//! The hosts and ports by which the parts of the compose stack reach each other: whoever is named is a container or a
//! service of `compose.yaml`, and listens on that port.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_yaml_ng::Value;

use crate::deploy::compose;
use crate::deploy::yaml::{self, entries, items, text};
use crate::tree;

/// Files in which addresses stand.
const FILES: [&str; 5] = [
    compose::FILE,
    "deploy/alloy/config.alloy",
    "deploy/loki/loki.yaml",
    "deploy/tempo/tempo.yaml",
    "deploy/prometheus/targets/containers.yml",
];
/// Names of one's own machine.
const SELF: [&str; 4] = ["localhost", "127.0.0.1", "0.0.0.0", "host"];

pub(crate) fn check(root: &Path) -> Vec<String> {
    let compose = match yaml::document(root, compose::FILE) {
        Ok(compose) => compose,
        Err(finding) => return vec![finding],
    };
    let listening = listening(&compose);
    let mut findings = Vec::new();
    for file in FILES {
        for (host, port) in addresses(&tree::read(&root.join(file))) {
            match listening.get(host) {
                _ if SELF.contains(&host) => {}
                None => findings.push(format!("{file}: {host}:{port}: no container is called {host}")),
                Some(ports) if !ports.contains(&port) => {
                    findings.push(format!("{file}: {host}:{port}: {host} does not listen there"));
                }
                Some(_) => {}
            }
        }
    }
    findings
}

/// The ports inside of each container, by the container's name and by its service's.
fn listening(compose: &Value) -> BTreeMap<&str, BTreeSet<u16>> {
    let mut listening = BTreeMap::new();
    for (name, service) in entries(compose.get("services")) {
        let exposed = items(service.get("expose")).filter_map(|port| port.as_str()?.parse().ok());
        let ports: BTreeSet<u16> = compose::published(service).iter().map(|(_, port)| *port).chain(exposed).collect();
        for name in [Some(name), text(service, &["container_name"])].into_iter().flatten() {
            listening.insert(name, ports.clone());
        }
    }
    listening
}

/// Every `host:port` of a text, comments aside: a name, a colon, and a port of four digits or more.
fn addresses(text: &str) -> Vec<(&str, u16)> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | ':' | '_');
    let lines = text.lines().filter(|line| !line.trim_start().starts_with(['#', '/']));
    lines.flat_map(|line| line.split(move |c: char| !is_part(c))).filter_map(address).collect()
}

fn address(word: &str) -> Option<(&str, u16)> {
    let (host, port) = word.split_once(':')?;
    let is_name = host.starts_with(|c: char| c.is_ascii_alphabetic());
    if is_name && port.len() >= 4 { Some((host, port.parse().ok()?)) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_found_wherever_they_stand() {
        let text = "url: http://loki:3100/push # here\n# not http://tempo:1\n{a = \"tempo:4317\"}\nimage: x/y:3.1\n";
        assert_eq!(addresses(text), [("loki", 3100), ("tempo", 4317)]);
    }
}
