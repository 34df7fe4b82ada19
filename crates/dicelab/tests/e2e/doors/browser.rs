//! A real browser, and in it a page of another origin that tries every route of every port in every way a page can.

use std::sync::{Arc, Mutex};

use dicelab::ports::Port;
use lab_testkit::eventually::eventually;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::{ROUTES, now_ns};
use crate::browser;
use crate::harness::{Lab, Scratch};

/// What the page runs: each route by `fetch` (plainly, without reading, and in a way for which a browser asks first),
/// by a form, as an image and as a script, and the sockets; what came of it goes to the page's own server.
const SCRIPT: &str = include_str!("stranger.js");
/// Ways in which the page tries each route.
const WAYS: usize = 6;
/// Routes that change something, besides those of [`ROUTES`].
const MORE: [(Port, &str); 3] = [
    (Port::Collector, "POST /api/v0/faults"),
    (Port::Dashboards, "POST /api/lab/traffic/pause"),
    (Port::Metrics, "POST /api/v1/admin/tsdb/delete_series?match[]=up"),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_another_origin_changes_nothing_and_reads_nothing_in_a_real_browser() {
    let program = browser::program();
    if !program.exists() {
        eprintln!("there is no browser at {}, so this test does nothing; CHROMIUM names another", program.display());
        return;
    }
    let lab = Lab::up(&["--in-memory", "--enable-admin-api"]).await;
    let before = state(&lab).await;
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
    let number = listener.local_addr().expect("bound").port();
    let reports = Arc::new(Mutex::new(Vec::new()));
    let stranger = tokio::spawn(serve(listener, page(&lab), reports.clone()));
    // By its address the page is of another site than `localhost`; by the name it is of the same site.
    for host in ["127.0.0.1", "localhost"] {
        reports.lock().expect("no panic").clear();
        let profile = Scratch::new();
        let _browser = browser::open(&profile, &format!("http://{host}:{number}/"));
        let report: Value = eventually(|| async {
            reports.lock().expect("no panic").first().cloned().ok_or("the page has not reported yet")
        })
        .await;
        let tried = report.as_array().expect("a list");
        assert_eq!(tried.len(), (ROUTES.len() + MORE.len()) * WAYS + 2);
        let succeeded: Vec<_> = tried.iter().filter(|attempt| attempt["got"] != Value::Null).collect();
        assert!(succeeded.is_empty(), "from {host}: {succeeded:#?}");
        assert_eq!(state(&lab).await, before, "from {host}");
    }
    stranger.abort();
}

/// What a stranger could have changed.
async fn state(lab: &Lab) -> Value {
    let status = lab.status().await;
    let processes = status["processes"].as_array().expect("a list");
    let spans = [("q", "{ resource.service.name = \"stranger\" }")];
    json!({
        "restarts": processes.iter().map(|process| process["restarts"].clone()).collect::<Vec<_>>(),
        "faults": status["faults"],
        "traffic": status["traffic"],
        "requests": lab.counter(Port::Frontend, "frontend_requests_total", &[]).await,
        "lines": lab.json(Port::Logs, "/loki/api/v1/label/stranger/values", &[]).await["data"],
        "spans": lab.json(Port::Traces, "/api/search", &spans).await["traces"],
        "dashboards": lab.json(Port::Dashboards, "/api/search", &[]).await.as_array().map(Vec::len),
    })
}

/// The page of the stranger: what it tries, and how.
fn page(lab: &Lab) -> String {
    let now = now_ns();
    let line = json!({"streams": [{"stream": {"stranger": "here"}, "values": [[now, "a line"]]}]});
    let span = json!({"traceId": "5b8efff798038103d269b633813fc60c", "spanId": "eee19b7ec3c1b174", "name": "s",
        "kind": 2, "startTimeUnixNano": now, "endTimeUnixNano": now});
    let name = json!({"key": "service.name", "value": {"stringValue": "stranger"}});
    let spans = json!({"resourceSpans": [{"resource": {"attributes": [name]}, "scopeSpans": [{"spans": [span]}]}]});
    let board = json!({"dashboard": {"title": "stranger", "panels": []}, "overwrite": true});
    let route = |(port, request): &(Port, &str)| {
        let (method, path) = request.split_once(' ').expect("a method and a path");
        let body = match path {
            path if path.ends_with("/push") => line.to_string(),
            "/v1/traces" => spans.to_string(),
            "/api/dashboards/db" => board.to_string(),
            "/api/v0/faults" => "blocking".to_owned(),
            _ => String::new(),
        };
        json!({"method": method, "url": format!("http://localhost:{}{path}", lab.number(*port)), "body": body})
    };
    let routes: Vec<_> = ROUTES.iter().chain(&MORE).map(route).collect();
    let tail = format!("ws://localhost:{}/loki/api/v1/tail?query={{a=~\".*\"}}", lab.number(Port::Logs));
    let live = format!("ws://localhost:{}/api/live/ws", lab.number(Port::Dashboards));
    let tries = json!({"routes": routes, "sockets": [tail, live]});
    format!("<!doctype html><html><body><script>const tries = {tries};\n{SCRIPT}</script></body></html>")
}

/// The stranger's own server: its page, and where the page reports to.
async fn serve(listener: TcpListener, page: String, reports: Arc<Mutex<Vec<Value>>>) {
    while let Ok((stream, _)) = listener.accept().await {
        let (page, reports) = (page.clone(), reports.clone());
        tokio::spawn(async move {
            if let Some(report) = answer(stream, &page).await {
                reports.lock().expect("no panic").push(report);
            }
        });
    }
}

/// Answers one request with the page; what a `POST` brought.
async fn answer(mut stream: TcpStream, page: &str) -> Option<Value> {
    let mut request = Vec::new();
    let report = loop {
        if stream.read_buf(&mut request).await.ok()? == 0 {
            return None;
        }
        let text = String::from_utf8_lossy(&request).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length =
            head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
        if body.len() >= length.unwrap_or(0) {
            break head.starts_with("POST").then(|| serde_json::from_str(body).expect("a report"));
        }
    };
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\nContent-Length";
    let _ = stream.write_all(format!("{head}: {}\r\n\r\n{page}", page.len()).as_bytes()).await;
    report
}
