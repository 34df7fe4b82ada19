//! The area "signals": the stores are ready, and each signal of each service arrives in its store.

use std::collections::BTreeSet;

use chrono::Utc;

use crate::check::{Area, Check, Checks, Question};
use crate::context::Context;
use crate::diagnose;
use crate::endpoint::AskError;
use crate::stack::prometheus::Target;
use crate::stack::services::Service;

/// How far back containers and traces may be.
const RECENT_HOURS: i64 = 1;
/// A sample is fresh if it is no older than this many scrape intervals, and a little.
const INTERVALS: f64 = 2.5;
/// How often targets are scraped where the server does not say.
const USUAL_INTERVAL: f64 = 15.0;

/// Asks the stores.
pub async fn check(context: &Context, checks: &mut Checks) {
    let stack = &context.stack;
    checks.add(store(
        "metrics",
        stack.prometheus.base(),
        stack.prometheus.ready().await,
        stack.prometheus.version().await,
    ));
    checks.add(store("logs", stack.loki.base(), stack.loki.ready().await, stack.loki.version().await));
    checks.add(store("traces", stack.tempo.base(), stack.tempo.ready().await, stack.tempo.version().await));
    checks.add(store("dashboards", stack.grafana.base(), Ok(()), stack.grafana.version().await));
    checks.add(targets(context).await);
    checks.add(fresh(context).await);
    checks.add(containers(context).await);
    checks.add(traces(context).await);
}

/// A store is ready and says which version it is; not saying so is no failure.
fn store(name: &str, base: &str, ready: Result<(), AskError>, version: Result<String, AskError>) -> Check {
    let question = question(&format!("store-{name}"), &format!("readiness and version of {base}"), "ready");
    match (ready, version) {
        (Err(error), _) => question.unanswered(&error),
        (Ok(()), Ok(version)) => question.pass("ready", format!("{name} at {base}: version {version}")),
        (Ok(()), Err(error)) if name == "dashboards" => question.unanswered(&error),
        (Ok(()), Err(_)) => question.pass("ready", format!("{name} at {base}")),
    }
}

/// Each service is scraped under its job, and the last scrape went well.
async fn targets(context: &Context) -> Check {
    let question = question("targets", "up, and the targets", "3 jobs up: die-service-, dice-roller-, frontend-stage4");
    let samples = match context.stack.prometheus.query(r#"up{job=~".+-stage4"}"#, None).await {
        Ok(samples) => samples,
        Err(error) => return question.unanswered(&error),
    };
    // Where targets are not told, `up` alone is judged.
    let targets: Vec<Target> = context.stack.prometheus.targets().await.unwrap_or_default();
    let mut wrong = Vec::new();
    for service in Service::ALL {
        let of_job: Vec<f64> =
            samples.iter().filter(|one| one.label("job") == service.stage4()).map(|one| one.value).collect();
        // A series lives on for a while after its target was relabelled or has gone.
        let is_target = |target: &Target| target.labels.get("job").is_some_and(|job| job == service.stage4());
        if of_job.is_empty() || (!targets.is_empty() && !targets.iter().any(is_target)) {
            wrong.push(diagnose::target(service, context.stack.services.base(service), &targets));
        } else if of_job.contains(&0.0) {
            let error = targets.iter().find(|target| is_target(target)).map(|target| target.last_error.clone());
            let error = error.filter(|error| !error.is_empty()).map(|error| format!(": {error}")).unwrap_or_default();
            wrong.push(format!("{service} does not answer scrapes{error}"));
        }
    }
    let got = format!("{} of 3 up", Service::ALL.len() - wrong.len());
    if wrong.is_empty() {
        return question.pass(got, "all three services are scraped under their jobs, and answer");
    }
    question.fail(got, wrong.join("; "))
}

/// The newest samples are not old.
async fn fresh(context: &Context) -> Check {
    let prometheus = &context.stack.prometheus;
    let query = r#"max by (job) (time() - timestamp(up{job=~"(die-service|dice-roller|frontend)-stage4"}))"#;
    let intervals = prometheus.targets().await.unwrap_or_default();
    let intervals = intervals.iter().filter_map(|target| lab_model::duration::parse(&target.scrape_interval).ok());
    let interval = intervals.max().map_or(USUAL_INTERVAL, |interval| interval.as_secs_f64());
    let limit = INTERVALS * interval + 1.0;
    let question = question("fresh", query, &format!("no sample older than {limit:.1} s"));
    let ages = match prometheus.query(query, None).await {
        Ok(ages) => ages,
        Err(error) => return question.unanswered(&error),
    };
    let Some(oldest) = ages.iter().max_by(|one, other| one.value.total_cmp(&other.value)) else {
        return question.fail("no samples", "there are no samples of the three services");
    };
    let got = format!("{:.1} s", oldest.value);
    let message = if oldest.value <= limit {
        format!("every service was scraped within the last {got}")
    } else {
        format!(
            "{} was last scraped {got} ago: the scrapes have stopped, or the store does not keep up",
            oldest.label("job")
        )
    };
    question.judge(oldest.value <= limit, got, message)
}

/// The label `container_name` has the three containers among its values.
async fn containers(context: &Context) -> Check {
    let question = question("containers", "values of the label container_name", "the three *-stage4 containers");
    let now = Utc::now().timestamp_nanos_opt().unwrap_or_default();
    let range = (now - RECENT_HOURS * 3_600_000_000_000, now);
    let values = match context.stack.loki.label_values("container_name", range).await {
        Ok(values) => values,
        Err(error) => return question.unanswered(&error),
    };
    let missing: Vec<&str> = Service::ALL
        .map(Service::stage4)
        .into_iter()
        .filter(|name| !values.iter().any(|value| value == name))
        .collect();
    if missing.is_empty() {
        return question.pass(values.join(", "), "the log store has lines of all three containers");
    }
    let message = format!("no lines of {}: its output is not collected, or under another name", missing.join(", "));
    question.fail(values.join(", "), message)
}

/// There are spans of the three services.
async fn traces(context: &Context) -> Check {
    let question = question("services-traced", "spans of each service", "frontend, dice-roller, die-service");
    let mut found: BTreeSet<String> = context.traces.values().flatten().map(|span| span.service.to_string()).collect();
    let now = Utc::now().timestamp();
    for service in Service::ALL {
        if !found.contains(service.name()) {
            let query = format!("{{ resource.service.name = {:?} }}", service.name());
            match context.stack.tempo.search(&query, (now - RECENT_HOURS * 3600, now + 1), 1).await {
                Ok(traces) if !traces.is_empty() => drop(found.insert(service.name().to_owned())),
                Ok(_) => {}
                Err(error) => return question.unanswered(&error),
            }
        }
    }
    let got = found.iter().cloned().collect::<Vec<_>>().join(", ");
    let missing: Vec<&str> =
        Service::ALL.map(Service::name).into_iter().filter(|name| !found.contains(*name)).collect();
    if missing.is_empty() {
        return question.pass(got, "the trace store has spans of all three services");
    }
    question
        .fail(got, format!("no spans of {}: it does not export, or its spans are lost on the way", missing.join(", ")))
}

fn question(name: &str, asked: &str, expected: &str) -> Question {
    Question::new(Area::Signals, name, asked, expected)
}
