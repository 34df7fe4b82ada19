//! The collector's status, in Alloy's place:
//!
//! | Request | Answer |
//! |---|---|
//! | `GET /` | the page: processes, scrape targets, containers, signals, the account of each signal |
//! | `GET /api/v0/status` | the same as JSON |
//! | `GET /-/ready`, `GET /-/healthy` | 200 |

use std::fmt::Write;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Html;
use axum::routing::get;
use axum::{Json, Router};
use lab_model::text::markup::escaped;
use lab_model::{duration, size};
use lab_supervisor::{ProcessState, ProcessStatus};

use crate::pages::html::{Cell, document, link, section};
use crate::parts::children::faults::ActiveFault;
use crate::parts::clock::now_ns;
use crate::parts::status::snapshot::{Signal, Sources, Status, Target};
use crate::parts::targets::collection::counts::FileCounts;

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

async fn json(State(sources): State<Sources>) -> Result<Json<Status>, StatusCode> {
    gather(sources, Json).await
}

async fn page(State(sources): State<Sources>) -> Result<Html<String>, StatusCode> {
    gather(sources, |status| Html(render(&status))).await
}

/// Gathers the status on a thread that may block: a store with a troubled disk answers late.
async fn gather<T: Send + 'static>(
    sources: Sources,
    show: impl FnOnce(Status) -> T + Send + 'static,
) -> Result<T, StatusCode> {
    let shown = tokio::task::spawn_blocking(move || show(sources.audited())).await;
    shown.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}

fn render(status: &Status) -> String {
    let mut body = format!(
        "<p class=\"dim\">Dicelab {} · running for {} · refreshed every 5 s · <a href=\"/api/v0/status\">as JSON</a> · \
         <a href=\"/metrics\">as metrics</a></p>",
        escaped(status.version),
        escaped(&rounded(status.uptime))
    );
    let faults: Vec<_> = status.faults.iter().map(fault).collect();
    if !faults.is_empty() {
        body += &section("Faults injected on purpose", &["Fault", "What it does", "Since"], &faults, "");
    }
    let processes: Vec<_> = status.processes.iter().map(process).collect();
    let columns = ["Process", "State", "PID", "Running for", "Restarts", "Last exit"];
    body +=
        &section("Processes found", &columns, &processes, "None: the lab runs alone, or with services of your own.");
    if let Some(until) = status.traffic.paused_until_ms {
        let left = Duration::from_millis((until - now_ns() / 1_000_000).max(0).unsigned_abs());
        // Writing to a string cannot fail.
        let _ = write!(body, "<p>The lab's own traffic is paused, for {} more at most.</p>", rounded(left));
    }
    if let Some(summary) = &status.verification {
        let class = if summary.good { "good" } else { "bad" };
        // Writing to a string cannot fail.
        let _ = write!(
            body,
            "<h2>Last verification</h2><p><span class=\"{class}\">{}</span>: {}, {} · \
             <a href=\"/api/v0/report\">the report as JSON</a></p>",
            escaped(&summary.counts()),
            escaped(&summary.about),
            escaped(&summary.started)
        );
    }
    let targets: Vec<_> = status.targets.iter().map(target).collect();
    let columns = ["Job", "Target", "Health", "Last scrape", "Took", "Error"];
    body += &section("Scrape targets", &columns, &targets, "None.");
    for problem in &status.target_problems {
        // Writing to a string cannot fail.
        let _ = write!(body, "<p class=\"bad\">{}</p>", escaped(problem));
    }
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
    body += &files(status.files);
    body += &signals(&status.signals);
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

/// What came from the files of `--logs-from`, if there were any.
fn files(counts: FileCounts) -> String {
    if counts == FileCounts::default() {
        return String::new();
    }
    let FileCounts { followed, lines, repaired, pieces, packed, leaves_out } = counts;
    let followed =
        if leaves_out { format!("{followed}; there are more, which are not read") } else { followed.to_string() };
    let counts = [lines, repaired, pieces, packed].map(|count| Cell::Number(count.to_string()));
    let row = std::iter::once(Cell::Number(followed)).chain(counts).collect();
    let columns = ["Followed", "Lines", "Not UTF-8", "Pieces of long lines", "Compressed, not read"];
    section("Log files", &columns, &[row], "")
}

/// What came of each signal, and where all of it is now.
fn signals(signals: &[Signal]) -> String {
    let rows: Vec<_> = signals.iter().map(signal).collect();
    let columns = [
        "Signal",
        "Received",
        "Dropped",
        "Ahead",
        "Evicted",
        "Streams",
        "In memory",
        "Stored",
        "Journal",
        "Oldest",
        "Commits",
    ];
    let accounts: Vec<_> = signals.iter().map(account).collect();
    let mut shown = section("Signals", &columns, &rows, "")
        + &section("Accounts", &["Signal", "Where everything that came is now"], &accounts, "");
    let damage = signals.iter().flat_map(|signal| signal.damage.iter().map(move |place| (signal.name, place)));
    let damage: Vec<_> =
        damage.map(|(name, place)| vec![Cell::Text(name.to_owned()), Cell::Verdict(false, place.clone())]).collect();
    if !damage.is_empty() {
        shown += &section("Damage", &["Signal", "What is damaged, and left out of answers"], &damage, "");
    }
    let units = signals.iter().filter_map(|signal| {
        let said = signal.other_unit.clone()?;
        Some(vec![Cell::Text(signal.name.to_owned()), Cell::Verdict(false, said)])
    });
    let units: Vec<_> = units.collect();
    if !units.is_empty() {
        shown += &section("Times in another unit", &["Signal", "The last such time"], &units, "");
    }
    shown
}

fn fault(fault: &ActiveFault) -> Vec<Cell> {
    vec![Cell::Verdict(false, fault.fault.clone()), Cell::Text(fault.about.to_owned()), Cell::Text(ago(fault.since_ms))]
}

fn process(process: &ProcessStatus) -> Vec<Cell> {
    let started_ms = process.started_ms.filter(|_| process.pid.is_some());
    let running_for = started_ms.map(|started| rounded(since(started as i64)));
    vec![
        Cell::Text(process.name.clone()),
        Cell::Verdict(process.state == ProcessState::Running, process.state.as_str().to_owned()),
        Cell::Number(process.pid.map(|pid| pid.to_string()).unwrap_or_default()),
        Cell::Text(running_for.unwrap_or_default()),
        Cell::Number(process.restarts.to_string()),
        Cell::Text(process.last_exit.clone().unwrap_or_default()),
    ]
}

fn target(target: &Target) -> Vec<Cell> {
    vec![
        Cell::Text(target.job.clone()),
        Cell::Html(link(&target.url, &target.url)),
        Cell::Verdict(target.health == "up", target.health.to_owned()),
        Cell::Text(target.last_scrape_ms.map(ago).unwrap_or_default()),
        Cell::Number(format!("{:.1} ms", target.last_duration_seconds * 1000.0)),
        Cell::Text(target.last_error.clone()),
    ]
}

fn signal(signal: &Signal) -> Vec<Cell> {
    let mut dropped = String::new();
    for (reason, count) in signal.dropped.iter().chain(&signal.refused_requests).filter(|(_, count)| **count > 0) {
        // Writing to a string cannot fail.
        let _ = write!(dropped, "{}{count} {reason}", if dropped.is_empty() { "" } else { ", " });
    }
    let none_dropped = dropped.is_empty();
    vec![
        Cell::Text(signal.name.to_owned()),
        Cell::Number(format!("{} {}", signal.received, signal.unit)),
        if none_dropped { Cell::Text("none".into()) } else { Cell::Verdict(false, dropped) },
        Cell::Number(signal.ahead.to_string()),
        Cell::Number(signal.evicted.to_string()),
        Cell::Number(signal.streams.map(|streams| streams.to_string()).unwrap_or_default()),
        Cell::Number(size::format(signal.memory_bytes)),
        Cell::Number(size::format(signal.stored_bytes)),
        Cell::Number(size::format(signal.journal_bytes)),
        Cell::Text(signal.oldest_ms.map(ago).unwrap_or_default()),
        Cell::Verdict(signal.last_error.is_none(), signal.last_error.clone().unwrap_or_else(|| "good".into())),
    ]
}

fn account(signal: &Signal) -> Vec<Cell> {
    let told = signal.account.as_ref().map_or_else(
        || Cell::Verdict(false, "what is kept cannot be counted; see the error under Commits".to_owned()),
        |account| Cell::Verdict(account.difference == 0, format!("{}: {account}", signal.unit)),
    );
    vec![Cell::Text(signal.name.to_owned()), told]
}

fn ago(ms: i64) -> String {
    format!("{} ago", rounded(since(ms)))
}

/// How long before now a time in milliseconds is.
fn since(ms: i64) -> Duration {
    let ms = (now_ns() / 1_000_000).saturating_sub(ms).max(0);
    Duration::from_millis(ms.unsigned_abs())
}

fn rounded(time: Duration) -> String {
    duration::format(Duration::from_secs(time.as_secs()))
}
