//! A foreign application: a till in Python, a shelf in Node and a page in a browser, instrumented with the stock SDKs of
//! OpenTelemetry (`tests/foreign`, which `make foreign` installs). All that they send is there, and one trace joins it. A
//! second page has Grafana's Faro web SDK.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::response::Html;
use axum::routing::get;
use dicelab::ports::Port;
use lab_testkit::eventually::eventually;
use lab_testkit::server::TestServer;
use serde_json::Value;

use crate::browser;
use crate::harness::{Lab, Scratch, dicelab, told};

/// Who takes part, in the order of the calls.
const SERVICES: [&str; 4] = ["till-grpc", "till-http", "shelf", "page"];

/// Where the application is.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/foreign")
}

/// What of the application is not installed; without it the test is skipped.
fn missing() -> Option<String> {
    let needed = [folder().join(".venv/installed"), folder().join("node_modules/faro.js"), browser::program()];
    needed.iter().find(|path| !path.exists()).map(|path| path.display().to_string())
}

/// Runs a program of the application to its end, with a script and its arguments; answers what it printed.
pub(crate) fn run(program: &str, script: &[&str], service: &str, variables: &[(&str, &str)]) -> String {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("OTEL_")) {
        command.env_remove(name);
    }
    command
        .arg(folder().join(script[0]))
        .args(&script[1..])
        .env("OTEL_SERVICE_NAME", service)
        .envs(variables.iter().copied());
    let output = command.stdin(Stdio::null()).output().expect("started");
    assert!(output.status.success(), "{service}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text").trim().to_owned()
}

/// The server of the pages.
async fn page() -> TestServer {
    let mut router = Router::new();
    for name in ["page", "faro"] {
        let script = std::fs::read_to_string(folder().join(format!("node_modules/{name}.js"))).unwrap_or_default();
        let html = format!("<!doctype html><title>{name}</title><script src=\"/{name}.js\"></script>");
        router = router
            .route(&format!("/{name}"), get(move || async move { Html(html) }))
            .route(&format!("/{name}.js"), get(move || async move { ([(CONTENT_TYPE, "text/javascript")], script) }));
    }
    TestServer::start(router).await
}

/// A lab that pages may send to, and the server of the pages.
struct Scene {
    lab: Lab,
    page: TestServer,
    /// Where the pages are from.
    origin: String,
}

/// Starts both; nothing, which is said, where the application is not installed.
async fn scene() -> Option<Scene> {
    if let Some(missing) = missing() {
        eprintln!("{missing} is not there, so this test does nothing; `make foreign` installs the application");
        return None;
    }
    let page = page().await;
    let origin = page.url("");
    let lab = Lab::start(Scratch::new(), &["lab", "--in-memory", "--cors-origin", &origin]).await;
    Some(Scene { lab, page, origin })
}

/// Asks until all services are in the answer, as `found` finds them.
async fn until_all(lab: &Lab, port: Port, path: &str, query: &[(&str, &str)], found: fn(&Value) -> Vec<String>) {
    eventually(|| async {
        let answer = lab.json(port, path, query).await;
        let found = found(&answer);
        let missing: Vec<_> = SERVICES.iter().filter(|service| !found.iter().any(|one| one == *service)).collect();
        if missing.is_empty() { Ok(()) } else { Err(format!("{path} {query:?}: {missing:?} are missing in {answer}")) }
    })
    .await;
}

fn texts(values: &Value, path: &str) -> Vec<String> {
    let list = values.as_array().into_iter().flatten();
    list.filter_map(|one| Some(one.pointer(path)?.as_str()?.to_owned())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_application_shows_all_its_signals_in_one_trace() {
    let Some(Scene { lab, page: _page, origin }) = scene().await else { return };
    let url = |port| format!("http://localhost:{}", lab.number(port));
    let (grpc, http) = (url(Port::OtlpGrpc), url(Port::OtlpHttp));
    let python = folder().join(".venv/bin/python").display().to_string();
    let endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
    let protocol = "OTEL_EXPORTER_OTLP_PROTOCOL";
    let first = run(&python, &["till.py"], SERVICES[0], &[(endpoint, &grpc), (protocol, "grpc")]);
    let over_http = [(endpoint, &*http), (protocol, "http/protobuf"), ("TRACEPARENT", &*first)];
    let second = run(&python, &["till.py"], SERVICES[1], &over_http);
    run("node", &["shelf.mjs"], SERVICES[2], &[(endpoint, &http), ("TRACEPARENT", &second)]);
    let profile = Scratch::new();
    let _browser = browser::open(&profile, &format!("{origin}/page?endpoint={http}&traceparent={second}"));

    let trace = first.split('-').nth(1).expect("a trace id");
    until_all(&lab, Port::Traces, &format!("/api/traces/{trace}"), &[], |answer| {
        let batches = answer.get("batches").or_else(|| answer.get("resourceSpans"));
        let attributes = batches.and_then(Value::as_array).into_iter().flatten();
        attributes.flat_map(|batch| texts(&batch["resource"]["attributes"], "/value/stringValue")).collect()
    })
    .await;
    let lines = format!("{{service_name=~\".+\"}} | trace_id=\"{trace}\"");
    let query = [("query", lines.as_str()), ("since", "1h")];
    until_all(&lab, Port::Logs, "/loki/api/v1/query_range", &query, |answer| {
        texts(&answer["data"]["result"], "/stream/service_name")
    })
    .await;
    for metric in
        ["till_sales_total or shelf_looks_total", "till_duration_seconds_count or shelf_duration_milliseconds_count"]
    {
        until_all(&lab, Port::Metrics, "/api/v1/query", &[("query", metric)], |answer| {
            texts(&answer["data"]["result"], "/metric/job")
        })
        .await;
    }
    let exemplars = [("query", "till_sales_total"), ("start", "0"), ("end", "4102444800")];
    let answer = lab.json(Port::Metrics, "/api/v1/query_exemplars", &exemplars).await;
    let mut found = texts(&answer["data"], "/exemplars/0/labels/trace_id");
    found.dedup();
    assert_eq!(found, [trace], "{answer}");
}

#[test]
fn a_foreign_application_runs_under_dicelab_run_and_its_faults_are_told() {
    if !folder().join(".venv/installed").exists() {
        eprintln!("the till is not installed, so this test does nothing; `make foreign` installs the application");
        return;
    }
    let scratch = Scratch::new();
    let expect = r#"
expect:
- {traceql: '{ resource.service.name = "till" && name = "sale" }', traces: "== 1", no_errors: true}
- {promql: 'sum(increase(till_sales_total{job="till"}[$run]))', is: "== 3"}
- {logql: '{service_name="till"} |= "three apples sold"', is: "== 1"}
- {logql: '{service_name="till"} |= "three apples sold"', traced: true}
- {conventions: true}
- {dropped: nothing}
"#;
    let file = scratch.write("dicelab.yaml", expect);
    let python = folder().join(".venv/bin/python").display().to_string();
    let till = folder().join("till.py").display().to_string();
    for protocol in ["grpc", "http/protobuf"] {
        let run = |service: &str, script: &str| {
            let mut command = dicelab(&["run", "--expect", &file, "--", &python, script]);
            command.env("OTEL_SERVICE_NAME", service).env("OTEL_EXPORTER_OTLP_PROTOCOL", protocol);
            command.output().expect("started")
        };
        told(&run("till", &till), 0, &["all 6 expectations hold", "traces from till"]);
        told(&run("tall", &till), 1, &["no traces came with service.name \"till\"", "did you mean \"tall\"?"]);
        let sold = std::fs::read_to_string(&till).expect("the till").replace("sales.add(3,", "sales.add(4,");
        let sold = scratch.write("till.py", &sold.replace("three apples", "four apples"));
        told(&run("till", &sold), 1, &["expected  == 3", "got       4", "got       no line"]);
    }
}

/// What the page with Faro does, as the lines that come of it: their kind, and what stands in them.
const FARO_LINES: [(&str, &str); 6] = [
    ("event", "event_name=session_start"),
    ("event", "event_name=look event_domain=shop event_data_kind=apple"),
    ("log", "message=\"the window is open\" level=log context_kind=apple"),
    ("log", "message=\"the shop closes soon\" level=warn"),
    ("measurement", "value_weight=0.30000000000000004"),
    ("exception", "type=TypeError value=\"no apples\" stacktrace=\"TypeError: no apples"),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_page_with_the_faro_sdk_shows_its_lines_and_its_trace() {
    let Some(Scene { lab, page: _page, origin }) = scene().await else { return };
    let profile = Scratch::new();
    let http = format!("http://localhost:{}", lab.number(Port::OtlpHttp));
    let _browser = browser::open(&profile, &format!("{origin}/faro?endpoint={http}"));
    for (kind, text) in FARO_LINES {
        let query =
            format!("{{service_name=\"window\", deployment_environment=\"test\"}} | kind=\"{kind}\" |= `{text}`");
        eventually(|| async {
            let query = [("query", query.as_str()), ("since", "1h")];
            let answer = lab.json(Port::Logs, "/loki/api/v1/query_range", &query).await;
            let line = answer["data"]["result"][0]["values"][0][1].as_str().unwrap_or_default().to_owned();
            let whole = line.contains("app_version=1.2.3")
                && line.contains("session_id=")
                && line.contains("sdk_name=faro-web");
            if whole { Ok(()) } else { Err(format!("{query:?}: {answer}")) }
        })
        .await;
    }
    let spans = [("q", "{ resource.service.name = \"window\" && name = \"look\" }")];
    let trace = eventually(|| async {
        let answer = lab.json(Port::Traces, "/api/search", &spans).await;
        // A search shows ids without leading zeros, lines have all of their digits.
        answer["traces"][0]["traceID"].as_str().map(|id| format!("{id:0>32}")).ok_or_else(|| answer.to_string())
    })
    .await;
    let of_trace = format!("{{service_name=\"window\"}} | trace_id=\"{trace}\"");
    let answer =
        lab.json(Port::Logs, "/loki/api/v1/query_range", &[("query", of_trace.as_str()), ("since", "1h")]).await;
    let mut kinds = texts(&answer["data"]["result"], "/stream/kind");
    kinds.sort();
    assert_eq!(kinds, ["event", "exception", "log", "measurement"], "{answer}");
}
