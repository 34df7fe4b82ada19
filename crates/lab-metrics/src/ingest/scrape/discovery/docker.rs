//! Targets from a Docker daemon: each TCP port of each container in each of its networks.

mod labels;

use std::collections::{BTreeMap, BTreeSet};

use reqwest::header::ACCEPT;
use serde_json::Value;

use self::labels::{META, of_container, of_network, text};
use crate::http::cause::cause;
use crate::http::percent::encode;
use crate::http::{Clients, body};
use crate::ingest::scrape::config::discovery::{DockerDiscovery, TargetGroup};

/// The largest answer.
const MAX_BYTES: usize = 64 << 20;
/// Most containers whose networks lead to those of another one.
const LONGEST_CHAIN: usize = 100;

/// Asks the daemon for containers and networks.
pub(crate) async fn ask(source: &DockerDiscovery, clients: &Clients) -> Result<Vec<TargetGroup>, String> {
    let mut filters: BTreeMap<_, BTreeMap<_, bool>> = BTreeMap::new();
    for filter in &source.filters {
        filters.entry(&filter.name).or_default().extend(filter.values.iter().map(|value| (value, true)));
    }
    let filters = serde_json::to_string(&filters).map_err(|error| error.to_string())?;
    let path = match filters.as_str() {
        "{}" => "/containers/json".to_owned(),
        filters => format!("/containers/json?filters={}", encode(filters)),
    };
    let containers = get(source, clients, &path).await;
    let containers = containers.map_err(|error| format!("error while listing containers: {error}"))?;
    let networks = get(source, clients, "/networks").await;
    let networks = networks.map_err(|error| format!("error while computing network labels: {error}"))?;
    Ok(targets(source, &containers, &networks))
}

async fn get(source: &DockerDiscovery, clients: &Clients, path: &str) -> Result<Value, String> {
    let request = match source.host.strip_prefix("unix://") {
        Some(socket) => clients.get_from_socket(socket, path)?,
        None => {
            let base = source.host.replacen("tcp://", "http://", 1);
            clients.get(&format!("{}{path}", base.trim_end_matches('/')), &source.http).await?
        }
    };
    let answer = request.header(ACCEPT, "application/json").send().await.map_err(|error| cause(&error))?;
    if !answer.status().is_success() {
        return Err(format!("the daemon returned HTTP status {}", answer.status()));
    }
    let bytes = body::read(answer, MAX_BYTES).await?;
    serde_json::from_slice(&bytes).map_err(|error| format!("the answer is not JSON: {error}"))
}

fn targets(source: &DockerDiscovery, containers: &Value, networks: &Value) -> Vec<TargetGroup> {
    let all: Vec<&Value> = containers.as_array().into_iter().flatten().collect();
    let mut groups = Vec::new();
    for container in &all {
        if container["Names"].as_array().is_none_or(Vec::is_empty) {
            continue;
        }
        let common = of_container(container);
        let own: Vec<_> = networks_of(container, &all).into_iter().filter(|(_, network)| !network.is_null()).collect();
        let count = if source.match_first_network { 1 } else { usize::MAX };
        for (_, network) in own.into_iter().take(count) {
            let mut labels = common.clone();
            labels.extend(of_network(network, networks));
            groups.extend(of_ports(source, container, network, &labels));
        }
    }
    groups
}

/// The networks of a container by name; one that shares those of another has none of its own.
fn networks_of<'a>(container: &'a Value, all: &[&'a Value]) -> BTreeMap<&'a String, &'a Value> {
    let mut container = container;
    let mut seen = BTreeSet::new();
    loop {
        let own = container.pointer("/NetworkSettings/Networks").and_then(Value::as_object);
        let own: BTreeMap<_, _> = own.into_iter().flatten().collect();
        let mode = container.pointer("/HostConfig/NetworkMode").and_then(Value::as_str).unwrap_or_default();
        let shared = mode.strip_prefix("container:").filter(|id| own.is_empty() && seen.insert((*id).to_owned()));
        let next = shared.and_then(|id| all.iter().find(|other| other["Id"] == id));
        match next {
            Some(next) if seen.len() <= LONGEST_CHAIN => container = next,
            _ => return own,
        }
    }
}

/// A target for each TCP port; without one the port of the configuration.
fn of_ports(
    source: &DockerDiscovery,
    container: &Value,
    network: &Value,
    labels: &BTreeMap<String, String>,
) -> Vec<TargetGroup> {
    let address = [text(network, "IPAddress"), text(network, "GlobalIPv6Address")];
    let address = address.into_iter().find(|address| !address.is_empty()).unwrap_or_default();
    let with_port =
        |port: u64| if address.contains(':') { format!("[{address}]:{port}") } else { format!("{address}:{port}") };
    let group = |target: String, more: Vec<(&str, String)>| {
        let mut labels = labels.clone();
        labels.insert(format!("{META}network_ip"), address.to_owned());
        labels.extend(more.into_iter().map(|(name, value)| (format!("{META}{name}"), value)));
        TargetGroup { targets: vec![target], labels }
    };
    let ports = container["Ports"].as_array().into_iter().flatten().filter(|port| port["Type"] == "tcp");
    let found: Vec<_> = ports
        .map(|port| {
            let number = |name: &str| port[name].as_u64().unwrap_or_default();
            let mut more = vec![("port_private", number("PrivatePort").to_string())];
            if number("PublicPort") > 0 {
                more.push(("port_public", number("PublicPort").to_string()));
                more.push(("port_public_ip", text(port, "IP").to_owned()));
            }
            group(with_port(number("PrivatePort")), more)
        })
        .collect();
    if !found.is_empty() {
        return found;
    }
    let is_host = container.pointer("/HostConfig/NetworkMode").is_some_and(|mode| mode == "host");
    let target = if is_host { source.host_networking_host.clone() } else { with_port(u64::from(source.port)) };
    vec![group(target, Vec::new())]
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTAINERS: &str = r#"[
        {"Id": "c1", "Names": ["/web"], "Image": "web:1", "ImageID": "sha256:1", "Labels": {"com.example/team": "shop"},
         "Ports": [{"PrivatePort": 80, "PublicPort": 8080, "IP": "0.0.0.0", "Type": "tcp"},
                   {"PrivatePort": 53, "Type": "udp"}],
         "HostConfig": {"NetworkMode": "shop"},
         "NetworkSettings": {"Networks": {
            "shop": {"NetworkID": "n1", "IPAddress": "172.18.0.2"},
            "other": {"NetworkID": "n3", "IPAddress": "", "GlobalIPv6Address": "fd00::2"}}}},
        {"Id": "c2", "Names": ["/agent"], "Labels": {}, "Ports": [], "HostConfig": {"NetworkMode": "host"},
         "NetworkSettings": {"Networks": {"host": {"NetworkID": "n2", "IPAddress": ""}}}},
        {"Id": "c3", "Names": ["/side"], "Labels": {}, "Ports": [{"PrivatePort": 9, "Type": "tcp"}],
         "HostConfig": {"NetworkMode": "container:c1"}, "NetworkSettings": {"Networks": {}}},
        {"Id": "c4", "Names": ["/circle"], "Ports": [], "HostConfig": {"NetworkMode": "container:c4"},
         "NetworkSettings": {"Networks": {}}},
        {"Id": "c5", "Names": [], "Ports": [], "NetworkSettings": {"Networks": {"shop": {"NetworkID": "n1"}}}}]"#;
    const NETWORKS: &str = r#"[{"Id": "n1", "Name": "shop", "Scope": "local", "Internal": false, "Ingress": false,
        "Labels": {"a": "b"}}]"#;

    fn found(settings: &str) -> Vec<TargetGroup> {
        let source: DockerDiscovery = serde_yaml_ng::from_str(settings).expect("good");
        let [containers, networks] = [CONTAINERS, NETWORKS].map(|text| serde_json::from_str(text).expect("JSON"));
        targets(&source, &containers, &networks)
    }

    #[test]
    fn containers_become_targets() {
        let groups = found("{host: 'unix:///var/run/docker.sock', match_first_network: false}");
        let addresses: Vec<_> = groups.iter().map(|group| &*group.targets[0]).collect();
        assert_eq!(addresses, ["[fd00::2]:80", "172.18.0.2:80", "localhost", "[fd00::2]:9", "172.18.0.2:9"]);
        for (label, value) in [
            ("container_id", "c1"),
            ("container_name", "/web"),
            ("container_image", "web:1"),
            ("container_network_mode", "shop"),
            ("container_label_com_example_team", "shop"),
            ("network_name", "shop"),
            ("network_label_a", "b"),
            ("network_internal", "false"),
            ("network_ip", "172.18.0.2"),
            ("port_private", "80"),
            ("port_public", "8080"),
            ("port_public_ip", "0.0.0.0"),
        ] {
            assert_eq!(groups[1].labels[&format!("{META}{label}")], value, "{label}");
        }
        // Networks that the daemon does not list have no labels but the address.
        assert!(!groups[0].labels.contains_key("__meta_docker_network_name"));
    }

    #[test]
    fn only_the_first_network_counts_unless_all_are_wanted() {
        let groups = found("{host: 'http://a', port: 7, host_networking_host: me}");
        let addresses: Vec<_> = groups.iter().map(|group| &*group.targets[0]).collect();
        assert_eq!(addresses, ["[fd00::2]:80", "me", "[fd00::2]:9"]);
    }
}
