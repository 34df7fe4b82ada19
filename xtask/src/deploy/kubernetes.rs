//! `deploy/k8s`: the rendered overlays refer to what is in them, run the versions that compose runs, and are what
//! kustomize makes of the sources. That they are valid for Kubernetes, `kubernetes-validate` says (`make deploy-check`).

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_yaml_ng::Value;

use crate::deploy::yaml::{self, at, entries, everywhere, items, text};
use crate::tree;

const FOLDER: &str = "deploy/k8s";
const OVERLAYS: [&str; 2] = ["single-node", "distributed"];
/// Values of the stores' Helm charts, and the sizes that there are of each.
const VALUES: &str = "deploy/k8s/overlays/distributed/values";
const STORES: [&str; 3] = ["mimir", "loki", "tempo"];
const SIZES: [&str; 3] = ["1k", "10k", "100k"];
/// Label by which pods are chosen.
const NAME: &str = "app.kubernetes.io/name";

pub(crate) fn check(root: &Path) -> Vec<String> {
    let mut findings = Vec::new();
    for overlay in OVERLAYS {
        let file = file(overlay);
        match yaml::documents(root, &file) {
            Ok(documents) => {
                let in_file = [images(&documents), maps(&documents), selectors(&documents), targets(&documents)];
                findings.extend(in_file.concat().into_iter().map(|finding| format!("{file}: {finding}")));
            }
            Err(finding) => findings.push(finding),
        }
        findings.extend(fresh(root, overlay));
    }
    for size in SIZES {
        findings.extend(values(root, size));
    }
    findings
}

/// The rendered overlays with their documents; what cannot be read is left to [`check`].
pub(crate) fn rendered(root: &Path) -> Vec<(String, Vec<Value>)> {
    let read = |overlay: &&str| Some((file(overlay), yaml::documents(root, &file(overlay)).ok()?));
    OVERLAYS.iter().filter_map(read).collect()
}

/// Whether a document is of this kind and its name begins so.
pub(crate) fn is(document: &Value, kind: &str, name: &str) -> bool {
    text(document, &["kind"]) == Some(kind) && self::name(document).starts_with(name)
}

fn file(overlay: &str) -> String {
    format!("{FOLDER}/rendered/{overlay}.yaml")
}

fn name(document: &Value) -> &str {
    text(document, &["metadata", "name"]).unwrap_or("?")
}

fn of_kind<'a>(documents: &'a [Value], kind: &'a str) -> impl Iterator<Item = &'a Value> {
    documents.iter().filter(move |document| text(document, &["kind"]) == Some(kind))
}

fn images(documents: &[Value]) -> Vec<String> {
    let all = documents.iter().flat_map(|document| everywhere(document, "image")).filter_map(Value::as_str);
    let open: BTreeSet<&str> = all.filter(|image| !yaml::is_pinned(image)).collect();
    open.iter().map(|image| format!("the image {image} is not pinned to a version")).collect()
}

/// Every `ConfigMap` that a pod takes in is there.
fn maps(documents: &[Value]) -> Vec<String> {
    let known: BTreeSet<&str> = of_kind(documents, "ConfigMap").map(name).collect();
    let taken = |document| {
        let keys = ["configMapRef", "configMap"].into_iter();
        keys.flat_map(|key| everywhere(document, key)).filter_map(|map| text(map, &["name"])).collect::<Vec<_>>()
    };
    let missing = documents.iter().flat_map(taken).filter(|name| !known.contains(name));
    missing.map(|name| format!("there is no ConfigMap {name}")).collect()
}

/// Services, disruption budgets and network policies choose pods that exist.
fn selectors(documents: &[Value]) -> Vec<String> {
    let mut pods = BTreeSet::new();
    for document in documents {
        pods.extend(at(document, &["spec", "template", "metadata", "labels", NAME]).and_then(Value::as_str));
    }
    let mut findings = Vec::new();
    for document in documents {
        let mut chosen: Vec<&str> = Vec::new();
        if text(document, &["kind"]) == Some("Service") {
            chosen.extend(at(document, &["spec", "selector", NAME]).and_then(Value::as_str));
        }
        let labels = everywhere(document, "matchLabels").into_iter().filter_map(|labels| labels.get(NAME)?.as_str());
        chosen.extend(labels);
        let expressions = everywhere(document, "matchExpressions").into_iter().flat_map(|list| items(Some(list)));
        let by_name = expressions.filter(|expression| text(expression, &["key"]) == Some(NAME));
        chosen.extend(by_name.flat_map(|expression| items(expression.get("values"))).filter_map(Value::as_str));
        let unknown = chosen.into_iter().filter(|label| !pods.contains(label));
        findings.extend(unknown.map(|label| format!("{} chooses {label}, which no pod is called", name(document))));
    }
    findings
}

/// What autoscalers, roles and pods name exists.
fn targets(documents: &[Value]) -> Vec<String> {
    let mut findings = Vec::new();
    let mut need = |by: &Value, kind: &str, wanted: Option<&str>| {
        let Some(wanted) = wanted else { return };
        if !of_kind(documents, kind).any(|document| name(document) == wanted) {
            findings.push(format!("{} names the {kind} {wanted}, which is not there", name(by)));
        }
    };
    for scaler in of_kind(documents, "HorizontalPodAutoscaler") {
        let target = |key| text(scaler, &["spec", "scaleTargetRef", key]);
        need(scaler, target("kind").unwrap_or("Deployment"), target("name"));
    }
    for binding in of_kind(documents, "RoleBinding") {
        need(binding, "Role", text(binding, &["roleRef", "name"]));
        for subject in items(binding.get("subjects")) {
            need(binding, "ServiceAccount", text(subject, &["name"]));
        }
    }
    for document in documents {
        need(document, "ServiceAccount", text(document, &["spec", "template", "spec", "serviceAccountName"]));
    }
    findings
}

/// The values are YAML, and Tempo has as many block-builders and live-stores as its queue has partitions.
fn values(root: &Path, size: &str) -> Vec<String> {
    let mut findings = Vec::new();
    for store in STORES {
        let common = yaml::document(root, &format!("{VALUES}/{store}.yaml"));
        findings.extend(common.err());
        let file = format!("{VALUES}/{size}/{store}.yaml");
        match yaml::document(root, &file) {
            Err(finding) => findings.push(finding),
            Ok(values) if store == "tempo" => {
                let partitions = at(&values, &["ingest", "kafka", "auto_create_topic_default_partitions"]);
                let differ = ["blockBuilder", "liveStore"]
                    .into_iter()
                    .filter(|part| at(&values, &[part, "replicas"]) != partitions);
                findings.extend(differ.map(|part| format!("{file}: as many {part} replicas as partitions")));
            }
            Ok(_) => {}
        }
    }
    findings
}

/// The committed rendering is what kustomize makes today; not known where there is no `kubectl`.
fn fresh(root: &Path, overlay: &str) -> Vec<String> {
    let folder = format!("{FOLDER}/overlays/{overlay}");
    let Ok(output) = Command::new("kubectl").args(["kustomize", &folder]).current_dir(root).output() else {
        println!("deploy: no kubectl: whether {} is fresh is not known", file(overlay));
        return Vec::new();
    };
    if !output.status.success() {
        return vec![format!("{folder}: {}", String::from_utf8_lossy(&output.stderr))];
    }
    // By content: versions of kustomize differ in how they write it.
    let now = Value::Sequence(parse(&String::from_utf8_lossy(&output.stdout)));
    let then = Value::Sequence(parse(&tree::read(&root.join(file(overlay)))));
    if now == then { Vec::new() } else { vec![format!("{}: not fresh; run `make k8s-render`", file(overlay))] }
}

fn parse(text: &str) -> Vec<Value> {
    let documents = serde_yaml_ng::Deserializer::from_str(text);
    documents.filter_map(|document| serde::Deserialize::deserialize(document).ok()).collect()
}

/// The image of each repository that the overlays run, for comparing versions.
pub(crate) fn running(root: &Path) -> BTreeSet<String> {
    let documents: Vec<Value> = rendered(root).into_iter().flat_map(|(_, documents)| documents).collect();
    let images = documents.iter().flat_map(|document| everywhere(document, "image"));
    images.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The variables that the overlays give to Alloy.
pub(crate) fn telemetry(root: &Path) -> Vec<(String, BTreeSet<String>)> {
    let names = |documents: &[Value]| {
        let map = documents.iter().find(|document| is(document, "ConfigMap", "telemetry-"));
        entries(map.and_then(|map| map.get("data"))).map(|(name, _)| name.to_owned()).collect()
    };
    rendered(root).into_iter().map(|(file, documents)| (file, names(&documents))).collect()
}
