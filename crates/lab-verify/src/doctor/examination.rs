//! What the doctor examines: which services and servers answer at all, and the request that is followed.

use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::doctor::hop::{Path, Trouble};
use crate::doctor::paths::services;
use crate::doctor::probe::probe;
use crate::stack::Stack;
use crate::stack::collector::alloy::Alloy;
use crate::stack::endpoint::{Answer, AskError, Reason};
use crate::stack::services::Service;
use crate::truth::traced_request::TracedRequest;

/// What the path of every signal may use.
pub(crate) struct Examination<'a> {
    pub(crate) stack: &'a Stack,
    pub(crate) stop: &'a CancellationToken,
    /// The services that listen.
    pub(crate) alive: Vec<Service>,
    /// The servers of the stack that answer at all: `metrics`, `logs`, `traces`, `dashboards`.
    pub(crate) servers: Vec<&'static str>,
    /// The request that is followed, if the frontend answered.
    pub(crate) event: Option<TracedRequest>,
    /// The status that the lab reports about itself; a real stack reports none.
    pub(crate) lab: Option<Value>,
}

impl<'a> Examination<'a> {
    /// Finds out which services and servers answer, and walks the services' own path.
    pub(crate) async fn examine(stack: &'a Stack, stop: &'a CancellationToken) -> (Self, Path) {
        let (servers, lab) = tokio::join!(answering(stack), stack.collector.status());
        let lab = lab.ok();
        let (path, alive, event) = services::walk(stack, lab.as_ref(), stop).await;
        (Self { stack, stop, alive, servers, event, lab }, path)
    }

    /// The services that the request reaches: those before the first that is down.
    pub(crate) fn reached(&self) -> Vec<Service> {
        Service::ALL.into_iter().take_while(|service| self.alive.contains(service)).collect()
    }

    /// Whether this is the embedded lab.
    pub(crate) fn is_lab(&self) -> bool {
        self.lab.is_some()
    }

    /// The Alloy that a real stack has at the collector's address.
    pub(crate) async fn alloy(&self) -> Option<Alloy> {
        if self.is_lab() { None } else { self.stack.collector.alloy().await }
    }

    /// The request that is followed, or the reason that there is none.
    pub(crate) fn event(&self) -> Result<&TracedRequest, Trouble> {
        self.event.as_ref().ok_or_else(|| Trouble {
            found: "no request could be followed, because the frontend does not answer".to_owned(),
            advice: "repair the frontend, then run `dicelab doctor` again".to_owned(),
        })
    }
}

/// The four servers and their addresses.
pub(crate) fn servers(stack: &Stack) -> [(&'static str, &str); 4] {
    [
        ("metrics", stack.prometheus.base()),
        ("logs", stack.loki.base()),
        ("traces", stack.tempo.base()),
        ("dashboards", stack.grafana.base()),
    ]
}

/// Which of the four servers accept connections, whatever they answer.
async fn answering(stack: &Stack) -> Vec<&'static str> {
    let (metrics, logs, traces, dashboards) = tokio::join!(
        probe(stack.prometheus.get("/-/healthy", &[]), stack.prometheus.base()),
        probe(stack.loki.get("/ready", &[]), stack.loki.base()),
        probe(stack.tempo.get("/ready", &[]), stack.tempo.base()),
        probe(stack.grafana.get("/api/health", &[]), stack.grafana.base()),
    );
    let listens =
        |answer: Result<Answer, AskError>| !answer.is_err_and(|error| matches!(error.reason, Reason::Unreachable(_)));
    let answers = [metrics, logs, traces, dashboards].map(listens);
    servers(stack).iter().zip(answers).filter(|(_, listens)| *listens).map(|((name, _), _)| *name).collect()
}
