//! Grafana's clients for Python (`tests/foreign/grafana.py`, which `make foreign` installs): dashboards with every kind of panel in
//! each schema, a folder, an annotation and a snapshot are created, read, changed and deleted; what they leave is on the page.

use std::path::Path;
use std::process::{Command, Stdio};

use dicelab::ports::Port;
use serde_json::{Value, json};

use crate::browser;
use crate::harness::{Lab, Scratch};

#[tokio::test(flavor = "multi_thread")]
async fn grafana_s_clients_for_python_create_read_change_and_delete() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/foreign");
    let python = folder.join(".venv/bin/python");
    let has = Command::new(&python).args(["-c", "import grafana_client"]).stderr(Stdio::null()).status();
    if !has.is_ok_and(|status| status.success()) {
        eprintln!("grafana-client is not there, so this test does nothing; `make foreign` installs it");
        return;
    }
    let lab = Lab::start(Scratch::new(), &["lab", "--in-memory"]).await;
    let url = format!("http://127.0.0.1:{}", lab.number(Port::Dashboards));
    let ask = |more: &[&str]| -> Value {
        let output =
            Command::new(&python).arg(folder.join("grafana.py")).arg(&url).args(more).stdin(Stdio::null()).output();
        let output = output.expect("started");
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_str(&said).expect("JSON")
    };
    let said = ask(&[]);

    assert_eq!(said["asked"].as_array().map(Vec::len), Some(24), "every kind of panel: {said}");
    assert_eq!(said["asked"], said["read"]);
    for schema in ["v2beta1", "v2"] {
        let of = &said[schema];
        assert_eq!((&of["asked"], &of["lost"]), (&of["read"], &json!([])), "{schema}: {of}");
        assert_eq!(of["classic"].as_array().map(Vec::len), Some(24), "{schema}: {of}");
    }
    for (what, wanted) in [
        ("folder", json!("Of Python, changed")),
        ("parent", json!("python")),
        ("found", json!(["sdk-every"])),
        ("by number", json!(["sdk-every"])),
        ("versions", json!(["by the SDK"])),
        ("annotation", json!("rolled back")),
        ("snapshot", json!("SDK, every panel")),
        ("users", json!(["anonymous"])),
        ("health", json!({ "prometheus": true, "loki": true, "tempo": true })),
    ] {
        assert_eq!(said[what], wanted, "{what}");
    }

    ask(&["keep"]);
    if browser::has_page(&lab).await {
        let listed = ["Of Python, changed", "SDK, every panel", "SDK, every panel again"];
        browser::shows(&format!("{url}/dashboards"), &listed).await;
        browser::shows(&format!("{url}/d/sdk-every"), &["SDK, every panel", "As stat", "As news", "rolled back"]).await;
        browser::shows(&format!("{url}/d/sdk-v2"), &["SDK, every panel again", "As stat", "rolled back"]).await;
    }
}
