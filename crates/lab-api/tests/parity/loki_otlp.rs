//! Loki and log records by OTLP: the labels, the structured metadata, the level and the line that come of them. A real Loki is
//! configured as for the other questions to Loki.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use lab_api::loki;
use lab_api::loki::state::LokiState;
use lab_api::otlp::limits::OtlpLimits;
use lab_api::otlp::receiver::OtlpReceiver;
use lab_api::otlp::transport::router::loki_router;
use lab_logs::{Limits, LogStore};
use lab_metrics::MetricStore;
use lab_model::Clock;
use lab_storage::Location;
use lab_testkit::parity::compare::Rules;
use lab_testkit::parity::suite::Suite;
use lab_testkit::peers::original::{Original, Start};
use lab_testkit::server::TestServer;
use lab_traces::TraceStore;

/// A day after the last record, in nanoseconds since the epoch.
const NOW: i64 = 1_791_086_400_000_000_000;

fn suite() -> Suite<'static> {
    let rules = Rules { tolerance: 0.0, ignored: &["data.stats", "warnings"], unordered: &["data", "data.result"] };
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/parity/loki_otlp"));
    Suite { folder, rules }
}

/// Sends the records.
async fn fill(address: &str) {
    let body = std::fs::read_to_string(suite().folder.join("records.json")).expect("the records are there");
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let push = client.post(format!("{address}/otlp/v1/logs")).header("content-type", "application/json");
    let answer = push.body(body).send().await.expect("an answer");
    let status = answer.status();
    assert!(status.is_success(), "{status}: {}", answer.text().await.expect("a text"));
    client.post(format!("{address}/flush")).send().await.expect("an answer");
}

/// Asks a real Loki if there is one; one that runs already must be empty.
#[tokio::test]
async fn the_record_is_written_anew() {
    let start = Start {
        program: "loki",
        files: &[("loki.yaml", include_str!("loki/original.yaml"))],
        arguments: &["-config.file=$DATA/loki.yaml"],
        ready: "/ready",
    };
    let Some(original) = Original::find("DICELAB_PARITY_LOKI", start).await else { return };
    let address = original.url.clone();
    fill(&address).await;
    let version = reqwest::get(format!("{address}/loki/api/v1/status/buildinfo")).await.expect("an answer");
    let version: serde_json::Value = serde_json::from_str(&version.text().await.expect("a text")).expect("JSON");
    let product = format!("loki {}", version["version"].as_str().expect("a version"));
    suite().record(&address, &product).await.expect("recorded");
}

#[tokio::test]
async fn the_lab_answers_as_loki_did() {
    let limits = Limits { oldest_push: Duration::from_secs(10 * 365 * 86_400), ..Limits::default() };
    let logs = Arc::new(LogStore::open(&Location::Memory, limits).expect("opened"));
    let traces = Arc::new(TraceStore::open(&Location::Memory, lab_traces::Limits::default()).expect("opened"));
    let metrics = MetricStore::open(&Location::Memory, lab_metrics::store::limits::Limits::default());
    let metrics = Arc::new(metrics.expect("opened"));
    let clock = Clock::new(|| NOW);
    let receiver = OtlpReceiver::new(traces, logs.clone(), metrics, OtlpLimits::default(), clock.clone());
    let server =
        TestServer::start(loki::router(LokiState::new(logs, clock)).merge(loki_router(Arc::new(receiver)))).await;
    fill(&server.url("")).await;
    let summary = suite().compare(&server.url("")).await.expect("compared");
    println!("{summary}");
    assert!(summary.is_complete(), "{summary}");
}
