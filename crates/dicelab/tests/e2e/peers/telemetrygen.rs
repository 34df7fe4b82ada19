//! telemetrygen, the Collector's own generator: all signals, both protocols, each kind of metric in both temporalities.

use dicelab::ports::Port;
use lab_testkit::eventually::eventually;
use lab_testkit::peers::program::Program;
use serde_json::Value;

use crate::harness::{Lab, Scratch};
use crate::peers::ask::{dropped, lost, until, values};

/// How many traces, lines or points each run sends.
const NUMBER: u32 = 6;

/// Runs it to its end, which is a failure as soon as the lab answers one request with anything but a plain success.
fn generate(program: &Program, lab: &Lab, protocol: &str, service: &str, arguments: &[&str]) {
    let port = if protocol == "http" { Port::OtlpHttp } else { Port::OtlpGrpc };
    let endpoint = format!("localhost:{}", lab.number(port));
    let mut all = arguments.to_vec();
    all.extend(["--otlp-insecure", "--batch=false", "--otlp-endpoint", &endpoint, "--service", service]);
    if protocol == "http" {
        all.push("--otlp-http");
    }
    let said = program.run(&all);
    assert!(!said.contains("FATAL") && !said.contains("\tERROR\t"), "{all:?}:\n{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn telemetrygen_delivers_traces_and_logs() {
    let Some(program) = Program::find("telemetrygen") else { return };
    let lab = Lab::start(Scratch::new(), &["lab", "--in-memory"]).await;
    let number = NUMBER.to_string();
    for protocol in ["grpc", "http"] {
        generate(&program, &lab, protocol, protocol, &["traces", "--rate", "0", "--traces", &number]);
        generate(&program, &lab, protocol, protocol, &["logs", "--rate", "0", "--logs", &number]);
        let lines = format!("sum(count_over_time({{service_name=\"{protocol}\"}}[1h]))");
        let spans = format!("{{ resource.service.name = \"{protocol}\" }} | count_over_time()");
        eventually(|| async {
            let counted = lab.json(Port::Logs, "/loki/api/v1/query", &[("query", &lines)]).await;
            let counted = &counted["data"]["result"][0]["value"][1];
            let found = lab.json(Port::Traces, "/api/metrics/query", &[("q", &spans)]).await;
            let found = &found["series"][0]["value"];
            // A trace has a client's and a server's span.
            let all = *counted == number.as_str() && found.as_u64() == Some(u64::from(2 * NUMBER));
            if all { Ok(()) } else { Err(format!("{protocol}: {counted} lines, {found} spans")) }
        })
        .await;
    }
    assert_eq!(lost(&lab).await, Vec::<String>::new());
}

/// A kind of metric: its name to telemetrygen, the series that has one sample for each point, and what that counts at the
/// end when `NUMBER` points were differences, or running totals.
const KINDS: [(&str, &str, [Option<f64>; 2]); 4] = [
    ("Gauge", "gen", [Some(5.0), Some(5.0)]),
    ("Sum", "gen_total", [Some(15.0), Some(5.0)]),
    ("Histogram", "gen_count", [Some(60.0), Some(10.0)]),
    // Its counts are random.
    ("ExponentialHistogram", "gen", [None, None]),
];

#[tokio::test(flavor = "multi_thread")]
async fn telemetrygen_delivers_every_kind_of_metric() {
    let Some(program) = Program::find("telemetrygen") else { return };
    let lab = Lab::start(Scratch::new(), &["lab", "--in-memory"]).await;
    let number = NUMBER.to_string();
    for protocol in ["grpc", "http"] {
        for (kind, series, newest) in KINDS {
            for (temporality, newest) in ["delta", "cumulative"].into_iter().zip(newest) {
                let service = format!("{protocol}-{kind}-{temporality}");
                let before = dropped(&lab, "duplicate_timestamp").await;
                let of_kind = ["--metric-type", kind, "--aggregation-temporality", temporality];
                let arguments = [&["metrics", "--rate", "50", "--metrics", &number][..], &of_kind].concat();
                generate(&program, &lab, protocol, &service, &arguments);
                let twice = dropped(&lab, "duplicate_timestamp").await - before;
                let samples = values(&lab, &format!("count({{job=\"{service}\", __name__=~\"gen.*\"}})")).await;
                // Two points may come in the same millisecond; then the first one stays, and the other is counted.
                let kept = f64::from(NUMBER) - twice / samples.first().expect("a series");
                until(&lab, &format!("count_over_time({series}{{job=\"{service}\"}}[1h])"), kept).await;
                if let Some(newest) = newest.filter(|_| twice == 0.0) {
                    until(&lab, &format!("{series}{{job=\"{service}\"}}"), newest).await;
                }
            }
        }
    }
    let histogram = "histogram_count(gen{job=\"grpc-ExponentialHistogram-delta\"})";
    let answer: Value = lab.json(Port::Metrics, "/api/v1/query", &[("query", histogram)]).await;
    assert!(!answer["data"]["result"].as_array().expect("a list").is_empty(), "{answer}");
    let lost: Vec<String> = lost(&lab).await.into_iter().filter(|one| !one.contains("duplicate_timestamp")).collect();
    assert_eq!(lost, Vec::<String>::new());
}
