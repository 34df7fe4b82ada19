//! The services themselves: they listen, they say that they are ready, they roll a die.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::doctor::hop::{Finding, Path, Trouble, trouble};
use crate::doctor::probe::probe;
use crate::doctor::unanswered::{port, said};
use crate::stack::Stack;
use crate::stack::endpoint::{AskError, Reason};
use crate::stack::sample::Sample;
use crate::stack::services::Service;
use crate::time::wait::{Bound, Miss};
use crate::truth::traced_request::TracedRequest;

/// For services that were just started.
const READY_WITHIN: Duration = Duration::from_secs(10);
/// So many restarts are no accident any more.
const FEWEST_RESTARTS: u64 = 2;
/// A service that has been running for so long does not end all the time, milliseconds.
const SETTLED_MS: i64 = 60_000;
/// How often each service was started again lately.
const RESTARTS: &str =
    r#"max by (job) (changes(process_start_time_seconds{job=~"(frontend|dice-roller|die-service)-stage4"}[5m]))"#;
/// How long the store may take to answer that.
const STORE_WITHIN: Duration = Duration::from_secs(5);

/// Walks the path; who listens, and the request that was made.
pub(crate) async fn walk(
    stack: &Stack,
    lab: Option<&Value>,
    stop: &CancellationToken,
) -> (Path, Vec<Service>, Option<TracedRequest>) {
    let mut path = Path::new("services", &["listening", "ready", "answering"]);
    let (mut alive, mut down) = (Vec::new(), Vec::new());
    let loops = crash_loops(stack, lab).await;
    for service in Service::ALL {
        // One that ends again and again is named once, and the other paths are walked without it.
        if let Some(crashes) = loops.get(&service) {
            down.push(format!("{service} ends again and again: {crashes}"));
            continue;
        }
        match probe(stack.services.get(service, "/healthz", &[]), stack.services.base(service)).await {
            Ok(answer) if answer.status == 200 => alive.push(service),
            Ok(answer) => down.push(format!("{service} answers GET /healthz with status {}", answer.status)),
            Err(error) => down.push(describe(stack, service, &error, lab)),
        }
    }
    // The frontend's answer is followed even if another service is down.
    let event = if alive.contains(&Service::Frontend) { Some(TracedRequest::cause(stack).await) } else { None };
    let listening = listening(stack, &alive, &down, lab.is_some());
    let _ = async {
        path.pass(listening)?;
        path.pass(ready(stack, &alive, stop).await)?;
        path.pass(answering(event.as_ref()))
    }
    .await;
    (path, alive, event.and_then(Result::ok))
}

/// `die-service does not listen on 8106 (backing off, 3 restarts, last exit: killed by signal 9)`
fn describe(stack: &Stack, service: Service, error: &AskError, lab: Option<&Value>) -> String {
    let port = port(stack.services.base(service));
    let what = match &error.reason {
        Reason::Unreachable(why) if why.contains("refused") => format!("{service} does not listen on {port}"),
        Reason::Timeout(after) => format!("{service} listens on {port} and does not answer within {after:?}"),
        _ => format!("{service}: {}", said(error)),
    };
    match lab.and_then(|lab| life(lab, service)) {
        Some(life) => format!("{what} ({life})"),
        None => what,
    }
}

/// What the lab knows of a child's life.
fn life(lab: &Value, service: Service) -> Option<String> {
    let processes = lab.get("processes")?.as_array()?;
    let process = processes.iter().find(|process| process["name"] == service.stage4())?;
    let state = process["state"].as_str()?.replace('_', " ");
    let restarts = match process["restarts"].as_u64()? {
        0 => String::new(),
        1 => ", 1 restart".to_owned(),
        more => format!(", {more} restarts"),
    };
    let exit = process["last_exit"].as_str().map(|why| format!(", last exit: {why}")).unwrap_or_default();
    Some(format!("{state}{restarts}{exit}"))
}

/// The services that end and are started again all the time, and how often: by the lab's supervisor, or by the start times in
/// the store.
async fn crash_loops(stack: &Stack, lab: Option<&Value>) -> BTreeMap<Service, String> {
    if let Some(lab) = lab {
        let now_ms = stack.clock.nanoseconds() / 1_000_000;
        return Service::ALL
            .into_iter()
            .filter_map(|service| Some((service, crash_loop(lab, service, now_ms)?)))
            .collect();
    }
    let Ok(Ok(changes)) = timeout(STORE_WITHIN, stack.prometheus.query(RESTARTS, None)).await else {
        return BTreeMap::new();
    };
    let often = changes.iter().filter(|one| one.value >= FEWEST_RESTARTS as f64);
    let said = |one: &Sample| {
        let text = format!("its process_start_time_seconds has changed {} times in the last 5 minutes", one.value);
        Some((Service::of_stage4(one.label("job"))?, text))
    };
    often.filter_map(said).collect()
}

/// `backing off, 3 restarts, last exit: killed by signal 6`, if it has not been running for a while.
fn crash_loop(lab: &Value, service: Service, now_ms: i64) -> Option<String> {
    let process = lab.get("processes")?.as_array()?.iter().find(|process| process["name"] == service.stage4())?;
    let restarts = process["restarts"].as_u64().unwrap_or_default();
    let has_died = process["last_exit"].as_str().is_some_and(|why| why.contains("signal") || why.contains("code"));
    let is_young = process["started_ms"].as_i64().is_none_or(|began| now_ms - began < SETTLED_MS);
    (restarts >= FEWEST_RESTARTS && has_died && is_young).then(|| life(lab, service)).flatten()
}

fn listening(stack: &Stack, alive: &[Service], down: &[String], is_lab: bool) -> Finding {
    let named = |service: &Service| format!("{service} :{}", port(stack.services.base(*service)));
    if down.is_empty() {
        return Ok(alive.iter().map(named).collect::<Vec<_>>().join(", "));
    }
    let advice = if is_lab {
        format!(
            "the lab's supervisor restarts a service that has ended: read the service's last messages on the lab's \
             stderr; {} shows how often it ended",
            stack.collector.base()
        )
    } else {
        "start the service; for a container, `docker compose -f deploy/compose/compose.yaml ps`, and `logs NAME` in place of `ps`, show why it ended"
            .to_owned()
    };
    trouble(down.join("; "), advice)
}

/// Whether each is ready; one that was just started is given a moment.
async fn ready(stack: &Stack, alive: &[Service], stop: &CancellationToken) -> Finding {
    let look = async || {
        let mut unready = Vec::new();
        for service in alive {
            match probe(stack.services.get(*service, "/readyz", &[]), stack.services.base(*service)).await {
                Ok(answer) if answer.status == 200 => {}
                Ok(answer) => unready.push(format!("{service} is not ready: {}", reason(&answer.text()))),
                Err(error) => unready.push(format!("{service}: {}", said(&error))),
            }
        }
        if unready.is_empty() {
            return Ok("all three, and the services that they call".to_owned());
        }
        Err(Miss::NotYet(Trouble {
            found: unready.join("; "),
            advice: "a service is ready once the service that it calls is ready: start or repair that one first"
                .to_owned(),
        }))
    };
    Ok(Bound::new(READY_WITHIN, stop).until(look).await?)
}

/// What an answer of a probe says: the `detail` of a problem, or the text itself.
fn reason(body: &str) -> String {
    let detail = serde_json::from_str::<Value>(body).ok();
    let detail = detail.and_then(|json| json.get("detail")?.as_str().map(str::to_owned));
    detail.unwrap_or_else(|| body.trim().to_owned())
}

fn answering(event: Option<&Result<TracedRequest, AskError>>) -> Finding {
    match event {
        Some(Ok(event)) if event.status == 200 => Ok(format!("a die was rolled, trace {}", event.trace_id)),
        Some(Ok(event)) => trouble(
            format!("GET /roll?die=fair was answered with status {}: {}", event.status, event.detail),
            format!("`dicelab trace {}` shows in which service it failed", event.trace_id),
        ),
        Some(Err(error)) => trouble(said(error), "the frontend accepts connections and does not answer: read its log"),
        None => trouble("no request can be made, because the frontend does not listen", "start the frontend"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_reason_of_a_problem_is_its_detail() {
        assert_eq!(reason(r#"{"title":"x","detail":"die-service does not answer"}"#), "die-service does not answer");
        assert_eq!(reason("starting\n"), "starting");
    }

    #[test]
    fn the_lab_reports_state_and_restarts_of_a_process() {
        let lab = json!({"processes": [{"name": "die-service-stage4", "state": "backing_off", "pid": null,
            "restarts": 3, "last_exit": "killed by signal 9"}]});
        let said = life(&lab, Service::DieService);
        assert_eq!(said.as_deref(), Some("backing off, 3 restarts, last exit: killed by signal 9"));
        assert_eq!(life(&lab, Service::Frontend), None);
    }

    #[test]
    fn a_service_that_ends_all_the_time_is_told_from_one_that_was_started_again_once() {
        let lab = |restarts: u64, started: i64, exit: &str| {
            json!({"processes": [{"name": "dice-roller-stage4", "state": "running", "restarts": restarts,
                "last_exit": exit, "started_ms": started}]})
        };
        let found = |restarts, started, exit| crash_loop(&lab(restarts, started, exit), Service::DiceRoller, 100_000);
        let said = found(5, 99_000, "killed by signal 6");
        assert_eq!(said.as_deref(), Some("running, 5 restarts, last exit: killed by signal 6"));
        assert_eq!(found(1, 99_000, "killed by signal 6"), None, "an accident");
        assert_eq!(found(5, 30_000, "killed by signal 6"), None, "it has been running for a while");
    }
}
