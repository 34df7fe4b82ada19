//! A Prometheus that scrapes the dice services by protobuf and writes what it has to a lab, in both versions of remote write,
//! directly and through an Alloy: numbers and native histograms arrive without a refusal, and the same queries there and here agree.

use dicelab::ports::Port;
use lab_testkit::eventually::eventually;
use lab_testkit::peers::program::Program;
use lab_testkit::peers::running::{Place, free_port};
use serde_json::Value;

use crate::harness::{Lab, Scratch};
use crate::peers::alloy::process::Alloy;
use crate::peers::ask::{lost, now};
use crate::peers::prometheus::compare::{Prometheus, equal, result};

/// Scrapes with native histograms, and writes twice; the label `via` tells the versions apart.
const CONFIG: &str = "
global: {scrape_interval: 1s, scrape_timeout: 1s, scrape_native_histograms: true, always_scrape_classic_histograms: true}
scrape_configs:
- job_name: dice
  static_configs: [{targets: [$TARGETS]}]
remote_write:
- url: $ONE
  send_native_histograms: true
  send_exemplars: true
  queue_config: {batch_send_deadline: 200ms}
  write_relabel_configs: [{target_label: via, replacement: v1}]
- url: $TWO
  protobuf_message: io.prometheus.write.v2.Request
  send_native_histograms: true
  send_exemplars: true
  queue_config: {batch_send_deadline: 200ms}
  write_relabel_configs: [{target_label: via, replacement: v2}]
";

/// What is asked on both sides; `$via` becomes the matcher of a version.
const QUERIES: [&str; 14] = [
    "sum(up{job=\"dice\"$via})",
    "histogram_count(http_request_duration_seconds{$via})",
    "histogram_sum(http_request_duration_seconds{$via})",
    "histogram_avg(rate(http_request_duration_seconds{$via}[30s]))",
    "histogram_quantile(0.9, sum by (job) (rate(http_request_duration_seconds{$via}[30s])))",
    "histogram_fraction(0, 0.001, sum(http_request_duration_seconds{$via}))",
    "histogram_stddev(sum(http_request_duration_seconds{$via}))",
    "sum by (instance) (increase(http_request_duration_seconds{$via}[20s]))",
    "avg(http_request_duration_seconds{$via})",
    "http_request_duration_seconds{$via} * 2",
    "count_over_time(http_request_duration_seconds{$via}[30s])",
    "sum by (le) (http_request_duration_seconds_bucket{$via})",
    "sum(rate(http_request_duration_seconds_count{$via}[30s]))",
    "resets(http_request_duration_seconds{$via}[30s])",
];

/// Where a Prometheus writes what it has, by either version; the label `via` tells which.
struct Ways {
    one: String,
    two: String,
}

#[tokio::test(flavor = "multi_thread")]
async fn prometheus_writes_native_histograms_and_the_same_queries_agree() {
    let Some(program) = Program::find("prometheus") else { return };
    let receiver = Lab::start(Scratch::new(), &["lab", "--in-memory"]).await;
    let url = format!("http://localhost:{}/api/v1/write", receiver.number(Port::Metrics));
    let ways = Ways { one: url.clone(), two: url };
    writes(&program, &ways, &receiver).await;
}

/// Takes what comes by either version, and passes it on by the same.
const ALLOY: &str = r#"
prometheus.receive_http "one" {
  http {
    listen_address = "127.0.0.1"
    listen_port    = $ONE
  }
  forward_to = [prometheus.remote_write.one.receiver]
}
prometheus.receive_http "two" {
  http {
    listen_address = "127.0.0.1"
    listen_port    = $TWO
  }
  accepted_remote_write_protobuf_messages = ["io.prometheus.write.v2.Request"]
  forward_to = [prometheus.remote_write.two.receiver]
}
prometheus.remote_write "one" {
  endpoint {
    url                    = "$LAB"
    send_native_histograms = true
    queue_config { batch_send_deadline = "200ms" }
  }
}
prometheus.remote_write "two" {
  endpoint {
    url                    = "$LAB"
    protobuf_message       = "io.prometheus.write.v2.Request"
    send_native_histograms = true
    queue_config { batch_send_deadline = "200ms" }
  }
}
"#;

#[tokio::test(flavor = "multi_thread")]
async fn prometheus_writes_native_histograms_through_alloy_and_the_same_queries_agree() {
    let (Some(program), Some(alloy)) = (Program::find("prometheus"), Program::find("alloy")) else { return };
    let receiver = Lab::start(Scratch::new(), &["lab", "--in-memory"]).await;
    let [one, two] = [free_port(), free_port()];
    let url = format!("http://localhost:{}/api/v1/write", receiver.number(Port::Metrics));
    let config = ALLOY.replace("$ONE", &one.to_string()).replace("$TWO", &two.to_string()).replace("$LAB", &url);
    let alloy = Alloy::start(alloy, Place::new("alloy"), &config).await;
    let at = |port: u16| format!("http://127.0.0.1:{port}/api/v1/metrics/write");
    let ways = Ways { one: at(one), two: at(two) };
    writes(&program, &ways, &receiver).await;
    for kind in ["samples", "histograms"] {
        let sent = alloy.own(&format!("prometheus_remote_storage_{kind}_total")).await;
        let failed = alloy.own(&format!("prometheus_remote_storage_{kind}_failed_total")).await;
        assert!(sent > 0.0 && failed == 0.0, "{sent} {kind} sent, {failed} failed\n{}", alloy.log());
    }
}

/// Holds what arrives at a lab against what a Prometheus has that scrapes the services and writes.
async fn writes(program: &Program, ways: &Ways, receiver: &Lab) {
    let lab = Lab::start(Scratch::new(), &["up", "--max-delay", "0", "--seed", "7"]).await;
    let targets = Port::SERVICES.map(|port| format!("'localhost:{}'", lab.number(port))).join(", ");
    let config = CONFIG.replace("$TARGETS", &targets).replace("$ONE", &ways.one).replace("$TWO", &ways.two);
    let prometheus = Prometheus::start(program, &config).await;
    agree(&prometheus, receiver).await;
    for kind in ["samples_failed", "samples_dropped", "histograms_failed", "histograms_dropped", "exemplars_failed"] {
        let of_name = prometheus.own(&format!("prometheus_remote_storage_{kind}_total{{")).await;
        // What was dropped has a reason, and so no series before there is one.
        assert!(!of_name.is_empty() || kind.ends_with("dropped"), "Prometheus has no metric of {kind}");
        assert!(of_name.iter().all(|line| line.ends_with(" 0")), "{of_name:?}\n{}", prometheus.log());
    }
    assert_eq!(lost(receiver).await, Vec::<String>::new());
}

/// Waits until there are some seconds of requests, and both versions have brought the latest of them; then all queries must agree.
async fn agree(prometheus: &Prometheus, receiver: &Lab) {
    let here = async |query: &str, at: f64| -> Value {
        receiver.json(Port::Metrics, "/api/v1/query", &[("query", query), ("time", &at.to_string())]).await
    };
    prometheus.until_some("min(count_over_time(http_request_duration_seconds[1h])) > 8", now).await;
    let at = now();
    for via in ["v1", "v2"] {
        let newest = format!("min(max_over_time(timestamp(up{{via=\"{via}\"}})[1m:1s]))");
        eventually(|| async {
            let answer = here(&newest, now()).await;
            let time = answer["data"]["result"][0]["value"][1].as_str().and_then(|text| text.parse::<f64>().ok());
            if time.is_some_and(|time| time > at) { Ok(()) } else { Err(format!("{answer}\n{}", prometheus.log())) }
        })
        .await;
        for query in QUERIES {
            let expected = result(&prometheus.query(&query.replace("$via", ""), at).await.expect("an answer"));
            let matcher = if query.contains("job=") { format!(", via=\"{via}\"") } else { format!("via=\"{via}\"") };
            let found = result(&here(&query.replace("$via", &matcher), at).await);
            assert!(!expected.is_empty(), "{query} has no result");
            assert!(equal(&found, &expected), "{query} via {via}:\n{found:#?}\ninstead of\n{expected:#?}");
        }
    }
}
