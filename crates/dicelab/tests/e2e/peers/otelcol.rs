//! A Collector with the configuration that is published for Loki, Grafana, Tempo and a Prometheus: OTLP in, all three signals out to
//! the ports that such a stack has. It also scrapes native histograms and sends them by both versions of remote write, reads a log file,
//! and tells of itself.

use dicelab::ports::Port;
use lab_testkit::eventually::eventually;
use lab_testkit::peers::program::Program;
use lab_testkit::peers::running::{Place, Running, client, free_port};

use crate::harness::{Lab, Scratch};
use crate::peers::ask::{lost, until, values};

/// The ports of the receivers and of the lab, and the targets, are filled in.
const CONFIG: &str = "
receivers:
  otlp:
    protocols:
      grpc: {endpoint: '127.0.0.1:$GRPC'}
      http: {endpoint: '127.0.0.1:$HTTP'}
  prometheus:
    config:
      global: {scrape_interval: 1s, scrape_timeout: 1s, scrape_native_histograms: true}
      scrape_configs:
      - job_name: dice
        static_configs: [{targets: [$TARGETS]}]
  filelog:
    include: [lines.txt]
    start_at: beginning
    resource: {service.name: file}
processors:
  batch: {timeout: 200ms}
exporters:
  otlp/tempo:
    endpoint: localhost:$TEMPO
    tls: {insecure: true}
  otlphttp/metrics:
    endpoint: http://localhost:$PROMETHEUS/api/v1/otlp
  otlphttp/logs:
    endpoint: http://localhost:$LOKI/otlp
  prometheusremotewrite/1:
    endpoint: http://localhost:$PROMETHEUS/api/v1/write
    external_labels: {via: v1}
  prometheusremotewrite/2:
    endpoint: http://localhost:$PROMETHEUS/api/v1/write
    protobuf_message: io.prometheus.write.v2.Request
    external_labels: {via: v2}
service:
  telemetry:
    resource: {service.name: collector}
    metrics:
      level: detailed
      readers:
      - periodic:
          interval: 500
          exporter: {otlp: {protocol: http/protobuf, endpoint: 'http://localhost:$OTLP'}}
    logs:
      processors:
      - batch: {schedule_delay: 200, exporter: {otlp: {protocol: http/protobuf, endpoint: 'http://localhost:$OTLP'}}}
    traces:
      processors:
      - batch: {schedule_delay: 200, exporter: {otlp: {protocol: grpc, endpoint: 'http://localhost:$TEMPO', insecure: true}}}
  pipelines:
    traces: {receivers: [otlp], processors: [batch], exporters: [otlp/tempo]}
    metrics: {receivers: [otlp], processors: [batch], exporters: [otlphttp/metrics]}
    metrics/scraped: {receivers: [prometheus], processors: [batch], exporters: [prometheusremotewrite/1, prometheusremotewrite/2]}
    logs: {receivers: [otlp, filelog], processors: [batch], exporters: [otlphttp/logs]}
";

/// The ways in which the Collector can be told to pack what it sends over gRPC and over HTTP.
const PACKINGS: [(&str, &[&str]); 2] = [
    ("otlp", &["gzip", "zstd", "snappy", "none"]),
    ("otlphttp", &["gzip", "zstd", "zlib", "deflate", "snappy", "x-snappy-framed", "none"]),
];

/// A request of each signal, as an SDK would send it; `NOW` becomes the time in nanoseconds.
const REQUESTS: [(&str, &str); 3] = [
    (
        "traces",
        r#"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},"scopeSpans":[{"spans":[
        {"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","name":"checkout","kind":2,
        "startTimeUnixNano":"NOW","endTimeUnixNano":"NOW","status":{}}]}]}]}"#,
    ),
    (
        "metrics",
        r#"{"resourceMetrics":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},"scopeMetrics":[{"metrics":[
        {"name":"jobs","sum":{"aggregationTemporality":2,"isMonotonic":true,"dataPoints":[{"asInt":"7","startTimeUnixNano":"NOW","timeUnixNano":"NOW"}]}},
        {"name":"wait","unit":"s","exponentialHistogram":{"aggregationTemporality":2,"dataPoints":[{"startTimeUnixNano":"NOW","timeUnixNano":"NOW",
        "count":"6","sum":9.5,"scale":3,"zeroCount":"1","positive":{"offset":2,"bucketCounts":["2","0","3"]}}]}}]}]}]}"#,
    ),
    (
        "logs",
        r#"{"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},"scopeLogs":[{"logRecords":[
        {"timeUnixNano":"NOW","severityNumber":17,"severityText":"ERROR","body":{"stringValue":"sold out"},
        "traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174"}]}]}]}"#,
    ),
];

/// Sends a request to a Collector.
async fn send(http: u16, signal: &str, body: &str) {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_nanos();
    let request =
        client().post(format!("http://127.0.0.1:{http}/v1/{signal}")).header("content-type", "application/json");
    let answer = request.body(body.replace("NOW", &now.to_string())).send().await.expect("an answer");
    assert!(answer.status().is_success(), "{signal}: {}", answer.text().await.expect("a text"));
}

/// Starts a Collector between the services of one lab and the ports of another; answers its port for OTLP over HTTP, too.
async fn start(program: &Program, services: &Lab, lab: &Lab) -> (Running, u16) {
    let (place, http) = (Place::new("otelcol"), free_port());
    place.write("lines.txt", "first line\nsecond line\n");
    let targets = Port::SERVICES.map(|port| format!("'localhost:{}'", services.number(port))).join(", ");
    let ports = [
        ("$GRPC", free_port()),
        ("$HTTP", http),
        ("$TEMPO", lab.number(Port::OtlpGrpc)),
        ("$OTLP", lab.number(Port::OtlpHttp)),
        ("$LOKI", lab.number(Port::Logs)),
        ("$PROMETHEUS", lab.number(Port::Metrics)),
    ];
    let config = ports
        .iter()
        .fold(CONFIG.replace("$TARGETS", &targets), |text, (name, port)| text.replace(name, &port.to_string()));
    let collector = run(program, place, &config, http).await;
    (collector, http)
}

/// Runs a Collector with this configuration; it is ready when it takes requests over HTTP.
async fn run(program: &Program, place: Place, config: &str, http: u16) -> Running {
    let config = place.write("config.yaml", config);
    let gate = "--feature-gates=+exporter.prometheusremotewritexporter.enableSendingRW2";
    let collector = Running::start(program, place, [format!("--config={config}"), gate.to_owned()]);
    let client = client();
    eventually(|| async {
        assert!(collector.exit().is_none(), "{}", collector.log());
        let sent = client.post(format!("http://127.0.0.1:{http}/v1/traces")).header("content-type", "application/json");
        sent.body("{}").send().await.map(drop).map_err(|error| format!("{error}\n{}", collector.log()))
    })
    .await;
    collector
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_delivers_all_signals_to_the_ports_of_the_stack() {
    let Some(program) = Program::find("otelcol") else { return };
    let services = Lab::start(Scratch::new(), &["up", "--max-delay", "0"]).await;
    let lab = Lab::start(Scratch::new(), &["lab", "--in-memory"]).await;
    let (collector, http) = start(&program, &services, &lab).await;
    for (signal, body) in REQUESTS {
        send(http, signal, body).await;
    }

    until(&lab, "jobs_total{job=\"shop\"}", 7.0).await;
    until(&lab, "histogram_count(wait_seconds{job=\"shop\"})", 6.0).await;
    let line = r#"{service_name="shop"} | trace_id="5b8efff798038103d269b633813fc60c" |= "sold out""#;
    for (query, number) in [(line, "1"), (r#"{service_name="file"}"#, "2")] {
        let query = format!("sum(count_over_time({query} [1h]))");
        eventually(|| async {
            let answer = lab.json(Port::Logs, "/loki/api/v1/query", &[("query", &query)]).await;
            let found = &answer["data"]["result"][0]["value"][1];
            if *found == number { Ok(()) } else { Err(format!("{query}: {answer}\n{}", collector.log())) }
        })
        .await;
    }
    eventually(|| async {
        let path = "/api/traces/5b8efff798038103d269b633813fc60c";
        let reply = lab.get(Port::Traces, path, &[]).await;
        if reply.status.is_success() { Ok(()) } else { Err(format!("{}\n{}", reply.status, collector.log())) }
    })
    .await;
    for via in ["v1", "v2"] {
        // All services count natively what came, and what one of them counts grows.
        let counted = format!("histogram_count(http_request_duration_seconds{{via=\"{via}\", job=\"dice\"}})");
        until_some(&lab, &collector, &format!("sum({counted}) > 5 and count({counted}) >= 3"), via).await;
        until_some(&lab, &collector, &format!("sum(up{{via=\"{via}\", job=\"dice\"}}) == 3"), via).await;
    }
    let own = "{job=\"collector\", __name__=~\"otelcol_exporter_sent_log_records.*\"} > 2";
    until_some(&lab, &collector, own, "its own metrics").await;
    let said = r#"sum(count_over_time({service_name="collector"} [1h])) > 0"#;
    eventually(|| async {
        let answer = lab.json(Port::Logs, "/loki/api/v1/query", &[("query", said)]).await;
        let found = answer["data"]["result"].as_array().is_some_and(|result| !result.is_empty());
        if found { Ok(()) } else { Err(format!("{answer}\n{}", collector.log())) }
    })
    .await;
    assert_eq!(lost(&lab).await, Vec::<String>::new(), "{}", collector.log());
    assert!(!collector.log().contains("Exporting failed"), "{}", collector.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_delivers_in_every_packing() {
    let Some(program) = Program::find("otelcol") else { return };
    let lab = Lab::start(Scratch::new(), &["lab", "--in-memory"]).await;
    let (place, http) = (Place::new("otelcol"), free_port());
    let mut names = Vec::new();
    let mut exporters = String::new();
    for (kind, packings) in PACKINGS {
        let endpoint = match kind {
            "otlp" => format!("localhost:{}, tls: {{insecure: true}}", lab.number(Port::OtlpGrpc)),
            _ => format!("http://localhost:{}", lab.number(Port::OtlpHttp)),
        };
        for packing in packings {
            let name = format!("{kind}/{packing}");
            // Without queue and repetition the sender is told of every failure.
            exporters += &format!("  {name}: {{endpoint: {endpoint}, compression: {packing}, ");
            exporters += "retry_on_failure: {enabled: false}, sending_queue: {enabled: false}}\n";
            names.push(name);
        }
    }
    let config = format!(
        "receivers: {{otlp: {{protocols: {{http: {{endpoint: '127.0.0.1:{http}'}}}}}}}}\nexporters:\n{exporters}service:\n\
         \x20 telemetry: {{metrics: {{level: none}}}}\n\
         \x20 pipelines: {{traces: {{receivers: [otlp], exporters: [{}]}}}}\n",
        names.join(", ")
    );
    let collector = run(&program, place, &config, http).await;
    let (signal, body) = REQUESTS[0];
    send(http, signal, body).await;
    let status = lab.status().await;
    let signals = status["signals"].as_array().expect("a list");
    let traces = signals.iter().find(|signal| signal["name"] == "traces").expect("traces");
    let account = &traces["account"];
    let all = (account["kept"].as_u64(), account["repeated"].as_u64());
    assert_eq!(all, (Some(1), Some(names.len() as u64 - 1)), "{account}\n{}", collector.log());
    assert_eq!(lost(&lab).await, Vec::<String>::new());
}

/// Waits until a condition has a result.
async fn until_some(lab: &Lab, collector: &Running, condition: &str, what: &str) {
    eventually(|| async {
        let found = values(lab, condition).await;
        if found.is_empty() { Err(format!("{what}: {condition} is not true\n{}", collector.log())) } else { Ok(()) }
    })
    .await;
}
