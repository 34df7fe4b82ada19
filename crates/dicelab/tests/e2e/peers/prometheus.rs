//! A Prometheus that scrapes the dice services by protobuf and writes what it has to a lab, in both versions of remote write:
//! numbers and native histograms arrive without a refusal, and the same queries there and here agree.

use dicelab::ports::Port;
use lab_testkit::eventually::eventually;
use lab_testkit::peers::program::Program;
use lab_testkit::peers::running::{Place, Running, free_port};
use serde_json::Value;

use crate::harness::{Lab, Scratch};
use crate::peers::ask::{ask, get, lost, now};

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

/// The result of an instant query, without the label of the version, in the order of the labels.
fn result(answer: &Value) -> Vec<Value> {
    let mut series = answer["data"]["result"].as_array().cloned().unwrap_or_default();
    for one in &mut series {
        if let Some(labels) = one["metric"].as_object_mut() {
            labels.remove("via");
        }
    }
    series.sort_by_key(|one| one["metric"].to_string());
    series
}

/// Equal but for the rounding of the last digits.
fn close(here: &Value, there: &Value) -> bool {
    match (here, there) {
        (Value::Array(here), Value::Array(there)) => {
            here.len() == there.len() && here.iter().zip(there).all(|(here, there)| close(here, there))
        }
        (Value::Object(here), Value::Object(there)) => {
            here.len() == there.len()
                && here.iter().all(|(name, value)| there.get(name).is_some_and(|other| close(value, other)))
        }
        (Value::String(here), Value::String(there)) => match (here.parse::<f64>(), there.parse::<f64>()) {
            (Ok(here), Ok(there)) => {
                here == there || (here.is_nan() && there.is_nan()) || ((here - there) / there).abs() < 1e-9
            }
            _ => here == there,
        },
        _ => here == there,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn prometheus_writes_native_histograms_and_the_same_queries_agree() {
    let Some(program) = Program::find("prometheus") else { return };
    let lab = Lab::start(Scratch::new(), &["up", "--max-delay", "0", "--seed", "7"]).await;
    let receiver = Lab::start(Scratch::new(), &["lab", "--in-memory"]).await;
    let (place, port) = (Place::new("prometheus"), free_port());
    let targets = Port::SERVICES.map(|port| format!("'localhost:{}'", lab.number(port))).join(", ");
    let config = CONFIG
        .replace("$TARGETS", &targets)
        .replace("$LAB", &format!("http://localhost:{}", receiver.number(Port::Metrics)));
    let config = place.write("prometheus.yml", &config);
    let data = place.path().join("data").display().to_string();
    let arguments = [
        format!("--config.file={config}"),
        format!("--storage.tsdb.path={data}"),
        format!("--web.listen-address=127.0.0.1:{port}"),
    ];
    let prometheus = Running::start(&program, place, arguments);
    let url = format!("http://127.0.0.1:{port}");
    prometheus.until_ready(&format!("{url}/-/ready")).await;
    let there =
        async |query: &str, at: f64| ask(port, "/api/v1/query", &[("query", query), ("time", &at.to_string())]).await;
    let here = async |query: &str, at: f64| -> Value {
        receiver.json(Port::Metrics, "/api/v1/query", &[("query", query), ("time", &at.to_string())]).await
    };

    // Until there are some seconds of requests, and both versions have brought the latest of them.
    let enough = "min(count_over_time(http_request_duration_seconds[1h])) > 8";
    eventually(|| async {
        let answer = there(enough, now()).await?;
        if result(&answer).is_empty() { Err(answer.to_string()) } else { Ok(()) }
    })
    .await;
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
            let expected = result(&there(&query.replace("$via", ""), at).await.expect("an answer"));
            let matcher = if query.contains("job=") { format!(", via=\"{via}\"") } else { format!("via=\"{via}\"") };
            let found = result(&here(&query.replace("$via", &matcher), at).await);
            assert!(!expected.is_empty(), "{query} has no result");
            let equal =
                expected.len() == found.len() && expected.iter().zip(&found).all(|(one, other)| close(one, other));
            assert!(equal, "{query} via {via}:\n{found:#?}\ninstead of\n{expected:#?}");
        }
    }
    for kind in ["samples_failed", "samples_dropped", "histograms_failed", "histograms_dropped", "exemplars_failed"] {
        let metrics = get(port, "/metrics", &[]).await.expect("an answer");
        let metrics = String::from_utf8(metrics).expect("a text");
        let name = format!("prometheus_remote_storage_{kind}_total{{");
        let of_name: Vec<&str> = metrics.lines().filter(|line| line.starts_with(&name)).collect();
        assert!(of_name.iter().all(|line| line.ends_with(" 0")), "{of_name:?}\n{}", prometheus.log());
    }
    assert_eq!(lost(&receiver).await, Vec::<String>::new());
}
