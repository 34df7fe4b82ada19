//! Prometheus: what its HTTP API answers beside histograms, field by field.
//!
//! Both sides have the same configuration and rules, whose targets and groups are never due, and get the same samples by
//! remote write. A real Prometheus that runs already is started with the files of `prometheus/api`, an empty directory of data
//! and the arguments of [`ARGUMENTS`].

use std::path::Path;
use std::sync::Arc;

use lab_api::prometheus;
use lab_api::prometheus::rules::notices;
use lab_api::prometheus::state::{About, PrometheusState};
use lab_api::prometheus::write::send;
use lab_metrics::MetricStore;
use lab_metrics::ingest::scrape::config::ScrapeConfig;
use lab_metrics::ingest::scrape::scraper::Scraper;
use lab_metrics::model::exemplar::Exemplar;
use lab_metrics::outgoing::alertmanager::Notifier;
use lab_metrics::outgoing::batch::{Batch, BatchSeries, Version};
use lab_metrics::rules::defaults::Defaults;
use lab_metrics::rules::file::RuleFile;
use lab_metrics::rules::ruler::Ruler;
use lab_metrics::store::limits::Limits;
use lab_model::{Clock, Labels, Sample};
use lab_storage::Location;
use lab_testkit::parity::compare::Rules;
use lab_testkit::parity::suite::Suite;
use lab_testkit::peers::original::{Original, Start};
use lab_testkit::server::TestServer;

/// The time of the first samples, in ms since the epoch.
const BEGIN: i64 = 1_790_000_000_000;
/// Time between two samples, in ms.
const STEP: i64 = 15_000;
/// How many samples most series have.
const SAMPLES: i64 = 121;
/// An hour after the first samples, in nanoseconds since the epoch.
const NOW: i64 = (BEGIN + 3_600_000) * 1_000_000;

/// How a real Prometheus is started.
const ARGUMENTS: [&str; 5] = [
    "--config.file=$DATA/prometheus.yml",
    "--web.listen-address=127.0.0.1:$PORT0",
    "--storage.tsdb.path=$DATA/data",
    "--web.enable-remote-write-receiver",
    "--enable-feature=exemplar-storage,promql-experimental-functions,promql-per-step-stats",
];

fn suite() -> Suite<'static> {
    let rules = Rules {
        tolerance: 1e-12,
        // What differs with the machine and the moment.
        ignored: &[
            "data.stats.timings",
            // How many samples are held at once depends on how they are held.
            "data.stats.samples.peakSamples",
            "data.groups.*.file",
            "data.groups.*.lastEvaluation",
            "data.groups.*.evaluationTime",
            "data.activeTargets.*.lastScrape",
        ],
        // Prometheus answers these in the order of a Go map, or in that in which series were stored.
        unordered: &["data", "data.result", "data.activeTargets", "data.droppedTargets", "data.scrapePools"],
    };
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/parity/prometheus/api"));
    Suite { folder, rules }
}

/// A series of one sample every 15 s.
fn series(labels: &[(&str, &str)], value: impl Fn(i64) -> Option<f64>) -> BatchSeries {
    let labels = Labels::from_pairs(labels.iter().copied());
    let samples = (0..SAMPLES).filter_map(|at| Some(Sample { timestamp: BEGIN + at * STEP, value: value(at)? }));
    let (samples, histograms, exemplars) = (samples.collect(), Vec::new(), Vec::new());
    BatchSeries { labels, samples, histograms, exemplars, metadata: None }
}

/// Counters with a reset, gauges, a classic histogram, names of all kinds, values that are no numbers, a gap.
fn samples() -> Batch {
    let mut all = Vec::new();
    for (number, (job, instance)) in [("api", "a:1"), ("api", "b:1"), ("web", "c:2")].into_iter().enumerate() {
        for (code, weight) in [("200", 7_i64), ("404", 2), ("500", 1)] {
            let speed = weight * (number as i64 + 1);
            let mut counter = series(
                &[("__name__", "http_requests_total"), ("job", job), ("instance", instance), ("code", code)],
                // The counter of the second instance begins anew in the middle.
                |at| Some((if number == 1 && at >= 60 { at - 60 } else { at } * speed) as f64),
            );
            if code == "200" {
                let exemplar = |at: i64| Exemplar {
                    labels: Labels::from_pairs([("trace_id", format!("{number}{at}"))]),
                    value: at as f64 / 8.0,
                    timestamp: BEGIN + at * STEP,
                };
                counter.exemplars = [10, 20, 30].map(exemplar).to_vec();
            }
            all.push(counter);
        }
        let temperature = |at: i64| Some(((at * 37 + number as i64 * 11) % 50) as f64 / 4.0 - 3.0);
        all.push(series(&[("__name__", "temperature"), ("job", job), ("instance", instance)], temperature));
        all.push(series(&[("__name__", "up"), ("job", job), ("instance", instance)], |at| {
            // The last instance is down for a while and is not asked at the end.
            (number != 2 || at < 100).then_some(f64::from(u8::from(number != 2 || !(40..60).contains(&at))))
        }));
        for (place, bound) in ["0.1", "0.5", "1", "2.5", "+Inf"].into_iter().enumerate() {
            let bucket = |at: i64| Some((at * (place as i64 + 1) * (number as i64 + 1)) as f64);
            let name = "latency_seconds_bucket";
            all.push(series(&[("__name__", name), ("job", job), ("instance", instance), ("le", bound)], bucket));
        }
    }
    all.push(series(&[("__name__", "only.dots"), ("label.with.dots", "x"), ("job", "utf")], |at| Some(at as f64)));
    all.push(series(&[("__name__", "größe"), ("städte", "köln"), ("job", "utf")], |at| Some(at as f64 / 3.0)));
    all.push(series(&[("__name__", "odd"), ("kind", "nan")], |_| Some(f64::NAN)));
    all.push(series(&[("__name__", "odd"), ("kind", "inf")], |_| Some(f64::INFINITY)));
    all.push(series(&[("__name__", "odd"), ("kind", "minus")], |_| Some(f64::NEG_INFINITY)));
    all.push(series(&[("__name__", "odd"), ("kind", "tiny")], |_| Some(5e-324)));
    all.push(series(&[("__name__", "odd"), ("kind", "huge")], |_| Some(1.797_693_134_862_315_7e308)));
    all.push(series(&[("__name__", "odd"), ("kind", "long")], |_| Some(0.1 + 0.2)));
    all.push(series(&[("__name__", "gap")], |at| (!(20..90).contains(&at)).then_some(at as f64)));
    all.push(series(
        &[("__name__", "version_info"), ("job", "api"), ("version", "1.2.3"), ("note", "a\"b\\c\nd")],
        |_| Some(1.0),
    ));
    Batch { series: all, ..Batch::default() }
}

/// Sends the samples.
async fn fill(address: &str) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let push = client
        .post(format!("{address}/api/v1/write"))
        .header("content-type", "application/x-protobuf")
        .header("content-encoding", "snappy");
    let answer = push.body(send::encode(&samples(), Version::V1)).send().await.expect("an answer");
    let status = answer.status();
    assert!(status.is_success(), "{status}: {}", answer.text().await.expect("a text"));
}

/// The lab with the configuration and the rules of the folder.
async fn lab() -> TestServer {
    let store = Arc::new(MetricStore::open(&Location::Memory, Limits::default()).expect("opened"));
    let config = ScrapeConfig::read(&suite().folder.join("prometheus.yml")).expect("a good configuration");
    let rules = RuleFile::read_all(&config.rule_paths()).expect("good rules");
    let clock = Clock::new(|| NOW);
    let defaults = Defaults { interval: config.global.evaluation_interval, ..Defaults::default() };
    let ruler = Arc::new(Ruler::new(store.clone(), rules, defaults, NOW / 1_000_000));
    let external = config.global.external_labels.clone();
    let notifier = Notifier::new(config.alerting.clone(), external, ruler.notices(), notices::encode);
    let scraper = Arc::new(Scraper::new(store.clone(), config, clock.clone()));
    let about = About { admin_api: false, ..About::default() };
    let state = PrometheusState::new(store, Some(scraper), about, clock).with_ruler(ruler);
    let server = TestServer::start(prometheus::router(state.with_notifier(Arc::new(notifier)))).await;
    fill(&server.url("")).await;
    server
}

/// Asks a real Prometheus if there is one.
#[tokio::test]
async fn the_record_is_written_anew() {
    let start = Start {
        program: "prometheus",
        files: &[
            ("prometheus.yml", include_str!("prometheus/api/prometheus.yml")),
            ("rules.yml", include_str!("prometheus/api/rules.yml")),
        ],
        arguments: &ARGUMENTS,
        ready: "/-/ready",
    };
    let Some(original) = Original::find("DICELAB_PARITY_PROMETHEUS", start).await else { return };
    let address = original.url.clone();
    fill(&address).await;
    // Targets and Alertmanagers are there some seconds after the start.
    for (path, known) in [("alertmanagers", "alertmanager.example"), ("scrape_pools", "shop")] {
        lab_testkit::eventually::eventually(|| async {
            let found = reqwest::get(format!("{address}/api/v1/{path}")).await.map_err(|error| error.to_string())?;
            let found = found.text().await.map_err(|error| error.to_string())?;
            if found.contains(known) { Ok(()) } else { Err(found) }
        })
        .await;
    }
    let version = reqwest::get(format!("{address}/api/v1/status/buildinfo")).await.expect("an answer");
    let version: serde_json::Value = serde_json::from_str(&version.text().await.expect("a text")).expect("JSON");
    // One that was built without its usual flags does not know its version.
    let version = version["data"]["version"].as_str().filter(|version| !version.is_empty()).unwrap_or("3.14.0");
    let product = format!("prometheus {version}");
    suite().record(&address, &product).await.expect("recorded");
}

#[tokio::test]
async fn the_lab_answers_as_prometheus_did() {
    let server = lab().await;
    let summary = suite().compare(&server.url("")).await.expect("compared");
    println!("{summary}");
    assert!(summary.is_complete(), "{summary}");
    assert!(summary.asked >= 700, "{} questions", summary.asked);
}
