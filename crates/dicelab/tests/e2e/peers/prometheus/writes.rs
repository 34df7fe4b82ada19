//! A Prometheus that scrapes the dice services by protobuf and writes what it has to a lab, in both versions of remote write:
//! numbers and native histograms arrive without a refusal, and the same queries there and here agree.

use dicelab::ports::Port;
use lab_testkit::eventually::eventually;
use lab_testkit::peers::program::Program;
use serde_json::Value;

use crate::harness::{Lab, Scratch};
use crate::peers::ask::{lost, now};
use crate::peers::prometheus::compare::{Prometheus, equal, result};

/// Scrapes with native histograms, and writes twice; the label `via` tells the versions apart.
const CONFIG: &str = "
global: {scrape_interval: 1s, scrape_timeout: 1s, scrape_native_histograms: true, always_scrape_classic_histograms: true}
scrape_configs:
- job_name: dice
  static_configs: [{targets: [$TARGETS]}]
remote_write:
- url: $LAB/api/v1/write
  send_native_histograms: true
  send_exemplars: true
  queue_config: {batch_send_deadline: 200ms}
  write_relabel_configs: [{target_label: via, replacement: v1}]
- url: $LAB/api/v1/write
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

#[tokio::test(flavor = "multi_thread")]
async fn prometheus_writes_native_histograms_and_the_same_queries_agree() {
    let Some(program) = Program::find("prometheus") else { return };
    let lab = Lab::start(Scratch::new(), &["up", "--max-delay", "0", "--seed", "7"]).await;
    let receiver = Lab::start(Scratch::new(), &["lab", "--in-memory"]).await;
    let targets = Port::SERVICES.map(|port| format!("'localhost:{}'", lab.number(port))).join(", ");
    let config = CONFIG
        .replace("$TARGETS", &targets)
        .replace("$LAB", &format!("http://localhost:{}", receiver.number(Port::Metrics)));
    let prometheus = Prometheus::start(&program, &config).await;
    let here = async |query: &str, at: f64| -> Value {
        receiver.json(Port::Metrics, "/api/v1/query", &[("query", query), ("time", &at.to_string())]).await
    };

    // Until there are some seconds of requests, and both versions have brought the latest of them.
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
    for kind in ["samples_failed", "samples_dropped", "histograms_failed", "histograms_dropped", "exemplars_failed"] {
        let of_name = prometheus.own(&format!("prometheus_remote_storage_{kind}_total{{")).await;
        // What was dropped has a reason, and so no series before there is one.
        assert!(!of_name.is_empty() || kind.ends_with("dropped"), "Prometheus has no metric of {kind}");
        assert!(of_name.iter().all(|line| line.ends_with(" 0")), "{of_name:?}\n{}", prometheus.log());
    }
    assert_eq!(lost(&receiver).await, Vec::<String>::new());
}
