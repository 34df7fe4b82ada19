//! The way of a log line: written by the service, collected, found again, joined with its trace.

use std::time::Duration;

use crate::doctor::examination::Examination;
use crate::doctor::hop::{Finding, Path, Trouble, trouble};
use crate::doctor::paths::sent::Sent;
use crate::doctor::unanswered::LOGS;
use crate::report::numbers::seconds;
use crate::stack::services::Service;
use crate::time::wait::{Bound, Miss};

/// How far back streams are looked for, nanoseconds.
const HOUR: i64 = 3_600_000_000_000;

pub(crate) async fn walk(examination: &Examination<'_>) -> Path {
    let mut path = Path::new("logs", &["written", "collected", "fresh", "joined"]);
    let _ = async {
        path.pass(written(examination).await)?;
        path.pass(collected(examination).await)?;
        path.pass(fresh(examination).await)?;
        path.pass(joined(examination).await)
    }
    .await;
    path
}

async fn written(examination: &Examination<'_>) -> Finding {
    let look = async || {
        let sent = Sent::read(examination, "telemetry_log_lines_total").await.map_err(Miss::Never)?;
        match sent.by_service.iter().find(|(_, sent, _)| *sent == 0) {
            None => Ok(sent.describe("lines")),
            Some((service, ..)) => Err(Miss::NotYet(Trouble {
                found: format!("{service} has written no log line"),
                advice: "check its log level (RUST_LOG), and whether its standard output is read".to_owned(),
            })),
        }
    };
    Ok(Bound::of_delivery(examination.stop).until(look).await?)
}

async fn collected(examination: &Examination<'_>) -> Finding {
    let look = async || {
        let now = examination.stack.clock.nanoseconds();
        let containers = examination.stack.loki.label_values("container_name", (now - HOUR, now)).await;
        let containers = containers.map_err(|error| LOGS.miss(examination.is_lab(), &error))?;
        let missing: Vec<&str> = examination
            .alive
            .iter()
            .map(|service| service.stage4())
            .filter(|name| !containers.iter().any(|container| container == name))
            .collect();
        if missing.is_empty() {
            return Ok(format!("every service has a stream; {} streams in all", containers.len()));
        }
        let there = if containers.is_empty() { "none".to_owned() } else { containers.join(", ") };
        let found = format!(
            "no stream of the last hour has the container_name {}; the names there are: {there}",
            missing.join(", ")
        );
        Err(Miss::NotYet(Trouble { found, advice: uncollected(examination) }))
    };
    Ok(Bound::of_delivery(examination.stop).until(look).await?)
}

fn uncollected(examination: &Examination<'_>) -> String {
    if examination.is_lab() {
        return format!(
            "the lab collects lines only from services that it started itself; {} shows from which",
            examination.stack.collector.base()
        );
    }
    "check that Alloy runs (`docker compose -f deploy/compose/compose.yaml ps alloy`), and that its filter keeps the compose project stage4".to_owned()
}

/// How old the newest lines are.
async fn fresh(examination: &Examination<'_>) -> Finding {
    let look = async || {
        let (now, mut oldest) = (examination.stack.clock.nanoseconds(), Duration::ZERO);
        for service in &examination.alive {
            let query = format!("{{container_name=\"{}\"}}", service.stage4());
            let newest = examination.stack.loki.newest(&query, (now - HOUR, now + HOUR), 1).await;
            let newest = newest.map_err(|error| LOGS.miss(examination.is_lab(), &error))?;
            let Some(line) = newest.last() else {
                return Err(Miss::NotYet(Trouble {
                    found: format!("the query {query} finds no line of the last hour"),
                    advice: "make traffic (`dicelab traffic`), then run `dicelab doctor` again".to_owned(),
                }));
            };
            oldest = oldest.max(Duration::from_nanos(u64::try_from(now - line.time_ns).unwrap_or_default()));
        }
        Ok(format!("the newest line of every service is at most {} old", seconds(oldest)))
    };
    Ok(Bound::of_delivery(examination.stop).until(look).await?)
}

async fn joined(examination: &Examination<'_>) -> Finding {
    let event = examination.event()?;
    let expected: Vec<Service> = examination.alive.clone();
    let look = async || {
        let (_, services) = event.lines(examination.stack).await?;
        let silent: Vec<&str> =
            expected.iter().filter(|service| !services.contains(service)).map(|service| service.name()).collect();
        Miss::unless_missing((!silent.is_empty()).then(|| format!("there is no line of {}", silent.join(", "))))
    };
    match Bound::of_delivery(examination.stop).until(look).await {
        Ok(()) => Ok(format!("the request's lines were found by trace_id {} after the answer", seconds(event.age()))),
        Err(absent) => trouble(
            format!("in a search by the request's trace id {}, {absent}", event.trace_id),
            "either lines are not collected any more, or trace_id is not kept as structured metadata, or traceparent is \
             lost on the way; search for the line's text: {container_name=~\".+-stage4\"} |= \"TRACE_ID\"",
        ),
    }
}
