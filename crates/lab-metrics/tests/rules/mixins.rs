//! Rules in the style of the mixins that projects publish for Kubernetes, nodes and exporters: groups with labels,
//! windows in the names of series, annotations with every function of templates that such rules use.
//!
//! `DICELAB_PUBLISHED_RULES` names a folder with published rules, which are then loaded, too: rule files, and manifests
//! that hold them under `spec`.

use std::path::Path;
use std::time::Duration;

use lab_metrics::rules::file::RuleFile;
use lab_metrics::rules::report::Health;
use lab_metrics::rules::ruler::Ruler;
use lab_model::{Labels, Sample};
use serde_yaml_ng::Value;

use crate::{evaluate, file, store};

const MINE: &str = r#"
groups:
- name: shop-nodes.rules
  interval: 1ms
  rules:
  - record: instance:shop_node_cpu:count
    expr: count without (cpu, mode) (shop_cpu_seconds_total{job="shop-node",mode="idle"})
  - record: instance:shop_node_load1_per_cpu:ratio
    expr: shop_load1{job="shop-node"} / instance:shop_node_cpu:count{job="shop-node"}
- name: shop-nodes
  interval: 1ms
  labels: {team: platform}
  query_offset: 0s
  limit: 100
  rules:
  - alert: ShopFilesystemSpaceFillingUp
    annotations:
      description: Filesystem on {{ $labels.device }}, mounted on {{ $labels.mountpoint }}, at {{ $labels.instance }}
        has only {{ printf "%.2f" $value }}% available space left and is filling up.
      runbook_url: https://runbooks.example.org/runbooks/shop/shopfilesystemspacefillingup
      summary: Filesystem is predicted to run out of space within the next 24 hours.
    expr: |
      (
        shop_avail_bytes{job="shop-node",fstype!="",mountpoint!=""} / shop_size_bytes{job="shop-node"} * 100 < 40
      and
        shop_readonly{job="shop-node",fstype!="",mountpoint!=""} == 0
      )
    for: 0s
    labels: {severity: warning}
  - alert: ShopTooHot
    annotations:
      description: |-
        {{ with $labels.instance }}{{ . | stripPort | toUpper }}{{ end }} has a load of {{ $value | humanize }}
        ({{ $value | humanizePercentage }}, {{ humanize1024 2048.0 }}B, {{ humanizeDuration 90 }}) per core.
        {{ range query "shop_load1" }}{{ .Labels.instance }}={{ .Value | printf "%.1f" }} {{ end }}
        {{- if match "^n" $labels.instance }}a node{{ else }}no node{{ end }}
        {{ with query "shop_load1" }}{{ . | first | value | humanize }}{{ end }}
      link: '{{ $externalURL }}{{ graphLink "shop_load1" }} {{ reReplaceAll "(.*):.*" "$1" $labels.instance | title }}'
      cluster: '{{ $externalLabels.cluster }}'
    expr: instance:shop_node_load1_per_cpu:ratio > 1
    for: 0s
    keep_firing_for: 5m
    labels: {severity: '{{ if gt $value 1.5 }}critical{{ else }}warning{{ end }}'}
  - alert: Watchdog
    annotations: {summary: This alert always fires.}
    expr: vector(1)
    labels: {severity: none}
"#;

#[test]
fn rules_in_the_style_of_mixins_evaluate_and_speak() {
    let store = store();
    for (name, labels, value) in [
        ("shop_cpu_seconds_total", &[("cpu", "0"), ("mode", "idle")][..], 5.0),
        ("shop_load1", &[], 2.0),
        ("shop_avail_bytes", &[("device", "sda"), ("fstype", "ext4"), ("mountpoint", "/")], 30.0),
        ("shop_size_bytes", &[("device", "sda"), ("fstype", "ext4"), ("mountpoint", "/")], 100.0),
        ("shop_readonly", &[("device", "sda"), ("fstype", "ext4"), ("mountpoint", "/")], 0.0),
    ] {
        let all = [("__name__", name), ("job", "shop-node"), ("instance", "node1:9100")];
        let labels = Labels::from_pairs(all.iter().chain(labels).copied());
        store.append(&labels, Sample { timestamp: 1_000, value }).expect("appended");
    }
    let ruler = Ruler::new(store.clone(), vec![file(MINE)], Duration::from_secs(15), -1);
    evaluate(&ruler, 1_000);
    let report = ruler.report();
    let rules: Vec<_> = report.iter().flat_map(|group| &group.rules).collect();
    for rule in &rules {
        assert_eq!((rule.health, &*rule.last_error), (Health::Ok, ""), "{}", rule.spec.name);
    }
    let alert = |name: &str| {
        let rule = rules.iter().find(|rule| rule.spec.name == name).expect("the rule");
        rule.alerts.first().unwrap_or_else(|| panic!("{name} does not fire")).clone()
    };
    let full = alert("ShopFilesystemSpaceFillingUp");
    let description =
        "Filesystem on sda, mounted on /, at node1:9100 has only 30.00% available space left and is filling up.";
    assert_eq!(full.annotations["description"], description);
    let hot = alert("ShopTooHot");
    let description = "NODE1 has a load of 2\n(200%, 2kiB, 1m 30s) per core.\nnode1:9100=2.0 a node\n2";
    assert_eq!(hot.annotations["description"], description);
    assert_eq!(hot.annotations["link"], "/graph?g0.expr=shop_load1&g0.tab=0 Node1");
    assert_eq!((hot.labels.get("severity"), hot.labels.get("team")), (Some("critical"), Some("platform")));
    assert_eq!(alert("Watchdog").labels.get("severity"), Some("none"));
}

/// Every file of rules below a folder with its text.
fn published(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            published(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml") {
            let text = std::fs::read_to_string(&path).expect("readable");
            let Ok(Value::Mapping(file)) = serde_yaml_ng::from_str::<Value>(&text) else { continue };
            let rules = file.get("spec").cloned().unwrap_or(Value::Mapping(file));
            if let Some(groups) = rules.get("groups") {
                let text = serde_yaml_ng::to_string(groups).expect("YAML");
                let text = text.lines().fold("groups:\n".to_owned(), |all, line| format!("{all}  {line}\n"));
                found.push((path.display().to_string(), text));
            }
        }
    }
}

#[test]
fn published_rules_are_read() {
    let Ok(folder) = std::env::var("DICELAB_PUBLISHED_RULES") else { return };
    let mut files = Vec::new();
    published(Path::new(&folder), &mut files);
    let read = |(name, text): &(String, String)| RuleFile::parse(Path::new(name), text);
    let (good, bad): (Vec<_>, Vec<_>) = files.iter().map(read).partition(Result::is_ok);
    let rules: usize = good.iter().flatten().flat_map(|file| &file.groups).map(|group| group.rules.len()).sum();
    println!("{} of {} files, with {rules} rules", good.len(), files.len());
    for error in bad.iter().filter_map(|file| file.as_ref().err()) {
        println!("{error}");
    }
    assert!(bad.is_empty() && !files.is_empty());
}
