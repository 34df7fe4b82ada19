//! Who is examined: what answers at all, and the request that is followed.

use std::time::Duration;

use serde_json::Value;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::path::{Path, Trouble};
use super::services;
use crate::endpoint::{Answer, AskError, Reason};
use crate::event::Event;
use crate::stack::Stack;
use crate::stack::services::Service;

/// Who does not answer a probe within this time does not answer.
const PROBE: Duration = Duration::from_secs(5);

/// What every path may use.
pub(super) struct Patient<'a> {
    pub(super) stack: &'a Stack,
    pub(super) stop: &'a CancellationToken,
    /// The services that listen.
    pub(super) alive: Vec<Service>,
    /// The servers of the stack that answer at all: `metrics`, `logs`, `traces`, `dashboards`.
    pub(super) servers: Vec<&'static str>,
    /// The request that is followed, if the frontend answered.
    pub(super) event: Option<Event>,
    /// What the lab tells of itself; nothing of a real stack.
    pub(super) lab: Option<Value>,
}

impl<'a> Patient<'a> {
    /// Sees who answers, and walks the services' own path.
    pub(super) async fn examine(stack: &'a Stack, stop: &'a CancellationToken) -> (Self, Path) {
        let (servers, lab) = tokio::join!(answering(stack), stack.collector.status());
        let lab = lab.ok();
        let (path, alive, event) = services::walk(stack, lab.as_ref(), stop).await;
        (Self { stack, stop, alive, servers, event, lab }, path)
    }

    /// Whether this is the embedded lab.
    pub(super) fn is_lab(&self) -> bool {
        self.lab.is_some()
    }

    /// The request that is followed; trouble if there is none.
    pub(super) fn event(&self) -> Result<&Event, Trouble> {
        self.event.as_ref().ok_or_else(|| Trouble {
            found: "no request can be followed, the frontend does not answer".to_owned(),
            advice: "mend the frontend, then ask again".to_owned(),
        })
    }
}

/// An answer within a few seconds, where a hanging server would take longer.
pub(super) async fn probe(
    asked: impl Future<Output = Result<Answer, AskError>>,
    base: &str,
) -> Result<Answer, AskError> {
    match timeout(PROBE, asked).await {
        Ok(answer) => answer,
        Err(_) => Err(AskError { url: base.to_owned(), reason: Reason::Timeout(PROBE) }),
    }
}

/// The four servers and their addresses.
pub(super) fn servers(stack: &Stack) -> [(&'static str, &str); 4] {
    [
        ("metrics", stack.prometheus.base()),
        ("logs", stack.loki.base()),
        ("traces", stack.tempo.base()),
        ("dashboards", stack.grafana.base()),
    ]
}

/// Which of the four listen at all, whatever they say.
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
