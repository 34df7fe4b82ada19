//! The way of a log line: written by the service, collected, found again, joined with its trace.

use std::time::Duration;

use crate::doctor::absence::{Missing, explain};
use crate::doctor::examination::Examination;
use crate::doctor::hop::{Finding, Path, Trouble, trouble};
use crate::doctor::paths::sent::Sent;
use crate::doctor::unanswered::LOGS;
use crate::report::numbers::seconds;
use crate::stack::services::Service;
use crate::time::wait::{Bound, Miss};

/// How far back streams are looked for, nanoseconds.
const HOUR: i64 = 3_600_000_000_000;
/// How far before and after now lines are looked for, in case a clock is wrong.
const FAR: i64 = 25 * HOUR;
/// Differences of clocks up to this are not named here, nanoseconds; traces show smaller ones.
const CLOCK: i64 = 1_000_000_000;

pub(crate) async fn walk(examination: &Examination<'_>) -> Path {
    let mut path = Path::new("logs", &["written", "collected", "fresh", "joined"]);
    let _ = async {
        path.pass(written(examination).await)?;
        path.pass(collected(examination).await)?;
        path.pass(fresh(examination).await)?;
        // Why there is no request to follow is said in the path of the services.
        examination.event.as_ref()?;
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
        let there = async |range| {
            let there = examination.stack.loki.label_values("container_name", range).await;
            there.map_err(|error| LOGS.miss(examination.is_lab(), &error))
        };
        let mut containers = there((now - HOUR, now)).await?;
        if examination.alive.iter().any(|service| !containers.iter().any(|name| name == service.stage4())) {
            // Streams that are far off are judged by their newest line.
            containers = there((now - FAR, now + FAR)).await?;
        }
        let missing: Vec<&str> = examination
            .alive
            .iter()
            .map(|service| service.stage4())
            .filter(|name| !containers.iter().any(|container| container == name))
            .collect();
        if missing.is_empty() {
            let alloy = examination.alloy().await.map(|alloy| format!("; {}", alloy.lines())).unwrap_or_default();
            return Ok(format!("every service has a stream; {} streams in all{alloy}", containers.len()));
        }
        let there = if containers.is_empty() { "none".to_owned() } else { containers.join(", ") };
        let found = format!(
            "no stream of the last day has the container_name {}; the names there are: {there}",
            missing.join(", ")
        );
        Err(Miss::NotYet(Trouble { found, advice: uncollected(examination).await }))
    };
    Ok(Bound::of_delivery(examination.stop).until(look).await?)
}

async fn uncollected(examination: &Examination<'_>) -> String {
    if examination.is_lab() {
        return format!(
            "the lab collects lines only from services that it started itself; {} shows from which",
            examination.stack.collector.base()
        );
    }
    if let Some(alloy) = examination.alloy().await {
        return format!(
            "{}: look at {}/graph whether its components are healthy, and that its filter keeps the compose project stage4",
            alloy.lines(),
            examination.stack.collector.base()
        );
    }
    "check that Alloy runs (`docker compose -f deploy/compose/compose.yaml ps alloy`), and that its filter keeps the compose project stage4".to_owned()
}

/// How old the newest lines are. Each service that the request reached has written some since, and by the clock of none it is
/// later than now.
async fn fresh(examination: &Examination<'_>) -> Finding {
    let reached = examination.reached();
    let sent = examination.event.as_ref().filter(|event| event.status == 200).map(|event| event.sent_ns);
    let look = async || {
        let mut oldest = Duration::ZERO;
        for service in &examination.alive {
            let since = sent.filter(|_| reached.contains(service));
            oldest = oldest.max(newest_line(examination, *service, since).await?);
        }
        Ok::<_, Miss<Trouble>>(format!("the newest line of every service is at most {} old", seconds(oldest)))
    };
    Ok(Bound::of_delivery(examination.stop).until(look).await?)
}

/// How old the newest line of a service is, which must have written some since a time.
async fn newest_line(
    examination: &Examination<'_>,
    service: Service,
    since: Option<i64>,
) -> Result<Duration, Miss<Trouble>> {
    let query = format!("{{container_name=\"{}\"}}", service.stage4());
    let asked = examination.stack.clock.nanoseconds();
    let newest = examination.stack.loki.newest(&query, (asked - FAR, asked + FAR), 1).await;
    let newest = newest.map_err(|error| LOGS.miss(examination.is_lab(), &error))?;
    let Some(line) = newest.last() else {
        return Err(Miss::NotYet(Trouble {
            found: format!("the query {query} finds no line of the last day"),
            advice: "make traffic (`dicelab traffic`), then run `dicelab doctor` again".to_owned(),
        }));
    };
    let now = examination.stack.clock.nanoseconds();
    if line.time_ns - now > CLOCK {
        let ahead = seconds(Duration::from_nanos((line.time_ns - now).unsigned_abs()));
        return Err(Miss::Never(Trouble {
            found: format!("the newest line of {service} is dated {ahead} in the future: its clock is ahead"),
            advice: "set the clock: let all machines follow the same time server".to_owned(),
        }));
    }
    let age = Duration::from_nanos(u64::try_from(now - line.time_ns).unwrap_or_default());
    match since {
        Some(since) if line.time_ns < since - CLOCK => Err(Miss::NotYet(Trouble {
            found: format!(
                "the newest line of {service} is {} old, though it has taken part in a request since",
                seconds(age)
            ),
            advice: format!(
                "the clock of {service} is behind, or its lines are not collected any more: compare the `timestamp` of its \
                 newest lines with this machine's clock"
            ),
        })),
        _ => Ok(age),
    }
}

async fn joined(examination: &Examination<'_>) -> Finding {
    let event = examination.event()?;
    let expected = examination.reached();
    let mut silent: Vec<Service> = Vec::new();
    let look = async || {
        let (_, services) = event.lines(examination.stack).await?;
        silent = expected.iter().copied().filter(|service| !services.contains(service)).collect();
        let names: Vec<&str> = silent.iter().map(|service| service.name()).collect();
        Miss::unless_missing((!names.is_empty()).then(|| format!("there is no line of {}", names.join(", "))))
    };
    let seen = Bound::of_delivery(examination.stop).until(look).await;
    let Err(seen) = seen else {
        return Ok(format!("the request's lines were found by trace_id {} after the answer", seconds(event.age())));
    };
    if let Some(cause) = explain(examination, event, Missing::Lines, &silent).await {
        return Err(cause);
    }
    trouble(
        format!("in a search by the request's trace id {}, {seen}", event.trace_id),
        "either lines are not collected any more, or trace_id is not kept as structured metadata, or traceparent is lost on the \
         way; search for the line's text: {container_name=~\".+-stage4\"} |= \"TRACE_ID\"",
    )
}
