//! What load generators with an output of their own send (k6 is one): native histograms of `client_golang` by remote write 1.0, and
//! metrics of OpenTelemetry's SDK for Go over gRPC and HTTP. A program of ours (`gosender/main.go`) plays their part. Beside a lab a
//! Prometheus takes the same, and the same queries must agree.

use dicelab::ports::Port;
use lab_testkit::peers::program::Program;
use serde_json::Value;

use crate::harness::{Lab, Scratch};
use crate::peers::ask::{lost, now, until, values};
use crate::peers::prometheus::compare::{Prometheus, equal, result};

/// How many requests it makes.
const ROUNDS: &str = "6";

/// What is asked of the histogram `$h`; the times of both runs differ, and so nothing that depends on them is asked.
const QUERIES: [&str; 12] = [
    "$h",
    "histogram_count($h)",
    "histogram_sum($h)",
    "histogram_avg($h)",
    "histogram_stddev($h)",
    "histogram_quantile(0.5, $h)",
    "histogram_quantile(0.99, sum($h))",
    "histogram_fraction(0.1, 0.5, $h)",
    "histogram_fraction(-Inf, 0, $h)",
    "$h * 2 - $h",
    "count_over_time($h[1m])",
    "$h >/ 0.25",
];

/// Runs it; what it has counted.
fn send(program: &Program, arguments: &[&str]) -> Value {
    let said = program.run([arguments, &[ROUNDS]].concat());
    serde_json::from_str(said.trim()).unwrap_or_else(|error| panic!("{error}: {said}"))
}

/// Waits until a lab has counted, in each of these queries, what was sent.
async fn until_counted(lab: &Lab, sent: &Value, queries: [(&str, &str); 4]) {
    for (query, field) in queries {
        until(lab, query, sent[field].as_f64().expect("a number")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn native_histograms_of_a_load_generator_arrive_and_the_same_queries_agree() {
    let Some(program) = Program::find("go-sender") else { return };
    let lab = Lab::start(Scratch::new(), &["lab", "--in-memory"]).await;
    let original = Program::find("prometheus");
    let mut prometheus = None;
    if let Some(original) = &original {
        prometheus = Some(Prometheus::start(original, "global: {scrape_interval: 1h}\n").await);
    }

    let to = |port: u16| format!("http://127.0.0.1:{port}/api/v1/write");
    let sent = send(&program, &["remote-write", &to(lab.number(Port::Metrics))]);
    let queries = [
        ("histogram_count(load_request_duration_seconds{scenario=\"default\"})", "requests"),
        ("load_requests_total{url=\"http://test/ä\"}", "requests"),
        ("count_over_time(load_request_duration_seconds[1m])", "rounds"),
        ("load_users", "rounds"),
    ];
    until_counted(&lab, &sent, queries).await;
    if let Some(prometheus) = &prometheus {
        send(&program, &["remote-write", &to(prometheus.port)]);
        agree(&lab, prometheus, "load_request_duration_seconds").await;
    }
    for protocol in ["grpc", "http"] {
        let port = if protocol == "grpc" { Port::OtlpGrpc } else { Port::OtlpHttp };
        let sent = send(&program, &["otlp", protocol, &format!("127.0.0.1:{}", lab.number(port))]);
        let of = format!("{{job=\"load-{protocol}\", scenario=\"default\"}}");
        let queries = [
            (&*format!("histogram_count(load_request_duration_seconds{of})"), "requests"),
            (&*format!("load_wait_milliseconds_count{of}"), "requests"),
            (&*format!("load_requests_total{of}"), "requests"),
            (&*format!("load_users{{job=\"load-{protocol}\"}}"), "rounds"),
        ];
        until_counted(&lab, &sent, queries).await;
    }
    let sums = values(&lab, "histogram_sum(load_request_duration_seconds)").await;
    let seconds = sent["seconds"].as_f64().expect("a number");
    assert!(sums.len() == 3 && sums.iter().all(|sum| (sum - seconds).abs() < 1e-9), "{sums:?} instead of {seconds}");
    assert_eq!(lost(&lab).await, Vec::<String>::new());
}

/// Asks a lab and a Prometheus the same about the histogram that came by remote write.
async fn agree(lab: &Lab, prometheus: &Prometheus, histogram: &str) {
    for query in QUERIES {
        let (query, at) = (query.replace("$h", histogram), now());
        let expected = result(&prometheus.query(&query, at).await.expect("an answer"));
        let parameters = [("query", query.as_str()), ("time", &at.to_string())];
        let found = result(&lab.json(Port::Metrics, "/api/v1/query", &parameters).await);
        assert!(!expected.is_empty(), "{query} has no result");
        // The time of the query stands before each value; it is the same.
        assert!(equal(&found, &expected), "{query}:\n{found:#?}\ninstead of\n{expected:#?}");
    }
}
