//! The labels by which Docker's containers and networks are told apart.

use std::collections::BTreeMap;

use serde_json::Value;

/// What all of them begin with.
pub(super) const META: &str = "__meta_docker_";

/// The labels of a container.
pub(super) fn of_container(container: &Value) -> BTreeMap<String, String> {
    let name = container["Names"][0].as_str().unwrap_or_default();
    let mode = container.pointer("/HostConfig/NetworkMode").and_then(Value::as_str).unwrap_or_default();
    let mut labels = BTreeMap::from([
        (format!("{META}container_id"), text(container, "Id").to_owned()),
        (format!("{META}container_name"), name.to_owned()),
        (format!("{META}container_network_mode"), mode.to_owned()),
    ]);
    for (name, key) in [("container_image", "Image"), ("container_image_id", "ImageID")] {
        let value = text(container, key);
        if !value.is_empty() {
            labels.insert(format!("{META}{name}"), value.to_owned());
        }
    }
    labels.extend(named(&container["Labels"], "container_label_"));
    labels
}

/// The labels of a network, if the daemon lists it.
pub(super) fn of_network(network: &Value, networks: &Value) -> BTreeMap<String, String> {
    let id = text(network, "NetworkID");
    let Some(known) = networks.as_array().into_iter().flatten().find(|known| known["Id"] == id) else {
        return BTreeMap::new();
    };
    let flag = |name: &str| known[name].as_bool().unwrap_or_default().to_string();
    let mut labels = BTreeMap::from([
        (format!("{META}network_id"), id.to_owned()),
        (format!("{META}network_name"), text(known, "Name").to_owned()),
        (format!("{META}network_internal"), flag("Internal")),
        (format!("{META}network_ingress"), flag("Ingress")),
        (format!("{META}network_scope"), text(known, "Scope").to_owned()),
    ]);
    labels.extend(named(&known["Labels"], "network_label_"));
    labels
}

/// Docker's labels as ours; characters that cannot stand in plain names become `_`.
fn named(labels: &Value, prefix: &str) -> Vec<(String, String)> {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let one = |(name, value): (&String, &Value)| {
        let name: String = name.chars().map(plain).collect();
        (format!("{META}{prefix}{name}"), value.as_str().unwrap_or_default().to_owned())
    };
    labels.as_object().into_iter().flatten().map(one).collect()
}

/// A text of an object; empty if there is none.
pub(super) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}
