//! Loki. The lines have times of September 2026; `loki/original.yaml` is how a real Loki takes and shows them. There are two sets
//! of lines, `loki` and `loki_shop`, each with questions of its own.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use lab_api::loki;
use lab_api::loki::state::LokiState;
use lab_logs::{Limits, LogStore};
use lab_model::Clock;
use lab_storage::Location;
use lab_testkit::parity::compare::Rules;
use lab_testkit::parity::suite::Suite;
use lab_testkit::peers::original::{Original, Start};
use lab_testkit::server::TestServer;

/// A day after the last line, in nanoseconds since the epoch.
const NOW: i64 = 1_790_086_400_000_000_000;
/// The same of the second set.
const LATER: i64 = 1_790_186_400_000_000_000;
/// The lines, and where they are pushed.
const LINES: (&str, &str) = ("lines.json", "/loki/api/v1/push");

/// The questions about the first set of lines.
fn suite() -> Suite<'static> {
    suite_of(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/parity/loki")))
}

/// The questions about the second one.
fn shop() -> Suite<'static> {
    suite_of(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/parity/loki_shop")))
}

fn suite_of(folder: &'static Path) -> Suite<'static> {
    let rules = Rules {
        tolerance: 1e-12,
        // What a query has cost is another product's business; the lab's warnings are hints that Loki does not give.
        ignored: &["data.stats", "warnings"],
        // Loki answers these in the order of a Go map, which is another one each time.
        unordered: &["data", "fields", "detectedLabels", "values"],
    };
    Suite { folder, rules }
}

/// Sends what stands in a file of the suite.
pub(crate) async fn fill(suite: &Suite<'_>, address: &str, (file, path): (&str, &str)) {
    let body = std::fs::read_to_string(suite.folder.join(file)).expect("the lines are there");
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let push = client.post(format!("{address}{path}")).header("content-type", "application/json");
    let answer = push.body(body).send().await.expect("an answer");
    let status = answer.status();
    assert!(status.is_success(), "{status}: {}", answer.text().await.expect("a text"));
    // What Loki keeps in memory it finds only among lines of the last hours, so that it has to write them.
    client.post(format!("{address}/flush")).send().await.expect("an answer");
}

/// Asks a real Loki if there is one; one that runs already must be empty.
pub(crate) async fn record(suite: &Suite<'_>, source: (&str, &str)) {
    let start = Start {
        program: "loki",
        files: &[("loki.yaml", include_str!("loki/original.yaml"))],
        arguments: &["-config.file=$DATA/loki.yaml"],
        ready: "/ready",
    };
    let Some(original) = Original::find("DICELAB_PARITY_LOKI", start).await else { return };
    let address = original.url.clone();
    fill(suite, &address, source).await;
    let version = reqwest::get(format!("{address}/loki/api/v1/status/buildinfo")).await.expect("an answer");
    let version: serde_json::Value = serde_json::from_str(&version.text().await.expect("a text")).expect("JSON");
    let product = format!("loki {}", version["version"].as_str().expect("a version"));
    suite.record(&address, &product).await.expect("recorded");
}

/// Holds the answers of a lab, which is empty before, against the record.
pub(crate) async fn compare(suite: &Suite<'_>, source: (&str, &str), server: TestServer) {
    fill(suite, &server.url(""), source).await;
    let summary = suite.compare(&server.url("")).await.expect("compared");
    println!("{summary}");
    assert!(summary.is_complete(), "{summary}");
}

/// A store that takes lines of any age, as the real Loki is configured to.
pub(crate) fn store() -> Arc<LogStore> {
    let limits = Limits { oldest_push: Duration::from_secs(10 * 365 * 86_400), ..Limits::default() };
    Arc::new(LogStore::open(&Location::Memory, limits).expect("opened"))
}

#[tokio::test]
async fn the_record_is_written_anew() {
    record(&suite(), LINES).await;
}

#[tokio::test]
async fn the_lab_answers_as_loki_did() {
    let server = TestServer::start(loki::router(LokiState::new(store(), Clock::new(|| NOW)))).await;
    compare(&suite(), LINES, server).await;
}

#[tokio::test]
async fn the_second_record_is_written_anew() {
    record(&shop(), LINES).await;
}

#[tokio::test]
async fn the_lab_answers_as_loki_did_about_the_second_lines() {
    let server = TestServer::start(loki::router(LokiState::new(store(), Clock::new(|| LATER)))).await;
    compare(&shop(), LINES, server).await;
}
