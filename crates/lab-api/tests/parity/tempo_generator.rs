//! The metrics that Tempo's generator makes of spans, against those of the lab: once with the buckets of `deploy/tempo`, and
//! once with the generator's own.
//!
//! A real Tempo writes its metrics to a real Prometheus, which is asked for the record. The spans are those of both sets of
//! [`tempo`](crate::tempo); the parameter `buckets` of a question says which buckets are meant.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use lab_api::prometheus;
use lab_api::prometheus::state::{About, PrometheusState};
use lab_metrics::MetricStore;
use lab_model::{Clock, Labels, Sample};
use lab_storage::{Location, TimeLimits};
use lab_testkit::eventually::eventually;
use lab_testkit::parity::compare::Rules;
use lab_testkit::parity::suite::Suite;
use lab_testkit::peers::original::{Original, Start};
use lab_testkit::peers::running::client;
use lab_testkit::server::TestServer;
use lab_traces::TraceStore;
use lab_traces::span_metrics::SpanMetrics;
use lab_traces::span_metrics::config::{Config, LAB_BUCKETS};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;
use serde_json::Value;

use crate::otlp::by_parameter;
use crate::tempo::{BEGIN, Set};

/// Which buckets, and what is configured of the generator's processors.
type Buckets = (&'static str, Config, Value);

fn suite() -> Suite<'static> {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/parity/tempo_generator"));
    // The two sides are asked at different times.
    Suite { folder, rules: Rules { tolerance: 1e-9, ignored: &["data.result.*.value.0"], ..Rules::default() } }
}

fn both() -> [Buckets; 2] {
    let deployed: Value = serde_yaml_ng::from_str(include_str!("../../../../deploy/tempo/tempo.yaml")).expect("YAML");
    let processor = &deployed["metrics_generator"]["processor"];
    let names = ["span_metrics", "service_graphs"];
    for buckets in names.map(|name| &processor[name]["histogram_buckets"]) {
        let buckets = buckets.as_array().expect("a list").iter().filter_map(Value::as_f64).collect::<Vec<_>>();
        assert_eq!(buckets, LAB_BUCKETS, "deploy/tempo and the lab have the same buckets");
    }
    [("deploy", Config::lab(), processor.clone()), ("defaults", Config::tempo(), serde_json::json!({}))]
}

/// All spans, begun so many seconds later.
fn spans(later_s: u64) -> [Value; 2] {
    Set::ALL.map(|set| set.spans(later_s))
}

/// A Prometheus that has what a Tempo makes of the spans, if both are there.
async fn real(processor: &Value) -> Option<(Original, Original)> {
    let written = Start {
        program: "prometheus",
        files: &[("prometheus.yml", "{}")],
        arguments: &[
            "--config.file=$DATA/prometheus.yml",
            "--web.listen-address=127.0.0.1:$PORT0",
            "--storage.tsdb.path=$DATA/data",
            "--web.enable-remote-write-receiver",
        ],
        ready: "/-/ready",
    };
    let prometheus = Original::start(written).await?;
    let configuration = include_str!("tempo_generator/original.yaml");
    let configuration =
        configuration.replace("$PROCESSOR", &processor.to_string()).replace("$PROMETHEUS", &prometheus.url);
    let start = Start {
        program: "tempo",
        files: &[("tempo.yaml", &configuration)],
        arguments: &["-config.file=$DATA/tempo.yaml", "-target=all"],
        ready: "/ready",
    };
    let tempo = Original::start(start).await?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    for spans in spans(now - 600 - BEGIN) {
        let sent = client().post(format!("http://127.0.0.1:{}/v1/traces", tempo.ports[1]));
        let sent = sent.header("content-type", "application/json").body(spans.to_string()).send().await;
        assert!(sent.expect("an answer").status().is_success());
    }
    // What comes of calls without an answer comes ten seconds later, in the order of the calls; these are among the last.
    let asked = format!("{}/api/v1/query", prometheus.url);
    let asked = reqwest::Url::parse_with_params(
        &asked,
        [("query", "traces_service_graph_request_total{client=\"user\", server=\"gateway\"} == 24")],
    );
    let asked = asked.expect("a URL");
    eventually(|| async {
        let answer = client().get(asked.clone()).send().await.map_err(|error| error.to_string())?.text().await;
        let answer: Value = serde_json::from_str(&answer.map_err(|error| error.to_string())?).unwrap_or_default();
        let found = answer["data"]["result"].as_array().is_some_and(|result| !result.is_empty());
        if found { Ok(()) } else { Err(answer.to_string()) }
    })
    .await;
    Some((prometheus, tempo))
}

/// A lab that has taken the spans, long enough ago for every call to be decided.
async fn lab(config: Config) -> TestServer {
    let traces = TraceStore::open(&Location::Memory, lab_traces::Limits::default()).expect("opens");
    let measured = Arc::new(SpanMetrics::new(config));
    traces.measure_spans(Arc::clone(&measured));
    for spans in spans(0) {
        let request: ExportTraceServiceRequest = serde_json::from_value(spans).expect("OTLP");
        traces.append(&request.encode_to_vec().into(), 0).expect("taken");
    }
    let now_ms = i64::try_from(BEGIN * 1_000).expect("a time");
    let metrics = MetricStore::open(&Location::Memory, lab_metrics::store::limits::Limits::default()).expect("opens");
    for reading in measured.collect(60_000_000_000) {
        let mut labels = Labels::empty().to_builder();
        labels.set("__name__", reading.name.as_str());
        for (name, value) in &reading.labels {
            labels.set(name.as_str(), value.as_str());
        }
        let sample = Sample { timestamp: now_ms, value: reading.value };
        assert!(metrics.append_batch(&labels.build(), &[sample], &TimeLimits::ANY).1.is_none());
    }
    let clock = Clock::fixed(now_ms * 1_000_000);
    let state = PrometheusState::new(Arc::new(metrics), None, About::default(), clock);
    TestServer::start(prometheus::router(state)).await
}

/// Asks a real Prometheus about what a real Tempo wrote, if both are there.
#[tokio::test]
async fn the_record_is_written_anew() {
    let (mut addresses, mut originals) = (HashMap::new(), Vec::new());
    for (name, _, processor) in both() {
        let Some(pair) = real(&processor).await else { return };
        addresses.insert(name.to_owned(), pair.0.url.clone());
        originals.push(pair);
    }
    let front = by_parameter("buckets", addresses).await;
    suite().record(&front.url(""), "tempo main of August 2026").await.expect("recorded");
}

#[tokio::test]
async fn the_lab_makes_the_series_that_tempo_makes_of_the_same_spans() {
    let (mut addresses, mut labs) = (HashMap::new(), Vec::new());
    for (name, config, _) in both() {
        let lab = lab(config).await;
        addresses.insert(name.to_owned(), lab.url(""));
        labs.push(lab);
    }
    let front = by_parameter("buckets", addresses).await;
    let summary = suite().compare(&front.url("")).await.expect("compared");
    println!("{summary}");
    assert!(summary.is_complete(), "{summary}");
}
