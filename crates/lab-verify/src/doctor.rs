//! `dicelab doctor`: walks the path of each signal hop by hop and names the first broken one, with its cause and what to
//! do about it.
//!
//! | Path | Hops |
//! |---|---|
//! | [`services`] | listening → ready → answering |
//! | [`metrics`] | exposed → scraped → stored → drawn |
//! | [`logs`] | written → collected → fresh → joined |
//! | [`traces`] | created → received → stored → searchable |
//! | [`page`] | listening → data sources → dashboards |
//!
//! One request of its own is followed down all paths. A service that is down is named once, as what it is; the paths of
//! the others are walked without it.

mod logs;
mod metrics;
mod page;
pub mod path;
mod patient;
mod receiver;
pub mod report;
mod services;
mod source;
mod traces;
mod words;

use serde::Serialize;
use tokio_util::sync::CancellationToken;

use crate::stack::Stack;
use crate::stack::services::Service;
use path::Path;
use patient::Patient;

/// Every path as it was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnosis {
    /// Whether no hop is broken.
    pub good: bool,
    /// What is said first of all, if it explains everything else.
    pub summary: Option<Summary>,
    /// The paths, in the order in which one depends on the other.
    pub paths: Vec<Path>,
}

/// One cause behind many broken hops.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// What is wrong.
    pub found: String,
    /// What to do.
    pub advice: String,
}

/// Walks all paths; a stop ends every wait.
pub async fn diagnose(stack: &Stack, stop: &CancellationToken) -> Diagnosis {
    let (patient, services) = Patient::examine(stack, stop).await;
    let summary = summary(stack, &patient);
    if patient.alive.is_empty() && patient.servers.is_empty() {
        return Diagnosis { good: false, summary, paths: Vec::new() };
    }
    let (metrics, logs, traces, page) =
        tokio::join!(metrics::walk(&patient), logs::walk(&patient), traces::walk(&patient), page::walk(&patient));
    let paths = vec![services, metrics, logs, traces, page];
    Diagnosis { good: paths.iter().all(|path| path.broken().is_none()), summary, paths }
}

/// What explains many broken hops at once: nothing runs, or only half of it.
fn summary(stack: &Stack, patient: &Patient<'_>) -> Option<Summary> {
    let say = |found: String, advice: &str| Some(Summary { found, advice: advice.to_owned() });
    let ports = || {
        let services = Service::ALL.map(|service| words::port(stack.services.base(service)));
        let servers = patient::servers(stack).map(|(_, base)| words::port(base));
        services.into_iter().chain(servers).collect::<Vec<_>>().join(", ")
    };
    match (patient.alive.is_empty(), patient.servers.is_empty()) {
        (true, true) => say(
            format!("nothing answers on {}: is the lab up?", ports()),
            "start it with `make up` (or `dicelab up`); if it runs elsewhere, say where: --port-offset, --prometheus-url \
             and the like",
        ),
        (true, false) => say(
            "none of the three services answers, the lab does".to_owned(),
            "start them with `dicelab up` in place of `dicelab lab`, or say where they are (--frontend-url, \
             --dice-roller-url, --die-service-url)",
        ),
        (false, true) => say(
            "the services answer, but no lab does: neither metrics nor logs, traces or dashboards".to_owned(),
            "start without --no-lab, start a lab beside them with `dicelab lab`, or say where the stack is \
             (--prometheus-url, --loki-url, --tempo-url, --grafana-url)",
        ),
        (false, false) => None,
    }
}
