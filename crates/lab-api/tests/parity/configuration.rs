//! Prometheus' files: which configurations and rules it loads, and how it shows what it loaded.
//!
//! The questions go to a server of the test, which makes the file of their parameter: `file` is a whole configuration, `global`
//! and `job` are keys of the section `global` and of a scrape configuration, `rules` is a file of rules and `rule` a rule in it.
//! It has a real Prometheus reload the file, or the lab read it, and answers with the verdict.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use http::StatusCode;
use lab_metrics::ingest::otlp::OtlpConfig;
use lab_metrics::ingest::scrape::config::ScrapeConfig;
use lab_metrics::rules::file::RuleFile;
use lab_testkit::parity::compare::Rules;
use lab_testkit::parity::suite::Suite;
use lab_testkit::peers::original::{Original, Start};
use lab_testkit::peers::running::client;
use lab_testkit::server::TestServer;
use tokio::sync::Mutex;

/// Sections of what Prometheus shows that are about its own process and store.
const OF_THE_PROCESS: [&str; 2] = ["runtime:", "storage:"];

fn suite() -> Suite<'static> {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/parity/configuration"));
    Suite { folder, rules: Rules::default() }
}

/// The files of a question: the configuration and the rules.
fn files((kind, text): &(String, String)) -> (String, String) {
    let no_rules = || "groups: []\n".to_owned();
    match kind.as_str() {
        "global" => (format!("global:\n  {text}\n"), no_rules()),
        "job" => (format!("scrape_configs:\n- job_name: x\n  {text}\n"), no_rules()),
        "rules" => ("rule_files: [rules.yml]\n".to_owned(), text.clone()),
        "rule" => ("rule_files: [rules.yml]\n".to_owned(), format!("groups:\n- name: g\n  rules:\n  - {text}\n")),
        _ => (text.clone(), no_rules()),
    }
}

/// The lines of what is shown, without the sections that are about a process of Prometheus.
fn shown(yaml: &str) -> Vec<&str> {
    let mut is_left_out = false;
    let keeps = |line: &&str| {
        if !line.starts_with([' ', '-']) {
            is_left_out = OF_THE_PROCESS.contains(line);
        }
        !is_left_out
    };
    yaml.lines().filter(keeps).collect()
}

/// Paths are compared without the folder before them.
fn answer(loaded: Option<String>, folder: &Path) -> Response {
    match loaded {
        Some(yaml) => Json(shown(&yaml.replace(&format!("{}/", folder.display()), ""))).into_response(),
        None => (StatusCode::BAD_REQUEST, "refused").into_response(),
    }
}

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("dicelab-configuration-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("made");
    folder
}

/// The lab reads the files.
async fn read(State(folder): State<Arc<Mutex<PathBuf>>>, Query(question): Query<Vec<(String, String)>>) -> Response {
    let folder = folder.lock().await;
    let (configuration, rules) = files(&question[0]);
    std::fs::write(folder.join("rules.yml"), rules).expect("written");
    let read = ScrapeConfig::parse(&configuration, &folder.join("prometheus.yml"));
    let read = read.ok().filter(|config| RuleFile::read_all(&config.rule_paths()).is_ok());
    let read = read.filter(|_| OtlpConfig::parse(&configuration, &folder.join("prometheus.yml")).is_ok());
    // The defaults of a queue are the lab's own.
    let of_prometheus = |source: String| {
        source.replace("    capacity: 500000\n", "    capacity: 10000\n").replace("    retry_on_http_429: true\n", "")
    };
    answer(read.map(|config| of_prometheus(config.source)), &folder)
}

/// A real Prometheus and the folder of its files.
struct Real {
    server: Original,
    folder: PathBuf,
}

/// A real Prometheus reads the files.
async fn reload(State(real): State<Arc<Mutex<Real>>>, Query(question): Query<Vec<(String, String)>>) -> Response {
    let real = real.lock().await;
    let url = &real.server.url;
    let (configuration, rules) = files(&question[0]);
    for (name, text) in [("rules.yml", rules), ("prometheus.yml", configuration)] {
        std::fs::write(real.folder.join(name), text).expect("written");
    }
    let reloaded = client().post(format!("{url}/-/reload")).send().await.expect("an answer");
    if reloaded.status() != StatusCode::OK {
        return answer(None, &real.folder);
    }
    let asked = client().get(format!("{url}/api/v1/status/config")).send().await.expect("an answer");
    let asked: serde_json::Value = serde_json::from_str(&asked.text().await.expect("a text")).expect("JSON");
    answer(asked["data"]["yaml"].as_str().map(str::to_owned), &real.folder)
}

/// Asks a real Prometheus if there is one.
#[tokio::test]
async fn the_record_is_written_anew() {
    let folder = folder("real");
    std::fs::write(folder.join("prometheus.yml"), "").expect("written");
    let configuration = format!("--config.file={}/prometheus.yml", folder.display());
    let start = Start {
        program: "prometheus",
        files: &[],
        arguments: &[
            &configuration,
            "--web.listen-address=127.0.0.1:$PORT0",
            "--storage.tsdb.path=$DATA/data",
            "--web.enable-lifecycle",
            "--enable-feature=promql-experimental-functions",
        ],
        ready: "/-/ready",
    };
    let Some(server) = Original::start(start).await else { return };
    let real = Real { server, folder: folder.clone() };
    let front = Router::new().route("/load", get(reload)).with_state(Arc::new(Mutex::new(real)));
    let front = TestServer::start(front).await;
    suite().record(&front.url(""), "prometheus 3.14.0").await.expect("recorded");
    std::fs::remove_dir_all(folder).expect("removed");
}

#[tokio::test]
async fn the_lab_loads_what_prometheus_loads_and_shows_it_as_prometheus_does() {
    let folder = folder("lab");
    let front = Router::new().route("/load", get(read)).with_state(Arc::new(Mutex::new(folder.clone())));
    let front = TestServer::start(front).await;
    let summary = suite().compare(&front.url("")).await.expect("compared");
    std::fs::remove_dir_all(folder).expect("removed");
    println!("{summary}");
    assert!(summary.is_complete(), "{summary}");
    assert!(summary.asked > 450, "{} questions", summary.asked);
}
