//! Calls of dice-roller.

use std::time::Duration;

use http::StatusCode;
use serde::de::DeserializeOwned;
use telemetry::client::{BaseUrl, Client, ClientError, Reply};
use telemetry::problem::{ParamError, Problem};
use telemetry::readiness::Condition;
use tokio_util::sync::CancellationToken;

use crate::answer::ProblemAnswer;
use crate::request::RollRequest;

/// Pauses between attempts to reach it for the first time: the shortest and the longest.
const RETRY: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(2));

/// Access to dice-roller.
#[derive(Debug)]
pub struct Backend {
    client: Client,
    url: BaseUrl,
    timeout: Duration,
}

/// Why there is no answer. The text is what the client reads.
#[derive(Debug, thiserror::Error)]
pub enum Unanswered {
    /// Not in time.
    #[error("dice-roller did not answer within {0:?}")]
    Timeout(Duration),
    /// No connection, or it broke.
    #[error("dice-roller cannot be reached: {0}")]
    Connection(String),
    /// Our own client left first, or the service is shutting down.
    #[error("the request was cancelled while dice-roller was at work")]
    Cancelled,
}

impl Backend {
    /// Asks the dice-roller at `url`, each time for at most `timeout`.
    pub fn new(client: Client, url: BaseUrl, timeout: Duration) -> Self {
        Self { client, url, timeout }
    }

    /// Passes a request on. When `cancel` fires, the call is given up, which dice-roller notices.
    pub async fn call(&self, request: &RollRequest, cancel: &CancellationToken) -> Result<Reply, Unanswered> {
        let (path, die) = (request.handler().route(), ("die", request.die.as_str()));
        let uri = match request.batch {
            None => self.url.with(path, &[die]),
            Some(batch) => {
                let times = batch.times.to_string();
                self.url.with(path, &[die, ("times", &times), ("strategy", batch.strategy.name())])
            }
        };
        tokio::select! {
            biased;
            answer = self.client.get(uri, self.timeout) => answer.map_err(|error| match error {
                ClientError::Timeout(timeout) => Unanswered::Timeout(timeout),
                ClientError::Connect(reason) | ClientError::Other(reason) => Unanswered::Connection(reason),
                ClientError::BodyTooLarge(_) => Unanswered::Connection(error.to_string()),
            }),
            () = cancel.cancelled() => Err(Unanswered::Cancelled),
        }
    }

    /// Reports readiness: asks until dice-roller says for the first time that it is ready.
    pub async fn wait(&self, dice_roller: Condition, stopping: &CancellationToken) {
        let mut pause = RETRY.0;
        loop {
            match self.client.get(self.url.with("/readyz", &[]), self.timeout).await {
                Ok(reply) if reply.status == StatusCode::OK => return dice_roller.met(),
                Ok(reply) => dice_roller.unmet(refusal(&reply).detail()),
                Err(error) => dice_roller.unmet(error.to_string()),
            }
            tokio::select! {
                () = stopping.cancelled() => return,
                () = tokio::time::sleep(pause) => pause = (pause * 2).min(RETRY.1),
            }
        }
    }
}

/// The good answer in a reply; anything else as the problem that the client is to see: status and detail of an
/// error pass through unchanged, and what is neither becomes a 502.
pub fn understand<T: DeserializeOwned>(reply: &Reply) -> Result<T, Problem> {
    match reply.status {
        StatusCode::OK => serde_json::from_slice(&reply.body).map_err(|error| {
            Problem::new(StatusCode::BAD_GATEWAY, format!("dice-roller answered with something unknown: {error}"))
        }),
        _ => Err(refusal(reply)),
    }
}

fn refusal(reply: &Reply) -> Problem {
    let answer: ProblemAnswer = serde_json::from_slice(&reply.body).unwrap_or_default();
    if !answer.errors.is_empty() {
        let errors = answer.errors.into_iter().map(|wrong| ParamError { param: wrong.param, message: wrong.message });
        return Problem::invalid_parameters(errors.collect());
    }
    let refused = reply.status.is_client_error() || reply.status.is_server_error();
    let status = if refused { reply.status } else { StatusCode::BAD_GATEWAY };
    let detail =
        answer.detail.unwrap_or_else(|| format!("dice-roller answered {} without a reason", reply.status.as_u16()));
    Problem::new(status, detail)
}

impl From<Unanswered> for Problem {
    fn from(error: Unanswered) -> Self {
        let status = match error {
            Unanswered::Timeout(_) => StatusCode::GATEWAY_TIMEOUT,
            Unanswered::Connection(_) | Unanswered::Cancelled => StatusCode::SERVICE_UNAVAILABLE,
        };
        Self::new(status, error.to_string())
    }
}
