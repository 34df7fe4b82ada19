//! The way of a metric: shown by the service, fetched, stored, drawn.

use std::time::Duration;

use chrono::DateTime;
use lab_dashboards::Library;
use serde_json::Value;

use crate::doctor::examination::Examination;
use crate::doctor::hop::{Finding, Path, Trouble, trouble};
use crate::doctor::unanswered::{METRICS, said, without_number};
use crate::report::numbers::{count, seconds};
use crate::stack::prometheus::Target;
use crate::stack::services::Service;
use crate::time::wait::{Bound, Miss};

/// Between scrapes, where the server does not say.
const INTERVAL: Duration = Duration::from_secs(15);
/// A machine under load may be late by this much.
const LATE: Duration = Duration::from_secs(5);
/// What the page of a service shows, and that of another program does not. There are no requests yet where the service has just
/// started, or where one before it has ended.
const OWN: [&str; 2] = ["http_requests_total", "dicelab_build_info"];
/// The dashboard whose queries are tried.
const DASHBOARD: &str = "stage4-async-rolling";

pub(crate) async fn walk(examination: &Examination<'_>) -> Path {
    let mut path = Path::new("metrics", &["exposed", "scraped", "stored", "drawn"]);
    let _ = async {
        path.pass(exposed(examination).await)?;
        let (finding, interval) = scraped(examination).await;
        path.pass(finding)?;
        path.pass(stored(examination, interval).await)?;
        path.pass(drawn(examination, interval).await)
    }
    .await;
    path
}

async fn exposed(examination: &Examination<'_>) -> Finding {
    let mut counts = Vec::new();
    for service in &examination.alive {
        match examination.stack.services.metrics(*service).await {
            Ok(samples) if samples.iter().any(|sample| OWN.contains(&sample.name())) => {
                counts.push(format!("{service} {}", count(samples.len() as u64)));
            }
            Ok(_) => {
                return trouble(
                    format!("/metrics of {service} shows neither {}", OWN.join(" nor ")),
                    format!(
                        "run `curl {}/metrics`: another program may listen at the address of {service}",
                        examination.stack.services.base(*service)
                    ),
                );
            }
            Err(error) => {
                return trouble(
                    said(&error),
                    format!(
                        "the metrics server can only scrape what {service} shows at /metrics: make that work first"
                    ),
                );
            }
        }
    }
    if counts.is_empty() {
        return trouble("none of the services listens", "start the services");
    }
    Ok(format!("series of {}", counts.join(", ")))
}

/// Whether every service that listens is fetched, and how often. A target that was not tried yet, or that failed once, is
/// given time for another scrape.
async fn scraped(examination: &Examination<'_>) -> (Finding, Duration) {
    let interval = match examination.stack.prometheus.targets().await {
        Ok(targets) => interval(examination, &targets),
        Err(error) => return (Err(METRICS.trouble(examination.is_lab(), &error)), INTERVAL),
    };
    let look = async || {
        let targets =
            examination.stack.prometheus.targets().await.map_err(|error| METRICS.miss(examination.is_lab(), &error))?;
        judge_targets(examination, &targets, interval)
    };
    let finding = Bound::of_next_scrape(interval, examination.stop).until(look).await;
    (finding.map_err(Trouble::from), interval)
}

/// How often the services that listen are scraped.
fn interval(examination: &Examination<'_>, targets: &[Target]) -> Duration {
    let ours = examination.alive.iter().filter_map(|service| of_job(targets, *service));
    let intervals = ours.filter_map(|target| lab_model::duration::parse(&target.scrape_interval).ok());
    intervals.max().unwrap_or(INTERVAL)
}

fn of_job(targets: &[Target], service: Service) -> Option<&Target> {
    targets.iter().find(|target| target.labels.get("job").map(String::as_str) == Some(service.stage4()))
}

fn judge_targets(
    examination: &Examination<'_>,
    targets: &[Target],
    interval: Duration,
) -> Result<String, Miss<Trouble>> {
    let mut oldest = Duration::ZERO;
    for service in &examination.alive {
        let job = service.stage4();
        let Some(target) = of_job(targets, *service) else {
            let jobs: Vec<&str> = targets.iter().filter_map(|one| one.labels.get("job").map(String::as_str)).collect();
            // Targets come from the configuration: none will be added by waiting.
            return Err(Miss::Never(Trouble {
                found: format!("there is no target of job {job}; the jobs there are: {}", jobs.join(", ")),
                advice:
                    "add it to the scrape configuration (deploy/prometheus/prometheus.yml and the target files that \
                         it names; if you use --scrape-config, to your own file), or correct its job label"
                        .to_owned(),
            }));
        };
        if target.health != "up" {
            let why = if target.last_error.is_empty() { "not scraped yet" } else { &target.last_error };
            return Err(Miss::NotYet(Trouble {
                found: format!("{job} is {}: {}", target.health, without_number(why)),
                advice: format!(
                    "{service} answers at {}: check the address of the target, and whether the scraper can reach it",
                    examination.stack.services.base(*service)
                ),
            }));
        }
        if let Ok(last) = DateTime::parse_from_rfc3339(&target.last_scrape) {
            oldest = oldest.max((examination.stack.clock.date() - last.to_utc()).to_std().unwrap_or_default());
        }
    }
    if oldest > interval * 3 + LATE {
        return Err(Miss::NotYet(Trouble {
            found: format!("the last scrape was {} ago, one is due every {}", seconds(oldest), seconds(interval)),
            advice: "the scraper hangs: read its log and restart it".to_owned(),
        }));
    }
    let count = examination.alive.len();
    Ok(format!("{count} targets are up and scraped every {}", seconds(interval)))
}

async fn stored(examination: &Examination<'_>, interval: Duration) -> Finding {
    let newest = async || newest_sample(examination, interval).await;
    let age = Bound::of_next_scrape(interval, examination.stop).until(newest).await?;
    let Some(event) = &examination.event else { return Ok(format!("newest sample {} old", seconds(age))) };
    let look = async || event.is_counted(examination.stack).await;
    match Bound::of_scrapes(interval, examination.stop).until(look).await {
        Ok(()) => Ok(format!("the request was counted {} after the answer", seconds(event.age()))),
        Err(absent) => trouble(
            format!("the request is not counted: {absent}"),
            "the stored counter lags behind the service: check whether another process is scraped under the same job",
        ),
    }
}

/// How old the newest sample is of the service that was scraped longest ago.
async fn newest_sample(examination: &Examination<'_>, interval: Duration) -> Result<Duration, Miss<Trouble>> {
    let jobs: Vec<&str> = examination.alive.iter().map(|service| service.stage4()).collect();
    let query = format!("timestamp(up{{job=~\"{}\"}})", jobs.join("|"));
    let samples = examination.stack.prometheus.query(&query, None).await;
    let samples = samples.map_err(|error| METRICS.miss(examination.is_lab(), &error))?;
    if let Some(job) = jobs.iter().find(|job| !samples.iter().any(|sample| sample.label("job") == **job)) {
        return Err(Miss::NotYet(Trouble {
            found: format!("up{{job=\"{job}\"}} has no sample of the last five minutes, though its target is up"),
            advice: "samples are scraped but not stored: check the disk, metric_relabel_configs, the limits of the scrape configuration, and the clock"
                .to_owned(),
        }));
    }
    let now = examination.stack.clock.seconds();
    let newest = samples.iter().map(|sample| sample.value).fold(now, f64::min);
    let age = Duration::from_secs_f64((now - newest).max(0.0));
    if age > interval * 3 + LATE {
        return Err(Miss::NotYet(Trouble {
            found: format!("the newest sample is {} old, one is due every {}", seconds(age), seconds(interval)),
            advice: "samples are scraped but not stored: check whether the disk is full or a clock is wrong".to_owned(),
        }));
    }
    Ok(age)
}

/// Whether the dashboard's queries give anything; rates need two scrapes after the start of traffic.
async fn drawn(examination: &Examination<'_>, interval: Duration) -> Finding {
    let library = Library::shipped();
    let Some(dashboard) = library.get(DASHBOARD) else {
        return trouble(
            format!("this program has no dashboard {DASHBOARD}"),
            "install Dicelab again: this build is incomplete",
        );
    };
    let look = async || {
        let (mut drawn, mut empty) = (0, Vec::new());
        for (title, query) in queries(&dashboard.json) {
            match examination.stack.prometheus.query(&query.replace("$__rate_interval", "1m"), None).await {
                Ok(samples) if samples.is_empty() => empty.push(title),
                Ok(_) => drawn += 1,
                Err(error) => {
                    let found = format!("panel {title:?}: {error}");
                    let trouble = Trouble { found, advice: format!("the query is {query}") };
                    return Err(if error.may_pass() { Miss::NotYet(trouble) } else { Miss::Never(trouble) });
                }
            }
        }
        if drawn == 0 {
            return Err(Miss::NotYet(Trouble {
                found: "no query of the dashboard returns a series".to_owned(),
                advice: "make traffic for a minute (`dicelab traffic`), then run `dicelab doctor` again".to_owned(),
            }));
        }
        let empty = if empty.is_empty() { String::new() } else { format!("; still empty: {}", empty.join(", ")) };
        Ok(format!("{drawn} queries of the dashboard return series{empty}"))
    };
    Ok(Bound::of_scrapes(interval, examination.stop).until(look).await?)
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
