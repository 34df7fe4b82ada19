//! The area "signals": the stores are ready, each signal of each service arrives in its store, and of what arrived every
//! item is accounted for ([`account`]).

use std::collections::BTreeSet;

use crate::areas::causes;
use crate::report::check::{Area, Check, Checks, Question};
use crate::stack::endpoint::AskError;
use crate::stack::prometheus::Target;
use crate::stack::services::Service;
use crate::time::wait::{Bound, Miss};
use crate::truth::context::Context;

mod account;

/// How far back containers and traces may be.
const RECENT_HOURS: i64 = 1;
/// A sample is fresh if it is no older than this many scrape intervals, and a little.
const INTERVALS: f64 = 2.5;

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
    let (targets, fresh, containers, traces) =
        tokio::join!(targets(context), fresh(context), containers(context), traces(context));
    checks.extend([targets, fresh, containers, traces]);
    checks.extend(account::check(&stack.collector).await);
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
    let mut down = Service::ALL.len();
    let look = async || {
        let wrong = wrong_targets(context).await?;
        down = wrong.len();
        Miss::unless_missing((!wrong.is_empty()).then(|| wrong.join("; ")))
    };
    let seen = context.arrival.until(look).await;
    let got = format!("{} of 3 up", Service::ALL.len() - down);
    match seen {
        Ok(()) => question.pass(got, "all three services are scraped under their jobs, and answer"),
        Err(absent) => question.fail(got, absent.to_string()),
    }
}

/// What is wrong with the target of each service; nothing of those that are up.
async fn wrong_targets(context: &Context) -> Result<Vec<String>, Miss> {
    let samples = context.stack.prometheus.query(r#"up{job=~".+-stage4"}"#, None).await?;
    // Where targets are not told, `up` alone is judged.
    let targets: Vec<Target> = context.stack.prometheus.targets().await.unwrap_or_default();
    let mut wrong = Vec::new();
    for service in Service::ALL {
        let of_job: Vec<f64> =
            samples.iter().filter(|one| one.label("job") == service.stage4()).map(|one| one.value).collect();
        // A series lives on for a while after its target was relabelled or has gone.
        let is_target = |target: &Target| target.labels.get("job").is_some_and(|job| job == service.stage4());
        if of_job.is_empty() || (!targets.is_empty() && !targets.iter().any(is_target)) {
            wrong.push(causes::target(service, context.stack.services.base(service), &targets));
        } else if of_job.contains(&0.0) {
            let error = targets.iter().find(|target| is_target(target)).map(|target| target.last_error.clone());
            let error = error.filter(|error| !error.is_empty()).map(|error| format!(": {error}")).unwrap_or_default();
            wrong.push(format!("{service} does not answer the scraper{error}"));
        }
    }
    Ok(wrong)
}

/// The newest samples are not old: if they are, another scrape is waited for.
async fn fresh(context: &Context) -> Check {
    let query = r#"max by (job) (time() - timestamp(up{job=~"(die-service|dice-roller|frontend)-stage4"}))"#;
    let limit = INTERVALS * context.scrape_interval.as_secs_f64() + 1.0;
    let question = question("fresh", query, &format!("no sample older than {limit:.1} s"));
    let mut got = "no samples".to_owned();
    let look = async || {
        let ages = context.stack.prometheus.query(query, None).await?;
        let Some(oldest) = ages.iter().max_by(|one, other| one.value.total_cmp(&other.value)) else {
            return Err(Miss::NotYet("there are no samples of the three services".to_owned()));
        };
        got = format!("{:.1} s", oldest.value);
        Miss::unless_missing((oldest.value > limit).then(|| {
            format!(
                "{} was last scraped {:.1} s ago: the scrapes have stopped, or the store does not keep up",
                oldest.label("job"),
                oldest.value
            )
        }))
    };
    match Bound::of_scrapes(context.scrape_interval, &context.stop).until(look).await {
        Ok(()) => {
            let message = format!("every service was scraped within the last {got}");
            question.pass(got, message)
        }
        Err(absent) => question.fail(got, absent.to_string()),
    }
}

/// The label `container_name` has the three containers among its values.
async fn containers(context: &Context) -> Check {
    let question = question("containers", "values of the label container_name", "the three *-stage4 containers");
    let (mut values, far) = (Vec::new(), far_ns(context));
    let look = async || {
        let now = context.stack.clock.nanoseconds();
        let range = (now - RECENT_HOURS * 3_600_000_000_000 - far, now + far);
        values = context.stack.loki.label_values("container_name", range).await?;
        let missing: Vec<&str> = Service::ALL
            .map(Service::stage4)
            .into_iter()
            .filter(|name| !values.iter().any(|value| value == name))
            .collect();
        Miss::unless_missing((!missing.is_empty()).then(|| {
            format!(
                "there are no lines of {}: the output is not collected, or it is stored under another container_name",
                missing.join(", ")
            )
        }))
    };
    let seen = context.arrival.until(look).await;
    match seen {
        Ok(()) => question.pass(values.join(", "), "the log store has lines of all three containers"),
        Err(absent) => question.fail(values.join(", "), absent.to_string()),
    }
}

/// There are spans of the three services.
async fn traces(context: &Context) -> Check {
    let question = question("services-traced", "spans of each service", "frontend, dice-roller, die-service");
    let traced = context.traces.services.iter();
    let mut found: BTreeSet<String> = traced.map(ToString::to_string).collect();
    let far_seconds = far_ns(context) / 1_000_000_000 + 1;
    let look = async || {
        let now = context.stack.clock.date().timestamp();
        for service in Service::ALL {
            if !found.contains(service.name()) {
                let query = format!("{{ resource.service.name = {:?} }}", service.name());
                let range = (now - RECENT_HOURS * 3600 - far_seconds, now + far_seconds + 1);
                if !context.stack.tempo.search(&query, range, 1).await?.is_empty() {
                    found.insert(service.name().to_owned());
                }
            }
        }
        let missing: Vec<&str> =
            Service::ALL.map(Service::name).into_iter().filter(|name| !found.contains(*name)).collect();
        Miss::unless_missing((!missing.is_empty()).then(|| {
            format!(
                "there are no spans of {}: it does not export them, or they are lost on the way to the store",
                missing.join(", ")
            )
        }))
    };
    let seen = context.arrival.until(look).await;
    let got = found.into_iter().collect::<Vec<_>>().join(", ");
    match seen {
        Ok(()) => question.pass(got, "the trace store has spans of all three services"),
        Err(absent) => question.fail(got, absent.to_string()),
    }
}

/// By how much a clock of the services is wrong at most, as the ledger's traces show: what they sent stands so far off.
fn far_ns(context: &Context) -> i64 {
    let skews = context.traces.survey.clocks.skews();
    skews.iter().map(|skew| skew.ahead_ns.saturating_abs()).max().unwrap_or_default()
}

fn question(name: &str, asked: &str, expected: &str) -> Question {
    Question::new(Area::Signals, name, asked, expected)
}
