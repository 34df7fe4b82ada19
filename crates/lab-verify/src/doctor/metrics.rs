//! The way of a metric: shown by the service, fetched, stored, drawn.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use chrono::{DateTime, Utc};
use lab_dashboards::Library;
use serde_json::Value;
use tokio::time::sleep;

use super::path::{Finding, Path, trouble};
use super::patient::Patient;
use super::words::{METRICS, grouped, said, seconds, without_number};
use crate::event::until;
use crate::stack::prometheus::Target;
use crate::stack::services::Service;

/// Between scrapes, where the server does not say.
const INTERVAL: Duration = Duration::from_secs(15);
/// A machine under load may be late by this much.
const LATE: Duration = Duration::from_secs(5);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(200);
/// The dashboard whose queries are tried.
const DASHBOARD: &str = "stage4-async-rolling";

pub(super) async fn walk(patient: &Patient<'_>) -> Path {
    let mut path = Path::new("metrics", &["exposed", "scraped", "stored", "drawn"]);
    let _ = async {
        path.pass(exposed(patient).await)?;
        let (finding, interval) = scraped(patient).await;
        path.pass(finding)?;
        path.pass(stored(patient, interval).await)?;
        path.pass(drawn(patient).await)
    }
    .await;
    path
}

async fn exposed(patient: &Patient<'_>) -> Finding {
    let mut counts = Vec::new();
    for service in &patient.alive {
        match patient.stack.services.metrics(*service).await {
            Ok(samples) if samples.iter().any(|sample| sample.name() == "http_requests_total") => {
                counts.push(format!("{service} {}", grouped(samples.len() as u64)));
            }
            Ok(_) => {
                return trouble(
                    format!("/metrics of {service} shows no http_requests_total"),
                    format!("curl {}/metrics: is that {service}?", patient.stack.services.base(*service)),
                );
            }
            Err(error) => {
                return trouble(said(&error), format!("{service} must show its metrics before anybody can fetch them"));
            }
        }
    }
    if counts.is_empty() {
        return trouble("no service listens", "start the services");
    }
    Ok(format!("series of {}", counts.join(", ")))
}

/// Whether every service that listens is fetched, and how often. A target that was not tried yet, or that failed once, is
/// given time for another scrape.
async fn scraped(patient: &Patient<'_>) -> (Finding, Duration) {
    let began = Instant::now();
    loop {
        let targets = match patient.stack.prometheus.targets().await {
            Ok(targets) => targets,
            Err(error) => return (Err(METRICS.trouble(patient, &error)), INTERVAL),
        };
        let ours: Vec<(Service, &Target)> =
            patient.alive.iter().filter_map(|service| Some((*service, of_job(&targets, *service)?))).collect();
        let intervals = ours.iter().filter_map(|(_, target)| lab_model::duration::parse(&target.scrape_interval).ok());
        let interval = intervals.max().unwrap_or(INTERVAL);
        let all_up = ours.iter().all(|(_, target)| target.health == "up");
        if !all_up && began.elapsed() < interval + LATE && !patient.stop.is_cancelled() {
            sleep(PAUSE).await;
            continue;
        }
        return (judge_targets(patient, &targets, interval), interval);
    }
}

fn of_job(targets: &[Target], service: Service) -> Option<&Target> {
    targets.iter().find(|target| target.labels.get("job").map(String::as_str) == Some(service.stage4()))
}

fn judge_targets(patient: &Patient<'_>, targets: &[Target], interval: Duration) -> Finding {
    let mut oldest = Duration::ZERO;
    for service in &patient.alive {
        let job = service.stage4();
        let Some(target) = of_job(targets, *service) else {
            let jobs: Vec<&str> = targets.iter().filter_map(|one| one.labels.get("job").map(String::as_str)).collect();
            return trouble(
                format!("there is no target of job {job}; the jobs there are: {}", jobs.join(", ")),
                "add it to the scrape configuration (deploy/prometheus/prometheus.yml and the target files that it \
                 names; with a --scrape-config of your own, to that), or mend its job label",
            );
        };
        if target.health != "up" {
            let why = if target.last_error.is_empty() { "not scraped yet" } else { &target.last_error };
            return trouble(
                format!("{job} is {}: {}", target.health, without_number(why)),
                format!(
                    "{service} answers at {}: is the target's address right, and can the scraper reach it?",
                    patient.stack.services.base(*service)
                ),
            );
        }
        if let Ok(last) = DateTime::parse_from_rfc3339(&target.last_scrape) {
            oldest = oldest.max((Utc::now() - last.to_utc()).to_std().unwrap_or_default());
        }
    }
    if oldest > interval * 3 + LATE {
        let found = format!("the last scrape was {} ago, one is due every {}", seconds(oldest), seconds(interval));
        return trouble(found, "the scraper hangs: look at its messages, restart it");
    }
    let count = patient.alive.len();
    Ok(format!("{count} targets up, scraped every {}", seconds(interval)))
}

async fn stored(patient: &Patient<'_>, interval: Duration) -> Finding {
    let prometheus = &patient.stack.prometheus;
    let jobs: Vec<&str> = patient.alive.iter().map(|service| service.stage4()).collect();
    let query = format!("timestamp(up{{job=~\"{}\"}})", jobs.join("|"));
    let samples = match prometheus.query(&query, None).await {
        Ok(samples) => samples,
        Err(error) => {
            return Err(METRICS.trouble(patient, &error));
        }
    };
    if let Some(job) = jobs.iter().find(|job| !samples.iter().any(|sample| sample.label("job") == **job)) {
        return trouble(
            format!("up{{job=\"{job}\"}} has no sample of the last five minutes, though its target is up"),
            "samples are fetched and not kept: is the disk full (metric_relabel_configs, limits, clock)?",
        );
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
    let newest = samples.iter().map(|sample| sample.value).fold(now, f64::min);
    let age = Duration::from_secs_f64((now - newest).max(0.0));
    if age > interval * 3 + LATE {
        let found = format!("the newest sample is {} old, one is due every {}", seconds(age), seconds(interval));
        return trouble(found, "samples are fetched and not kept: is the disk full, is a clock wrong?");
    }
    let Some(event) = &patient.event else { return Ok(format!("newest sample {} old", seconds(age))) };
    let look = || event.missing_count(patient.stack);
    match until(event.answered, Patient::patience(interval), patient.stop, look).await {
        Ok(age) => Ok(format!("the request was counted {} after its answer", seconds(age))),
        Err(missing) => trouble(
            format!("the request is not counted: {missing}"),
            "the stored counter lags behind the service: is another process scraped under its job?",
        ),
    }
}

/// Whether the dashboard's queries give anything.
async fn drawn(patient: &Patient<'_>) -> Finding {
    let library = Library::shipped();
    let Some(dashboard) = library.get(DASHBOARD) else {
        return trouble(format!("the dashboard {DASHBOARD} is not shipped"), "install Dicelab anew");
    };
    let (mut drawn, mut empty) = (0, Vec::new());
    for (title, query) in queries(&dashboard.json) {
        match patient.stack.prometheus.query(&query.replace("$__rate_interval", "1m"), None).await {
            Ok(samples) if samples.is_empty() => empty.push(title),
            Ok(_) => drawn += 1,
            Err(error) => return trouble(format!("panel {title:?}: {error}"), format!("the query is {query}")),
        }
    }
    if drawn == 0 {
        return trouble(
            "no query of the dashboard gives a series",
            "wait a minute after the start of traffic, then ask again",
        );
    }
    let empty = if empty.is_empty() { String::new() } else { format!(", empty so far: {}", empty.join(", ")) };
    Ok(format!("{drawn} queries of the dashboard give series{empty}"))
}

/// Titles and PromQL queries of a dashboard's panels.
fn queries(dashboard: &Value) -> Vec<(String, String)> {
    let list = |value: &Value, key: &str| value.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    let mut queries = Vec::new();
    for panel in list(dashboard, "panels") {
        let inside = list(&panel, "panels");
        for panel in std::iter::once(panel).chain(inside) {
            let title = panel["title"].as_str().unwrap_or_default().to_owned();
            let of_prometheus = |target: &Value| {
                let source = target.pointer("/datasource/type").or(panel.pointer("/datasource/type"));
                source.and_then(Value::as_str) == Some("prometheus")
            };
            let targets = list(&panel, "targets").into_iter().filter(of_prometheus);
            queries.extend(targets.filter_map(|target| Some((title.clone(), target["expr"].as_str()?.to_owned()))));
        }
    }
    queries
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_dashboard_has_queries_to_try() {
        let dashboard = Library::shipped().get(DASHBOARD).expect("shipped");
        let queries = queries(&dashboard.json);
        assert!(queries.len() > 20, "{queries:?}");
        assert!(queries.iter().any(|(title, _)| title == "Total Async Rolls"));
    }
}
