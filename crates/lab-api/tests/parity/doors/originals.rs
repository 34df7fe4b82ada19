//! The real products: a Prometheus, a Loki, a Tempo and a Collector, each by itself.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::routing::post;
use lab_testkit::peers::original::{Original, Start};
use lab_testkit::peers::running::client;
use lab_testkit::server::TestServer;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::resource::v1::Resource;
use prost::Message;

use crate::doors::Place;
use crate::doors::kept::{Kept, PassedOn};

/// One of them; it ends with the value.
pub(crate) struct Running {
    pub(crate) place: Arc<Place>,
    pub(crate) version: String,
    _product: Original,
    _sink: Option<TestServer>,
}

/// The product of this name, unless it is not there.
pub(crate) async fn start(product: &str) -> Option<Running> {
    let passed_on = PassedOn::default();
    let (mut sink, mut configuration) = (None, String::new());
    if product == "collector" {
        let started = self::sink(passed_on.clone()).await;
        configuration = include_str!("collector.yaml").replace("$SINK", &started.url(""));
        sink = Some(started);
    }
    let collector = [("collector.yaml", configuration.as_str())];
    let start = match product {
        "prometheus" => PROMETHEUS,
        "loki" => LOKI,
        "tempo" => TEMPO,
        _ => Start {
            program: "otelcol",
            files: &collector,
            arguments: &["--config=$DATA/collector.yaml"],
            // Its own metrics.
            ready: "/metrics",
        },
    };
    let original = Original::start(start).await?;
    let at = |port: usize, path: &str| format!("http://127.0.0.1:{}{path}", original.ports[port]);
    let doors = match product {
        "prometheus" => vec![
            ("prometheus/otlp", at(0, "/api/v1/otlp/v1/metrics")),
            ("prometheus/write1", at(0, "/api/v1/write")),
            ("prometheus/write2", at(0, "/api/v1/write")),
        ],
        "loki" => vec![
            ("loki/otlp", at(0, "/otlp/v1/logs")),
            ("loki/push", at(0, "/loki/api/v1/push")),
            ("loki/old", at(0, "/api/prom/push")),
        ],
        "tempo" => vec![("tempo/otlp", at(1, "/v1/traces")), ("tempo/zipkin", at(5, "/api/v2/spans"))],
        _ => vec![
            ("collector/metrics", at(1, "/v1/metrics")),
            ("collector/logs", at(1, "/v1/logs")),
            ("collector/traces", at(1, "/v1/traces")),
            ("collector/zipkin", at(2, "/api/v2/spans")),
        ],
    };
    let asked = || original.url.clone();
    let patience = if product == "tempo" { Duration::from_secs(5) } else { Duration::from_millis(200) };
    let kept = Kept {
        prometheus: asked(),
        loki: asked(),
        tempo: asked(),
        passed_on: Some(passed_on),
        client: client(),
        patience,
    };
    let version = format!("{} {}", start.program, original.version);
    Some(Running { place: Place::new(doors.into_iter().collect(), kept), version, _product: original, _sink: sink })
}

const PROMETHEUS: Start<'static> = Start {
    program: "prometheus",
    files: &[("prometheus.yml", "global: {scrape_interval: 1h}\n")],
    arguments: &[
        "--config.file=$DATA/prometheus.yml",
        "--web.listen-address=127.0.0.1:$PORT0",
        "--storage.tsdb.path=$DATA/data",
        "--web.enable-otlp-receiver",
        "--web.enable-remote-write-receiver",
    ],
    ready: "/-/ready",
};

const LOKI: Start<'static> = Start {
    program: "loki",
    files: &[("loki.yaml", include_str!("../loki/original.yaml"))],
    arguments: &["-config.file=$DATA/loki.yaml"],
    ready: "/ready",
};

const TEMPO: Start<'static> = Start {
    program: "tempo",
    files: &[("tempo.yaml", include_str!("tempo.yaml"))],
    arguments: &["-config.file=$DATA/tempo.yaml", "-target=all"],
    ready: "/ready",
};

/// Takes what the Collector passes on, and counts the items of each request.
async fn sink(passed_on: PassedOn) -> TestServer {
    TestServer::start(Router::new().route("/v1/{signal}", post(take)).with_state(passed_on)).await
}

async fn take(State(passed_on): State<Arc<Mutex<HashMap<String, usize>>>>, Path(signal): Path<String>, body: Bytes) {
    let mut passed_on = passed_on.lock().expect("no panic");
    for mark in marks(&signal, body) {
        *passed_on.entry(mark).or_default() += 1;
    }
}

/// What identifies the request of each item: the name of a metric, the id of a trace, the service of a log record. What was damaged
/// so that its texts are none is not identified.
fn marks(signal: &str, body: Bytes) -> Vec<String> {
    match signal {
        "metrics" => {
            let request = ExportMetricsServiceRequest::decode(body).unwrap_or_default();
            let scopes = request.resource_metrics.into_iter().flat_map(|resource| resource.scope_metrics);
            scopes.flat_map(|scope| scope.metrics).map(|metric| metric.name).collect()
        }
        "logs" => {
            let request = ExportLogsServiceRequest::decode(body).unwrap_or_default();
            let of_resource = request.resource_logs.into_iter().flat_map(|logs| {
                let records: usize = logs.scope_logs.iter().map(|scope| scope.log_records.len()).sum();
                vec![service(logs.resource.as_ref()); records]
            });
            of_resource.collect()
        }
        _ => {
            let request = ExportTraceServiceRequest::decode(body).unwrap_or_default();
            let scopes = request.resource_spans.into_iter().flat_map(|resource| resource.scope_spans);
            let hex = |id: Vec<u8>| id.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
            scopes.flat_map(|scope| scope.spans).map(|span| hex(span.trace_id)).collect()
        }
    }
}

fn service(resource: Option<&Resource>) -> String {
    let attributes = resource.into_iter().flat_map(|resource| &resource.attributes);
    let value = attributes.filter(|one| one.key == "service.name").find_map(|one| one.value.clone()?.value);
    if let Some(Value::StringValue(name)) = value { name } else { String::new() }
}
