//! A Prometheus and a lab with the same configuration scrape the same services: native histograms in every form that a job can want
//! are the same in both, and so is what queries make of them.

use dicelab::ports::Port;
use lab_testkit::eventually::eventually;
use lab_testkit::peers::program::Program;

use crate::harness::{Lab, Scratch};
use crate::peers::ask::{lost, now};
use crate::peers::prometheus::compare::{Prometheus, equal, result};

/// What the jobs want of histograms.
const JOBS: [(&str, &str); 8] = [
    ("classic", ""),
    ("native", "scrape_native_histograms: true"),
    ("both", "{scrape_native_histograms: true, always_scrape_classic_histograms: true}"),
    ("text", "{scrape_native_histograms: true, scrape_protocols: [PrometheusText0.0.4]}"),
    ("custom", "convert_classic_histograms_to_nhcb: true"),
    (
        "customs",
        "{scrape_native_histograms: true, convert_classic_histograms_to_nhcb: true, always_scrape_classic_histograms: true}",
    ),
    ("coarse", "{scrape_native_histograms: true, native_histogram_min_bucket_factor: 2}"),
    ("few", "{scrape_native_histograms: true, native_histogram_bucket_limit: 4}"),
];

/// What is asked for each job, whose matcher `$job` becomes.
const QUERIES: [&str; 26] = [
    "count by (__name__) ({$job, __name__=~\".*duration_seconds.*\"})",
    "http_request_duration_seconds{$job}",
    "roll_duration_seconds{$job}",
    "async_roll_duration_seconds{$job}",
    "http_request_duration_seconds_bucket{$job}",
    "sum by (le) (http_request_duration_seconds_bucket{$job})",
    "histogram_quantile(0.9, sum by (le, instance) (http_request_duration_seconds_bucket{$job}))",
    "histogram_quantile(0, http_request_duration_seconds{$job})",
    "histogram_quantile(0.5, http_request_duration_seconds{$job})",
    "histogram_quantile(0.99, sum by (instance) (http_request_duration_seconds{$job}))",
    "histogram_quantile(1, roll_duration_seconds{$job})",
    "histogram_quantiles(http_request_duration_seconds{$job}, \"q\", 0.1, 0.5, 0.9)",
    "histogram_fraction(0, 0.0002, http_request_duration_seconds{$job})",
    "histogram_fraction(-1, 10, http_request_duration_seconds{$job})",
    "histogram_avg(http_request_duration_seconds{$job})",
    "histogram_count(http_request_duration_seconds{$job})",
    "histogram_sum(async_roll_duration_seconds{$job})",
    "histogram_stddev(http_request_duration_seconds{$job})",
    "histogram_stdvar(roll_duration_seconds{$job})",
    "sum(http_request_duration_seconds{$job}) + sum(roll_duration_seconds{$job})",
    "avg by (instance) (http_request_duration_seconds{$job}) * 3",
    "http_request_duration_seconds{$job} / 4 - http_request_duration_seconds{$job}",
    "http_request_duration_seconds{$job} </ 0.001",
    "http_request_duration_seconds{$job} >/ 0.0001",
    "last_over_time(roll_duration_seconds{$job}[10s])",
    "resets(http_request_duration_seconds{$job}[10s])",
];

#[tokio::test(flavor = "multi_thread")]
async fn prometheus_and_the_lab_scrape_the_same_histograms() {
    let Some(program) = Program::find("prometheus") else { return };
    let services = Lab::up(&[]).await;
    for _ in 0..20 {
        for (path, query) in
            [("/roll", [("die", "fair"), ("x", "")]), ("/roll-async", [("die", "fair"), ("times", "5")])]
        {
            services.get(Port::Frontend, path, &query).await;
        }
    }
    let targets = Port::SERVICES.map(|port| format!("'localhost:{}'", services.number(port))).join(", ");
    let jobs = JOBS.map(|(name, wants)| {
        let wants = wants.trim_matches(['{', '}']);
        let comma = if wants.is_empty() { "" } else { ", " };
        format!("- {{job_name: {name}, static_configs: [{{targets: [{targets}]}}]{comma}{wants}}}\n")
    });
    let config = format!("global: {{scrape_interval: 1s, scrape_timeout: 1s}}\nscrape_configs:\n{}", jobs.concat());
    let scratch = Scratch::new();
    let file = scratch.write("prometheus.yml", &config);
    let lab = Lab::start(scratch, &["lab", "--in-memory", "--scrape-config", &file]).await;
    let prometheus = Prometheus::start(&program, &config).await;

    // Nothing is requested any more, so that all scrapes of a service bring the same.
    let all = format!(
        "count(count by (job, instance) (count_over_time(up[1m]) > 3)) == {}",
        JOBS.len() * Port::SERVICES.len()
    );
    prometheus.until_some(&all, now).await;
    let here = async |query: &str, at: f64| {
        lab.json(Port::Metrics, "/api/v1/query", &[("query", query), ("time", &at.to_string())]).await
    };
    let ours = all.replace("up[", "up{job!=\"dicelab\"}[");
    eventually(|| async {
        let answer = here(&ours, now()).await;
        if result(&answer).is_empty() { Err(answer.to_string()) } else { Ok(()) }
    })
    .await;
    let (at, mut asked, mut different) = (now(), 0, Vec::new());
    for (job, _) in JOBS {
        for query in QUERIES {
            let query = query.replace("$job", &format!("job=\"{job}\""));
            let expected = prometheus.query(&query, at).await.expect("an answer");
            let found = here(&query, at).await;
            asked += 1;
            if !equal(&result(&found), &result(&expected)) {
                different.push(format!("{query}:\n  {found}\n  instead of\n  {expected}"));
            }
        }
        let some = format!(
            "http_request_duration_seconds{{job=\"{job}\"}} or http_request_duration_seconds_bucket{{job=\"{job}\"}}"
        );
        assert!(!result(&here(&some, at).await).is_empty(), "{job} has no histograms");
    }
    assert!(asked >= 200, "{asked} queries");
    assert!(different.is_empty(), "{} of {asked} differ:\n{}", different.len(), different.join("\n"));
    assert_eq!(lost(&lab).await, Vec::<String>::new());
}
