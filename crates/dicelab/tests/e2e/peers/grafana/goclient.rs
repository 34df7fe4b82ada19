//! Grafana's client for Go: a small program of ours (`goclient/main.go`) creates, reads, changes and deletes with it.

use dicelab::ports::Port;
use lab_testkit::peers::program::Program;
use serde_json::{Value, json};

use crate::browser;
use crate::peers::grafana::data;

#[tokio::test(flavor = "multi_thread")]
async fn grafana_s_client_for_go_creates_reads_changes_and_deletes() {
    let Some(program) = Program::find("grafana-goclient") else { return };
    let lab = data::lab().await;
    let url = format!("http://127.0.0.1:{}", lab.number(Port::Dashboards));
    let said = program.run([&*url]);
    let steps: Vec<Value> = said.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let at = |step: &str, place: &str| {
        let found =
            steps.iter().find(|one| one["step"] == step).unwrap_or_else(|| panic!("{step} is missing in {said}"));
        found["answer"]["Payload"].pointer(place).cloned().unwrap_or_default()
    };
    for (step, place, wanted) in [
        ("create folder within", "/parentUid", json!("go-outer")),
        ("change folder", "/title", json!("Of Go, changed")),
        ("create dashboard", "/version", json!(1)),
        ("change dashboard", "/version", json!(2)),
        ("read dashboard", "/dashboard/title", json!("Second")),
        ("read dashboard", "/meta/folderUid", json!("go-outer")),
        ("restore dashboard", "/version", json!(3)),
        ("read version", "/data/title", json!("Second")),
        ("search", "/0/uid", json!("go-board")),
        ("read annotation", "/text", json!("changed")),
        ("list annotations", "/0/tags", json!(["go", "two"])),
        ("data sources", "/0/uid", json!("prometheus")),
        ("health", "/message", json!("Prometheus answered a query.")),
        ("alert rules", "/0/title", json!("Told")),
        ("user", "/login", json!("anonymous")),
    ] {
        assert_eq!(at(step, place), wanted, "{step} {place}: {said}");
    }
    let refused = |step: &str| steps.iter().find(|one| one["step"] == step).map(|one| one["refused"].to_string());
    for (step, kind) in [
        ("create folder again", "CreateFolderConflict"),
        ("change folder of an old version", "APIError"),
        ("change dashboard of an old version", "PostDashboardPreconditionFailed"),
        ("read dashboard that is gone", "GetDashboardByUIDNotFound"),
        ("read snapshot that is gone", "GetDashboardSnapshotNotFound"),
    ] {
        assert!(refused(step).is_some_and(|said| said.contains(kind)), "{step}: {said}");
    }
    // The client's own description of Grafana's API gives this answer no content.
    assert!(steps.iter().any(|one| one["step"] == "read snapshot"), "{said}");

    program.run([&*url, "keep"]);
    if browser::has_page(&lab).await {
        browser::shows(&format!("{url}/dashboards"), &["Of Go, changed", "First"]).await;
        browser::shows(&format!("{url}/d/go-board"), &["First", "Up", "Notes", "kept by Go"]).await;
    }
}
