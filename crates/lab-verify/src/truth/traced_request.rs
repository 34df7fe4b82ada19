//! One request of our own, to be found again in every signal.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde::Deserialize;

use crate::stack::Stack;
use crate::stack::endpoint::{AskError, Reason};
use crate::stack::services::Service;
use crate::stack::span::Kind;
use crate::time::wait::Miss;

/// The stored counter of what the frontend receives, over all of its series.
pub const STORED: &str = "sum(frontend_requests_total{job=\"frontend-stage4\",handler=\"/roll\",status=\"received\"})";

/// Clocks of services and stores may differ by this much, nanoseconds.
const MARGIN: i64 = 60_000_000_000;

/// One single roll through the frontend, answered.
#[derive(Debug, Clone)]
pub struct TracedRequest {
    /// The trace that it left behind.
    pub trace_id: String,
    /// When the answer was complete.
    pub answered: Instant,
    /// HTTP status code of the answer.
    pub status: u16,
    /// What the answer says about an error; empty for a good one.
    pub detail: String,
    /// When it was sent, nanoseconds since the Unix epoch.
    pub(crate) sent_ns: i64,
    /// What the frontend itself had counted after it; `None` if it does not show that.
    count: Option<f64>,
}

impl TracedRequest {
    /// Makes the request; an error if there is no answer with a trace id.
    pub async fn cause(stack: &Stack) -> Result<Self, AskError> {
        #[derive(Deserialize)]
        struct Body {
            trace_id: String,
            #[serde(default)]
            detail: String,
        }
        let sent_ns = stack.clock.nanoseconds();
        let answer = stack.services.get(Service::Frontend, "/roll", &[("die", "fair")]).await?;
        let (answered, body) = (Instant::now(), answer.json::<Body>()?);
        let samples = stack.services.metrics(Service::Frontend).await.ok();
        let count = samples.map(|samples| {
            let received = samples.iter().filter(|sample| {
                let is_roll = sample.label("handler") == "/roll" && sample.label("status") == "received";
                sample.name() == "frontend_requests_total" && is_roll
            });
            received.map(|sample| sample.value).sum()
        });
        Ok(Self { trace_id: body.trace_id, answered, status: answer.status, detail: body.detail, sent_ns, count })
    }

    /// The same; an answer other than 200 is an error.
    pub async fn succeed(stack: &Stack) -> Result<Self, AskError> {
        let event = Self::cause(stack).await?;
        if event.status == 200 {
            return Ok(event);
        }
        let url = format!("{}/roll", stack.services.base(Service::Frontend));
        Err(AskError { url, reason: Reason::Status { status: event.status, text: event.detail } })
    }

    /// The time since its answer.
    pub fn age(&self) -> Duration {
        self.answered.elapsed()
    }

    /// Whether the stored counter has reached what the frontend counted.
    pub async fn is_counted(&self, stack: &Stack) -> Result<(), Miss> {
        let stored: f64 = stack.prometheus.query(STORED, None).await?.iter().map(|sample| sample.value).sum();
        let count = self.count.unwrap_or_default();
        Miss::unless_missing((stored < count).then(|| format!("{stored} is stored, the frontend counted {count}")))
    }

    /// How many lines of it are found by its trace id, and whose.
    pub async fn lines(&self, stack: &Stack) -> Result<(usize, BTreeSet<Service>), AskError> {
        self.lines_around(stack, MARGIN).await
    }

    /// The same, looked for within so many nanoseconds before and after the request.
    pub(crate) async fn lines_around(
        &self,
        stack: &Stack,
        margin: i64,
    ) -> Result<(usize, BTreeSet<Service>), AskError> {
        let query = format!("{{container_name=~\".+-stage4\"}} | trace_id=\"{}\"", self.trace_id);
        let lines = stack.loki.lines(&query, (self.sent_ns - margin, self.sent_ns + margin), 100).await?;
        let containers = lines.iter().filter_map(|line| line.labels.get("container_name"));
        Ok((lines.len(), containers.filter_map(|name| Service::of_stage4(name)).collect()))
    }

    /// The services that have a SERVER span in its trace.
    pub async fn served(&self, stack: &Stack) -> Result<BTreeSet<Service>, AskError> {
        let spans = stack.tempo.trace(&self.trace_id).await?;
        let servers = spans.iter().filter(|span| span.kind == Kind::Server);
        Ok(servers.filter_map(|span| Service::named(&span.service)).collect())
    }
}
