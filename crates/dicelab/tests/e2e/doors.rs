//! The doors of a running lab: every route of every port, and who may use it.

mod browser;
mod passwords;
mod secrets;

use dicelab::ports::Port;
use serde_json::json;

use crate::harness::{Lab, PORTS, Scratch};

/// Every kind of route of every port.
const ROUTES: [(Port, &str); 41] = [
    (Port::DieService, "GET /"),
    (Port::DieService, "GET /dice"),
    (Port::DieService, "GET /metrics"),
    (Port::DieService, "GET /healthz"),
    (Port::DiceRoller, "GET /roll?die=fair"),
    (Port::DiceRoller, "GET /roll-async?die=fair&times=2"),
    (Port::DiceRoller, "GET /readyz"),
    (Port::Frontend, "GET /"),
    (Port::Frontend, "GET /?die=fair"),
    (Port::Frontend, "GET /roll?die=fair"),
    (Port::Frontend, "GET /nowhere"),
    (Port::Dashboards, "GET /"),
    (Port::Dashboards, "GET /api/health"),
    (Port::Dashboards, "GET /api/search"),
    (Port::Dashboards, "GET /api/lab/status"),
    (Port::Dashboards, "GET /metrics"),
    (Port::Dashboards, "POST /api/dashboards/db"),
    (Port::Dashboards, "DELETE /api/dashboards/uid/x"),
    (Port::Dashboards, "POST /api/lab/processes/frontend-stage4/restart"),
    (Port::Dashboards, "GET /api/datasources/proxy/uid/prometheus/api/v1/query?query=1"),
    (Port::Dashboards, "POST /api/datasources/proxy/uid/prometheus/-/reload"),
    (Port::Dashboards, "POST /api/datasources/proxy/uid/loki/loki/api/v1/push"),
    (Port::Dashboards, "GET /api/datasources/proxy/uid/loki/loki/api/v1/labels"),
    (Port::Dashboards, "GET /api/datasources/proxy/uid/tempo/api/search"),
    (Port::Metrics, "GET /api/v1/query?query=1"),
    (Port::Metrics, "GET /targets"),
    (Port::Metrics, "GET /api/v1/status/config"),
    (Port::Metrics, "POST /api/v1/write"),
    (Port::Metrics, "POST /api/v1/otlp/v1/metrics"),
    (Port::Metrics, "POST /api/v1/admin/tsdb/snapshot"),
    (Port::Metrics, "POST /-/reload"),
    (Port::Metrics, "POST /-/quit"),
    (Port::Logs, "GET /loki/api/v1/labels"),
    (Port::Logs, "POST /loki/api/v1/push"),
    (Port::Traces, "GET /api/search"),
    (Port::OtlpHttp, "POST /v1/traces"),
    (Port::OtlpHttp, "OPTIONS /v1/logs"),
    (Port::OtlpGrpc, "POST /opentelemetry.proto.collector.trace.v1.TraceService/Export"),
    (Port::Collector, "GET /"),
    (Port::Collector, "GET /api/v0/status"),
    (Port::Collector, "POST /api/v0/traffic/pause"),
];

/// What a browser says of a request that another site's page makes.
const FOREIGN: [&[(&str, &str)]; 3] = [
    &[("Origin", "http://evil.example")],
    &[("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "no-cors")],
    &[("Origin", "null"), ("Sec-Fetch-Site", "cross-site")],
];

#[tokio::test]
async fn another_sites_page_reads_nothing_and_changes_nothing_on_any_port() {
    let lab = Lab::up(&["--in-memory"]).await;
    let rolled = lab.counter(Port::Frontend, "frontend_requests_total", &[]).await;
    for (port, request) in ROUTES {
        for headers in FOREIGN {
            let (status, body) = lab.send(port, request, headers, "").await;
            assert_eq!(status, 403, "{} {request} {headers:?}: {body}", port.what());
        }
    }
    assert_eq!(lab.counter(Port::Frontend, "frontend_requests_total", &[]).await, rolled, "no dice were rolled");
    assert_eq!(lab.status().await["processes"][0]["restarts"], 0);

    // A link on another site leads to the pages, and to nothing else.
    let link = [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document")];
    for (port, request) in ROUTES {
        let is_page = matches!(
            (port, request),
            (Port::Frontend | Port::Collector | Port::Dashboards | Port::DieService, "GET /")
                | (Port::Metrics, "GET /targets")
        );
        let (status, body) = lab.send(port, request, &link, "").await;
        assert_eq!(status == 403, !is_page, "{} {request}: {status} {body}", port.what());
    }
}

#[tokio::test]
async fn every_port_wants_exactly_one_host() {
    let lab = Lab::up(&["--in-memory"]).await;
    for port in PORTS {
        let number = lab.number(port);
        assert_eq!(status_of(number, "GET /metrics HTTP/1.1\r\n").await, 400, "{}: none", port.what());
        let two = format!("GET /metrics HTTP/1.1\r\nHost: localhost:{number}\r\nHost: localhost:{number}\r\n");
        assert_eq!(status_of(number, &two).await, 400, "{}: two", port.what());
        let rebound = status_of(number, "GET /metrics HTTP/1.1\r\nHost: evil.example\r\n").await;
        assert_eq!(rebound, 403, "{}: a name of someone else's", port.what());
        let good = status_of(number, &format!("GET /metrics HTTP/1.1\r\nHost: localhost:{number}\r\n")).await;
        assert_eq!(good, 200, "{}", port.what());
        assert_eq!(status_of(number, "GET /metrics HTTP/1.0\r\n").await, 200, "{}: HTTP/1.0", port.what());
    }
}

#[tokio::test]
async fn a_page_of_a_listed_origin_sends_telemetry_and_reads_it() {
    let lab = Lab::start(Scratch::new(), &["lab", "--in-memory", "--cors-origin", "http://localhost:5173"]).await;
    let page = ("Origin", "http://localhost:5173");
    let asks = [page, ("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "content-type")];
    for (port, path, allowed) in [
        (Port::OtlpHttp, "/v1/traces", true),
        (Port::Logs, "/loki/api/v1/push", true),
        (Port::Metrics, "/api/v1/query", true),
        (Port::Metrics, "/-/reload", false),
        (Port::Dashboards, "/api/dashboards/db", false),
        (Port::Collector, "/api/v0/traffic/pause", false),
    ] {
        let (status, body) = lab.send(port, &format!("OPTIONS {path}"), &asks, "").await;
        assert_eq!(status, if allowed { 204 } else { 403 }, "{path}: {body}");
    }
    let push = json!({"streams": [{"stream": {"app": "page"}, "values": [[now_ns(), "from a browser"]]}]}).to_string();
    let headers = [page, ("Content-Type", "application/json")];
    let (status, body) = lab.send(Port::Logs, "POST /loki/api/v1/push", &headers, &push).await;
    assert_eq!(status, 204, "{body}");
    let (status, body) = lab.send(Port::Logs, "GET /loki/api/v1/label/app/values", &[page], "").await;
    assert!(status == 200 && body.contains("page"), "{status} {body}");
    assert_eq!(lab.send(Port::Metrics, "POST /-/reload", &[page], "").await.0, 403);
}

#[tokio::test]
async fn what_the_lab_keeps_belongs_to_its_user_alone() {
    use std::os::unix::fs::PermissionsExt;
    let lab = Lab::start(Scratch::new(), &["lab"]).await;
    let mut folders = vec![lab.scratch.path().join("data")];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        let mode = |path: &std::path::Path| path.metadata().expect("there").permissions().mode() & 0o777;
        assert_eq!(mode(&folder), 0o700, "{}", folder.display());
        for entry in std::fs::read_dir(&folder).expect("readable").map(|entry| entry.expect("an entry").path()) {
            if entry.is_dir() {
                folders.push(entry);
            } else {
                files += 1;
                assert_eq!(mode(&entry) & 0o077, 0, "{}", entry.display());
            }
        }
    }
    assert!(files >= 3, "one database a signal, not {files} files");
}

fn now_ns() -> String {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    since.as_nanos().to_string()
}

/// The status of the answer to a head without its last line.
async fn status_of(port: u16, head: &str) -> u16 {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", port)).await.expect("connected");
    stream.write_all(format!("{head}Connection: close\r\n\r\n").as_bytes()).await.expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("answered");
    answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_else(|| panic!("no status: {answer:?}"))
}
