//! The collector's status, in Alloy's place:
//!
//! | Request | Answer |
//! |---|---|
//! | `GET /` | the page: processes, scrape targets, containers, signals, stores |
//! | `GET /api/v0/status` | the same as JSON |
//! | `GET /-/ready`, `GET /-/healthy` | 200 |

use std::fmt::Write;
use std::time::{Duration, SystemTime};

use axum::extract::State;
use axum::response::Html;
use axum::routing::get;
use axum::{Json, Router};
use lab_model::{duration, size};
use lab_supervisor::{ProcessState, ProcessStatus};

use crate::app::clock::now_ns;
use crate::app::status::{Signal, Sources, Status};
use crate::pages::html::{Cell, Escaped, document, section};

/// The page refreshes itself this often, in seconds.
const REFRESH: &str = "<meta http-equiv=\"refresh\" content=\"5\">";

/// The routes of this page.
pub fn router(sources: Sources) -> Router {
    Router::new()
        .route("/", get(page))
        .route("/api/v0/status", get(json))
        .route("/-/ready", get(|| async { "ready\n" }))
        .route("/-/healthy", get(|| async { "healthy\n" }))
        .with_state(sources)
}

async fn json(State(sources): State<Sources>) -> Json<Status> {
    Json(sources.status())
}

async fn page(State(sources): State<Sources>) -> Html<String> {
    Html(render(&sources.status()))
}

fn render(status: &Status) -> String {
    let mut body = format!(
        "<p class=\"dim\">Dicelab {} · running for {} · refreshed every 5 s · <a href=\"/api/v0/status\">as JSON</a> · \
         <a href=\"/metrics\">as metrics</a></p>",
        Escaped(status.version),
        Escaped(&rounded(status.uptime))
    );
    let processes: Vec<_> = status.processes.iter().map(process).collect();
    let columns = ["Process", "State", "PID", "Running for", "Restarts", "Last exit"];
    body +=
        &section("Processes found", &columns, &processes, "None: the lab runs alone, or with services of your own.");
    let containers = status.containers.iter().map(|(name, counts)| {
        vec![
            Cell::Text(name.clone()),
            Cell::Number(counts.lines.to_string()),
            Cell::Number(size::format(counts.bytes)),
            Cell::Number(counts.undecoded.to_string()),
            Cell::Number(counts.rejected.to_string()),
        ]
    });
    let columns = ["Container", "Lines", "Bytes", "Not JSON", "Refused"];
    body += &section("Log collection", &columns, &containers.collect::<Vec<_>>(), "No containers.");
    let signals: Vec<_> = status.signals.iter().map(signal).collect();
    let columns = ["Signal", "Received", "Dropped", "Evicted", "Streams", "In memory", "Stored", "Oldest", "Commits"];
    body += &section("Signals", &columns, &signals, "");
    let requests = status.requests.by_class().filter(|one| one.requests > 0).map(|one| {
        vec![
            Cell::Text(one.port.what().to_owned()),
            Cell::Text(one.class.to_owned()),
            Cell::Number(one.requests.to_string()),
        ]
    });
    body +=
        &section("Requests answered", &["Server", "Status", "Requests"], &requests.collect::<Vec<_>>(), "None yet.");
    document("Collector", REFRESH, &body)
}

fn process(process: &ProcessStatus) -> Vec<Cell> {
    let running_for = process
        .started
        .filter(|_| process.pid.is_some())
        .map(|started| rounded(SystemTime::now().duration_since(started).unwrap_or_default()));
    vec![
        Cell::Text(process.name.clone()),
        Cell::Verdict(process.state == ProcessState::Running, process.state.as_str().to_owned()),
        Cell::Number(process.pid.map(|pid| pid.to_string()).unwrap_or_default()),
        Cell::Text(running_for.unwrap_or_default()),
        Cell::Number(process.restarts.to_string()),
        Cell::Text(process.last_exit.clone().unwrap_or_default()),
    ]
}

fn signal(signal: &Signal) -> Vec<Cell> {
    let mut dropped = String::new();
    for (reason, count) in signal.dropped.iter().filter(|(_, count)| **count > 0) {
        // Writing to a string cannot fail.
        let _ = write!(dropped, "{}{count} {reason}", if dropped.is_empty() { "" } else { ", " });
    }
    let none_dropped = dropped.is_empty();
    let age = signal.oldest_ms.map(|oldest| {
        let ms = (now_ns() / 1_000_000).saturating_sub(oldest).max(0);
        format!("{} ago", rounded(Duration::from_millis(ms.unsigned_abs())))
    });
    vec![
        Cell::Text(signal.name.to_owned()),
        Cell::Number(format!("{} {}", signal.received, signal.unit)),
        if none_dropped { Cell::Text("none".into()) } else { Cell::Verdict(false, dropped) },
        Cell::Number(signal.evicted.to_string()),
        Cell::Number(signal.streams.map(|streams| streams.to_string()).unwrap_or_default()),
        Cell::Number(size::format(signal.memory_bytes)),
        Cell::Number(size::format(signal.stored_bytes)),
        Cell::Text(age.unwrap_or_default()),
        Cell::Verdict(signal.last_error.is_none(), signal.last_error.clone().unwrap_or_else(|| "good".into())),
    ]
}

fn rounded(time: Duration) -> String {
    duration::format(Duration::from_secs(time.as_secs()))
}
