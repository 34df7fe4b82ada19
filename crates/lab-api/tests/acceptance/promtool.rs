//! Prometheus' own command line as a client: what a person has in their fingers works here too. Skipped where
//! no `promtool` is installed.

use std::process::{Command, Output};
use std::sync::Arc;

use axum::routing::get;
use lab_api::prometheus;
use lab_api::prometheus::state::{About, PrometheusState};
use lab_metrics::MetricStore;
use lab_metrics::store::limits::Limits;
use lab_model::{Labels, Sample};
use lab_storage::Location;
use lab_testkit::server::TestServer;
use tokio::runtime::Runtime;

use crate::clock;

#[test]
fn promtool_gets_its_answers() {
    if Command::new("promtool").arg("--version").output().is_err() {
        eprintln!("skipped: there is no promtool");
        return;
    }
    let store = Arc::new(MetricStore::open(&Location::Memory, Limits::default()).expect("opens"));
    for (job, value) in [("a", 1.0), ("b", 0.0)] {
        let labels = Labels::from_pairs([("__name__", "up"), ("job", job)]);
        for minute in 0..3 {
            let timestamp = 1_700_000_000_000 + minute * 60_000;
            store.append(&labels, Sample { timestamp, value }).expect("taken");
        }
    }
    let router = prometheus::router(PrometheusState::new(store, None, About::default(), clock::system()));
    let router = router.route("/metrics", get(|| async { "# TYPE x gauge\nx 1\n" }));
    let runtime = Runtime::new().expect("a runtime");
    let server = runtime.block_on(TestServer::start(router));
    let url = server.url("");
    let range = ["--start=1700000000", "--end=1700000120"];
    for (arguments, expected) in [
        (vec!["query", "instant", "--time=1700000120", &url, "sum(up)"], "{} => 1 @[1700000120]"),
        (
            vec!["query", "range", range[0], range[1], "--step=1m", &url, "up{job=\"a\"}"],
            "up{job=\"a\"} =>\n1 @[1700000000]\n1 @[1700000060]\n1 @[1700000120]",
        ),
        (vec!["query", "series", "--match=up", range[0], range[1], &url], "{__name__=\"up\", job=\"b\"}"),
        (vec!["query", "labels", range[0], range[1], &url, "job"], "a\nb\n"),
    ] {
        let output = promtool(&arguments);
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && text.contains(expected), "promtool {arguments:?} said {output:?}");
    }
    let output = promtool(&["query", "instant", &url, "sum("]);
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && text.contains("parse error"), "a bad query: {output:?}");
    let output = promtool(&["debug", "metrics", &url]);
    assert!(output.status.success(), "promtool debug metrics said {output:?}");
}

/// In a folder of its own, since `debug` leaves an archive where it runs.
fn promtool(arguments: &[&str]) -> Output {
    let folder = std::env::temp_dir().join(format!("dicelab-promtool-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let output = Command::new("promtool").args(arguments).current_dir(&folder).env("NO_PROXY", "*").output();
    let _ = std::fs::remove_dir_all(&folder);
    output.expect("runs")
}
