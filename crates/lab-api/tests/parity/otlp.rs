//! Prometheus and metrics by OTLP: what series, labels and samples come of the same requests, under each configuration.
//!
//! `otlp/requests.json` is sent to one server for each file of `otlp/configurations`; the parameter `configuration` of a
//! question says which of them is asked. Requests that Prometheus refuses whole are not among them: it rolls back what the
//! lab takes in part.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::response::IntoResponse;
use http::StatusCode;
use lab_api::otlp::limits::OtlpLimits;
use lab_api::otlp::receiver::OtlpReceiver;
use lab_api::prometheus;
use lab_api::prometheus::state::{About, PrometheusState};
use lab_logs::LogStore;
use lab_metrics::MetricStore;
use lab_metrics::ingest::otlp::OtlpConfig;
use lab_model::Clock;
use lab_storage::Location;
use lab_testkit::parity::compare::Rules;
use lab_testkit::parity::suite::Suite;
use lab_testkit::peers::original::{Original, Start};
use lab_testkit::peers::running::client;
use lab_testkit::server::TestServer;
use lab_traces::TraceStore;
use serde_json::Value;

/// When the requests arrive, a little after the newest of their points.
const ARRIVAL_NS: i64 = 1_700_000_600_000_000_000;

fn suite() -> Suite<'static> {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/parity/otlp"));
    // The order of series means nothing. Of numbers the value is compared, not whether they have an exponent.
    let unordered = &["data", "data.result"];
    Suite { folder, rules: Rules { tolerance: 1e-12, unordered, ..Rules::default() } }
}

/// The configurations by name.
fn configurations() -> Vec<(String, PathBuf)> {
    let folder = suite().folder.join("configurations");
    let files = std::fs::read_dir(folder).expect("the folder is there").map(|entry| entry.expect("an entry").path());
    files.map(|path| (path.file_stem().expect("a name").to_string_lossy().into_owned(), path)).collect()
}

fn requests() -> Vec<Value> {
    let text = std::fs::read_to_string(suite().folder.join("requests.json")).expect("the requests are there");
    serde_json::from_str(&text).expect("JSON")
}

/// Sends all requests to the OTLP endpoint of a Prometheus or the lab.
async fn fill(address: &str, configuration: &str) {
    for (at, request) in requests().into_iter().enumerate() {
        let sent =
            client().post(format!("{address}/api/v1/otlp/v1/metrics")).header("content-type", "application/json");
        let answer = sent.body(request.to_string()).send().await.expect("an answer");
        let status = answer.status();
        assert_eq!(
            status,
            StatusCode::OK,
            "{configuration}, request {at}: {}",
            answer.text().await.unwrap_or_default()
        );
    }
}

/// A server before several, which this parameter of a question chooses from by their names.
pub(crate) async fn by_parameter(parameter: &'static str, addresses: HashMap<String, String>) -> TestServer {
    let addresses = Arc::new(addresses);
    let ask = move |request: Request| {
        let addresses = Arc::clone(&addresses);
        async move {
            let url = format!("http://localhost{}", request.uri());
            let url = reqwest::Url::parse(&url).expect("a URL");
            let chosen = url.query_pairs().find(|(name, _)| name == parameter).map(|(_, value)| value.into_owned());
            let Some(address) = chosen.and_then(|name| addresses.get(&name)) else {
                return StatusCode::NOT_FOUND.into_response();
            };
            let asked = format!("{address}{}", request.uri());
            let answer = client().get(asked).send().await.expect("an answer");
            (answer.status(), answer.text().await.expect("a text")).into_response()
        }
    };
    TestServer::start(Router::new().fallback(ask)).await
}

/// A lab with this configuration.
async fn lab(file: &Path) -> TestServer {
    let clock = Clock::fixed(ARRIVAL_NS);
    let metrics = MetricStore::open(&Location::Memory, lab_metrics::store::limits::Limits::default()).expect("opens");
    let traces = TraceStore::open(&Location::Memory, lab_traces::Limits::default()).expect("opens");
    let logs = LogStore::open(&Location::Memory, lab_logs::Limits::default()).expect("opens");
    let metrics = Arc::new(metrics);
    let limits = OtlpLimits::default();
    let receiver = OtlpReceiver::new(Arc::new(traces), Arc::new(logs), metrics.clone(), limits, clock.clone());
    receiver.configure(OtlpConfig::read(file).expect("a configuration"));
    let state = PrometheusState::new(metrics, None, About::default(), clock).with_otlp(Arc::new(receiver));
    TestServer::start(prometheus::router(state)).await
}

/// A real Prometheus with this configuration, if there is one; it ends with the value.
async fn real(file: &Path) -> Option<Original> {
    let configuration = std::fs::read_to_string(file).expect("the configuration is there");
    let start = Start {
        program: "prometheus",
        files: &[("prometheus.yml", &configuration)],
        arguments: &[
            "--config.file=$DATA/prometheus.yml",
            "--web.listen-address=127.0.0.1:$PORT0",
            "--storage.tsdb.path=$DATA/data",
            "--storage.tsdb.retention.time=100y",
            "--web.enable-otlp-receiver",
            "--enable-feature=otlp-deltatocumulative",
        ],
        ready: "/-/ready",
    };
    Original::start(start).await
}

/// Asks a real Prometheus if there is one.
#[tokio::test]
async fn the_record_is_written_anew() {
    let (mut addresses, mut originals) = (HashMap::new(), Vec::new());
    for (name, file) in configurations() {
        let Some(original) = real(&file).await else { return };
        fill(&original.url, &name).await;
        addresses.insert(name, original.url.clone());
        originals.push(original);
    }
    let front = by_parameter("configuration", addresses).await;
    suite().record(&front.url(""), "prometheus 3.14").await.expect("recorded");
}

#[tokio::test]
async fn the_lab_makes_the_series_that_prometheus_makes() {
    let (mut addresses, mut labs) = (HashMap::new(), Vec::new());
    for (name, file) in configurations() {
        let lab = lab(&file).await;
        fill(&lab.url(""), &name).await;
        addresses.insert(name, lab.url(""));
        labs.push(lab);
    }
    let front = by_parameter("configuration", addresses).await;
    let summary = suite().compare(&front.url("")).await.expect("compared");
    println!("{summary}");
    assert!(summary.is_complete(), "{summary}");
}
