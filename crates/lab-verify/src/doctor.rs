//! `dicelab doctor`: walks the path of each signal hop by hop and names the first broken one, with its cause and what to
//! do about it.
//!
//! | Path | Hops |
//! |---|---|
//! | [`paths::services`] | listening → ready → answering |
//! | [`paths::metrics`] | exposed → scraped → stored → drawn |
//! | [`paths::logs`] | written → collected → fresh → joined |
//! | [`paths::traces`] | created → received → stored → searchable |
//! | [`paths::page`] | listening → data sources → dashboards |
//!
//! What was made wrong on purpose is a path of its own ([`paths::faults`]), if the lab tells of it.
//!
//! The doctor sends one request and follows it along all paths. A service that is down is named once, in the path of the
//! services; the other paths are walked without it. Beside a lab without services the paths are those of [`foreign`]
//! applications.

mod absence;
pub mod diagnosis;
pub mod drawing;
mod examination;
mod foreign;
pub mod hop;
mod paths;
mod probe;
mod unanswered;

use tokio_util::sync::CancellationToken;

use crate::stack::Stack;
use crate::stack::services::Service;
use diagnosis::{Diagnosis, Summary};
use examination::Examination;
use paths::{faults, logs, metrics, page, traces};

/// Walks all paths; a stop ends every wait.
pub async fn diagnose(stack: &Stack, stop: &CancellationToken) -> Diagnosis {
    let (examination, services) = Examination::examine(stack, stop).await;
    if foreign::is_alone(&examination) {
        return foreign::diagnose(&examination).await;
    }
    let summary = summary(stack, &examination);
    if examination.alive.is_empty() && examination.servers.is_empty() {
        return Diagnosis { good: false, summary, paths: Vec::new() };
    }
    let (metrics, logs, traces, page) = tokio::join!(
        metrics::walk(&examination),
        logs::walk(&examination),
        traces::walk(&examination),
        page::walk(&examination)
    );
    let faults = faults::walk(examination.lab.as_ref(), stack.collector.base());
    let paths: Vec<_> = faults.into_iter().chain([services, metrics, logs, traces, page]).collect();
    Diagnosis { good: paths.iter().all(|path| path.broken().is_none()), summary, paths }
}

/// One cause that explains many broken hops: nothing runs, or only the services or only the lab.
fn summary(stack: &Stack, examination: &Examination<'_>) -> Option<Summary> {
    let say = |found: String, advice: &str| Some(Summary { found, advice: advice.to_owned() });
    let ports = || {
        let services = Service::ALL.map(|service| unanswered::port(stack.services.base(service)));
        let servers = examination::servers(stack).map(|(_, base)| unanswered::port(base));
        services.into_iter().chain(servers).collect::<Vec<_>>().join(", ")
    };
    match (examination.alive.is_empty(), examination.servers.is_empty()) {
        (true, true) => say(
            format!("nothing answers on {}: is the lab up?", ports()),
            "start it with `make up` (or `dicelab up`); if it runs elsewhere, give its addresses with --port-offset, \
             --prometheus-url and so on",
        ),
        (true, false) => say(
            "none of the three services answers, but the lab does".to_owned(),
            "start them with `dicelab up` instead of `dicelab lab`, or give their addresses with --frontend-url, \
             --dice-roller-url and --die-service-url",
        ),
        (false, true) => say(
            "the services answer, but no server of metrics, logs, traces or dashboards does".to_owned(),
            "start without --no-lab, or start a lab beside them with `dicelab lab`, or give the addresses of the stack \
             with --prometheus-url, --loki-url, --tempo-url and --grafana-url",
        ),
        (false, false) => None,
    }
}
