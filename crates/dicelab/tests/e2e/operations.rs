//! What an operator does to the metrics side while it runs: reloads, snapshots, a look at its own metrics.

use dicelab::ports::Port;
use lab_testkit::eventually::eventually;
use serde_json::Value;

use crate::harness::{Lab, Scratch};

/// The names of the rule groups of a file.
async fn groups(lab: &Lab, file: &str) -> Vec<String> {
    let rules = lab.json(Port::Metrics, "/api/v1/rules", &[]).await;
    let all = rules["data"]["groups"].as_array().expect("groups").iter();
    let of_file = all.filter(|group| group["file"].as_str().expect("a file").ends_with(file));
    of_file.map(|group| group["name"].as_str().expect("a name").to_owned()).collect()
}

async fn runtime(lab: &Lab) -> Value {
    lab.json(Port::Metrics, "/api/v1/status/runtimeinfo", &[]).await["data"].clone()
}

#[tokio::test]
async fn a_reload_takes_new_rules_and_targets_or_leaves_all_as_it_was() {
    let scratch = Scratch::new();
    let write_rules = |scratch: &Scratch, name: &str, expr: &str| {
        scratch.write("mine.yml", &format!("groups:\n- name: {name}\n  rules: [{{record: a:b, expr: '{expr}'}}]\n"));
    };
    let write_config = |scratch: &Scratch, job: &str| {
        let jobs = format!("- job_name: {job}\n  static_configs: [{{targets: ['127.0.0.1:1']}}]\n");
        scratch.write("prometheus.yml", &format!("rule_files: [mi*.yml]\nscrape_configs:\n{jobs}"))
    };
    write_rules(&scratch, "first", "vector(1)");
    let config = write_config(&scratch, "old");
    let lab = Lab::start(scratch, &["lab", "--scrape-config", &config]).await;
    assert_eq!(groups(&lab, "mine.yml").await, ["first"]);
    let before = runtime(&lab).await;
    assert_eq!((&before["reloadConfigSuccess"], &before["lastConfigTime"]), (&true.into(), &before["startTime"]));
    assert!(before["hostname"].is_string() && before["serverTime"].as_str() >= before["startTime"].as_str());

    write_rules(&lab.scratch, "second", "vector(2)");
    write_config(&lab.scratch, "new");
    assert_eq!(lab.send(Port::Metrics, "POST /-/reload", &[], "").await.0, 200);
    assert_eq!(groups(&lab, "mine.yml").await, ["second"]);
    eventually(|| async {
        let targets = lab.json(Port::Metrics, "/api/v1/targets", &[]).await;
        let active = targets["data"]["activeTargets"].as_array().expect("targets").iter();
        let pools: Vec<_> = active.filter_map(|target| target["scrapePool"].as_str()).collect();
        if pools.contains(&"new") && !pools.contains(&"old") { Ok(()) } else { Err(format!("{pools:?}")) }
    })
    .await;
    let reloaded = runtime(&lab).await;
    assert!(reloaded["lastConfigTime"].as_str() > before["lastConfigTime"].as_str(), "{before} {reloaded}");

    write_rules(&lab.scratch, "third", "sum(");
    let (status, said) = lab.send(Port::Metrics, "POST /-/reload", &[], "").await;
    assert_eq!(status, 500);
    assert!(said.contains("failed to reload config") && said.contains("mine.yml") && said.contains("third"), "{said}");
    assert_eq!(groups(&lab, "mine.yml").await, ["second"]);
    let failed = runtime(&lab).await;
    assert_eq!(failed["reloadConfigSuccess"], false);
    assert_eq!(failed["lastConfigTime"], reloaded["lastConfigTime"]);
}

#[tokio::test]
async fn a_snapshot_is_a_data_directory_of_its_own() {
    let lab = Lab::start(Scratch::new(), &["lab", "--enable-admin-api", "--scrape-interval", "200ms"]).await;
    // The lab's own store, as its own scrapes see it.
    let appended =
        r#"prometheus_tsdb_head_samples_appended_total{type="float"} > 0 and on() prometheus_tsdb_head_series > 0"#;
    eventually(|| async {
        let found = lab.promql(appended).await;
        if found > 0.0 { Ok(()) } else { Err("no sample has been counted") }
    })
    .await;
    assert_eq!(lab.promql(r#"count(prometheus_build_info{version!=""})"#).await, 1.0);
    let (status, said) = lab.send(Port::Metrics, "POST /api/v1/admin/tsdb/snapshot", &[], "").await;
    assert_eq!(status, 200, "{said}");
    let answer: Value = serde_json::from_str(&said).expect("JSON");
    let name = answer["data"]["name"].as_str().expect("a name");
    let folder = lab.scratch.path().join("data/snapshots").join(name);
    let copy = Scratch::new();
    std::fs::rename(&folder, copy.path().join("data")).expect("a folder");
    drop(lab);

    let copied = Lab::start(copy, &["lab", "--scrape-interval", "10m"]).await;
    let kept = copied.promql(r#"count_over_time(up{job="dicelab"}[10m])"#).await;
    assert!(kept >= 1.0, "{kept} samples");
}

#[tokio::test]
async fn the_admin_api_is_off_unless_allowed() {
    let lab = Lab::start(Scratch::new(), &["lab"]).await;
    for path in ["/api/v1/admin/tsdb/snapshot", "/api/v1/admin/tsdb/delete_series?match[]=up"] {
        let (status, said) = lab.send(Port::Metrics, &format!("POST {path}"), &[], "").await;
        assert_eq!(status, 500, "{said}");
        assert!(said.contains("admin APIs disabled"), "{said}");
    }
}
