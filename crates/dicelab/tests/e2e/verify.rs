//! `dicelab verify` against a lab: a healthy lab passes, with traffic of verify's own and with a ledger; the lab's own
//! traffic goes on afterwards; and what is wrong is named.

use std::process::Output;

use dicelab::ports::Port;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::harness::{Lab, Scratch, dicelab, run, stderr};

/// Runs `dicelab verify --format json` against a lab; the exit code and the report.
async fn verify(lab: &Lab, more: &[&str]) -> (Option<i32>, Value) {
    let output = judge(lab, &[&["--format", "json"], more].concat()).await;
    let report = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("no report: {}", stderr(&output)));
    (output.status.code(), report)
}

async fn judge(lab: &Lab, more: &[&str]) -> Output {
    let shift = (lab.number(Port::Metrics) - Port::Metrics.number()).to_string();
    let arguments: Vec<String> =
        ["verify", "--port-offset", &shift].iter().chain(more).map(|one| (*one).to_owned()).collect();
    let run = move || run(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    tokio::task::spawn_blocking(run).await.expect("ran")
}

/// The checks that failed, with their messages.
fn failures(report: &Value) -> Vec<String> {
    let checks = report["checks"].as_array().expect("checks").iter();
    checks
        .filter(|check| check["status"] == "fail")
        .map(|check| format!("{}: {}", check["id"], check["message"]))
        .collect()
}

/// The id, status and message of each check.
fn texts(report: &Value) -> Vec<[&Value; 3]> {
    let checks = report["checks"].as_array().expect("checks").iter();
    checks.map(|check| [&check["id"], &check["status"], &check["message"]]).collect()
}

fn message<'a>(report: &'a Value, id: &str) -> &'a str {
    let checks = report["checks"].as_array().expect("checks");
    let check = checks.iter().find(|check| check["id"] == id).unwrap_or_else(|| panic!("no {id} in {report}"));
    check["message"].as_str().expect("a message")
}

async fn traffic_state(lab: &Lab) -> Value {
    lab.json(Port::Collector, "/api/v0/status", &[]).await["traffic"]["state"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lab_with_traffic_passes_every_check() {
    let lab = Lab::start(Scratch::new(), &["up", "--in-memory", "--scrape-interval", "500ms"]).await;
    let (code, report) = verify(&lab, &[]).await;
    assert_eq!(failures(&report), Vec::<String>::new());
    assert_eq!(code, Some(i32::from(report["summary"]["good"] == false)));
    for check in report["checks"].as_array().expect("checks") {
        for field in ["id", "area", "status", "asked", "expected", "got", "message"] {
            assert!(check[field].is_string(), "{field} of {check}");
        }
        let (id, area) = (check["id"].as_str().expect("text"), check["area"].as_str().expect("text"));
        assert!(id.starts_with(&format!("{area}/")) && check["seconds"].is_number(), "{check}");
    }
    let summary = &report["summary"];
    assert!(summary["pass"].as_u64() > Some(90) && summary["seconds"].is_number(), "{summary}");
    // Requests that time out on a machine without a free core leave open what was rolled; verify says so.
    let is_busy = message(&report, "reconciliation/answers").contains("the machine is too busy to judge this");
    assert!(is_busy || message(&report, "reconciliation/totals").ends_with("lost 0"), "{report}");
    let graph = texts(&report).into_iter().find(|[id, ..]| *id == "traces/service-graph").expect("judged");
    assert!(is_busy || graph[1] == "pass", "{graph:?}");
    assert_eq!(traffic_state(&lab).await, "running");

    for (port, path) in [(Port::Collector, "/api/v0/report"), (Port::Dashboards, "/api/lab/report")] {
        assert_eq!(texts(&lab.json(port, path, &[]).await), texts(&report), "{path}");
    }
    assert_eq!(lab.status().await["verification"]["started"], summary["started"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_of_earlier_traffic_is_reconciled_and_a_wrong_one_is_not() {
    let lab = Lab::up(&["--in-memory", "--scrape-interval", "500ms"]).await;
    let ledger = lab.scratch.path().join("ledger.jsonl").display().to_string();
    let url = format!("http://127.0.0.1:{}", lab.number(Port::Frontend));
    let otlp = format!("http://127.0.0.1:{}", lab.number(Port::OtlpHttp));
    let traffic = ["traffic", "--frontend-url", &url, "--otlp-endpoint", &otlp, "--ledger", &ledger];
    let load = ["--users", "8", "--max-rolls", "30", "--think", "0..5ms", "--strategy", "mixed", "--seed", "5"];
    let output = run(&[&traffic[..], &load[..]].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    let (code, report) = verify(&lab, &["--ledger", &ledger]).await;
    assert_eq!(failures(&report), Vec::<String>::new());
    assert_eq!(code, Some(i32::from(report["summary"]["good"] == false)));
    assert!(message(&report, "reconciliation/totals").ends_with("lost 0"));
    assert!(message(&report, "reconciliation/counters").contains("exactly what the ledger implies"));

    // A request that was never made: no signal can have it.
    let text = std::fs::read_to_string(&ledger).expect("a ledger");
    let first = text.lines().next().expect("an entry");
    let mut invented: Value = serde_json::from_str(first).expect("JSON");
    invented["trace_id"] = "0123456789abcdef0123456789abcdef".into();
    let wrong = lab.scratch.write("wrong.jsonl", &format!("{text}{invented}\n"));
    let (code, report) = verify(&lab, &["--ledger", &wrong]).await;
    assert_eq!(code, Some(1));
    for id in ["reconciliation/spans", "reconciliation/lines"] {
        assert!(message(&report, id).contains("0123456789abcdef0123456789abcdef"), "{}", message(&report, id));
    }
    assert!(message(&report, "reconciliation/counters").contains("not counted"), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_verification_lets_the_traffic_go_on() {
    let lab = Lab::start(Scratch::new(), &["up", "--in-memory", "--scrape-interval", "500ms"]).await;
    let shift = (lab.number(Port::Metrics) - Port::Metrics.number()).to_string();
    let child = dicelab(&["verify", "--port-offset", &shift])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("started");
    let paused = || async {
        let state = traffic_state(&lab).await;
        if state == "paused" { Ok(()) } else { Err(format!("the traffic is {state}")) }
    };
    lab_testkit::eventually::eventually(paused).await;
    kill_process(Pid::from_raw(child.id() as i32).expect("a pid"), Signal::INT).expect("told");
    let output = child.wait_with_output().expect("ended");
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("stopped before all checks were made"), "{}", stderr(&output));
    assert_eq!(traffic_state(&lab).await, "running");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_report_outlives_the_lab_that_was_judged() {
    let lab = Lab::up(&[]).await;
    assert_eq!(lab.get(Port::Collector, "/api/v0/report", &[]).await.status.as_u16(), 404);
    let foreign = [("Origin", "http://evil.example")];
    assert_eq!(lab.send(Port::Collector, "POST /api/v0/report", &foreign, "{}").await.0, 403);
    let (_, report) = verify(&lab, &[]).await;
    lab.signal(Signal::TERM);
    let lab = lab.again(&["lab"]).await;
    let kept = lab.json(Port::Collector, "/api/v0/report", &[]).await;
    assert_eq!((texts(&kept), &kept["summary"]["about"]), (texts(&report), &report["summary"]["about"]));
    assert_eq!(lab.status().await["verification"]["started"], kept["summary"]["started"]);
}

#[test]
fn a_bad_ledger_and_a_bad_address_are_reported() {
    let scratch = Scratch::new();
    let bad = scratch.write("bad.jsonl", "{\"user\": 1}\n");
    let output = run(&["verify", "--ledger", &bad]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("bad.jsonl, line 1: "), "{}", stderr(&output));
    let output = run(&["verify", "--prometheus-url", "localhost"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("not a server's URL"), "{}", stderr(&output));
}

/// Traffic that no lab has started, gone with the value.
pub(crate) struct Generator {
    child: std::process::Child,
    /// Its control address.
    pub(crate) control: String,
}

impl Generator {
    /// Two users who do not end, at the frontend of a lab.
    pub(crate) fn start(lab: &Lab) -> Self {
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        let control = free.local_addr().expect("bound").to_string();
        drop(free);
        let offset = lab.offset().to_string();
        let options = ["traffic", "--users=2", "--max-rolls=endless", "--think=0s..200ms", "--log-json"];
        let mut command = dicelab(&[&options[..], &["--control", &control, "--port-offset", &offset]].concat());
        command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
        Self { child: command.spawn().expect("started"), control: format!("http://{control}") }
    }
}

impl Drop for Generator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Asserts that no reconciliation failed, and that all were judged but for those that a busy machine left open: requests whose
/// answers did not arrive in time.
pub(crate) fn is_reconciled(report: &Value) {
    let all = texts(report);
    let is_open = |message: &Value| {
        let message = message.as_str().unwrap_or_default();
        message.contains("the machine is too busy") || message.contains("answers did not arrive")
    };
    let of_area = |check: &&[&Value; 3]| check[0].as_str().is_some_and(|id| id.starts_with("reconciliation/"));
    let is_good = |[_, status, message]: &&[&Value; 3]| *status == "pass" || (*status == "skip" && is_open(message));
    let bad: Vec<_> = all.iter().filter(of_area).filter(|check| !is_good(check)).collect();
    assert!(bad.is_empty(), "{bad:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn traffic_that_no_lab_has_started_is_held_by_its_control_address() {
    let lab = Lab::start(Scratch::new(), &["up", "--no-traffic", "--in-memory", "--scrape-interval", "500ms"]).await;
    let generator = Generator::start(&lab);
    let requests = "sum(frontend_requests_total{status=\"received\"})";
    let sent = async |more: f64| {
        lab_testkit::eventually::eventually(|| async {
            let now = lab.promql(requests).await;
            if now > more { Ok(now) } else { Err(format!("{now} requests, not more than {more}")) }
        })
        .await
    };
    sent(5.0).await;
    let (_, report) = verify(&lab, &["--traffic-url", &generator.control]).await;
    is_reconciled(&report);
    // It goes on.
    let then = lab.promql(requests).await;
    sent(then).await;
}
