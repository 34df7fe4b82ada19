//! The dice at die-service, asked anew for every request.

use std::sync::Arc;
use std::time::{Duration, Instant};

use http::StatusCode;
use serde::Deserialize;
use telemetry::client::{BaseUrl, Client, ClientError, Reply};
use telemetry::logs::json;
use telemetry::problem::Problem;
use telemetry::readiness::Condition;
use tokio_util::sync::CancellationToken;

use crate::dice::die::{Found, Specification};
use crate::metrics::families::{DieMetrics, LookupFailure, Metrics};

/// Pauses between attempts to get the first list: the shortest and the longest.
const RETRY: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(2));

/// Access to die-service.
#[derive(Debug)]
pub struct Dice {
    client: Client,
    url: BaseUrl,
    timeout: Duration,
    metrics: Arc<Metrics>,
}

/// A die that was found.
#[derive(Debug)]
pub struct Die {
    pub name: String,
    /// Its faces and error rate.
    pub specification: Specification,
    pub metrics: Arc<DieMetrics>,
}

/// Why there is no die to roll. The text is what the client reads.
#[derive(Debug, thiserror::Error)]
pub enum LookupError {
    /// die-service knows no such die; in its own words.
    #[error("{0}")]
    NotFound(String),
    /// die-service answered something else than a specification.
    #[error("die-service answered {status}: {reason}")]
    Refused {
        status: u16,
        /// What it said, or what is wrong with that.
        reason: String,
    },
    /// No answer in time.
    #[error("die-service did not answer within {0:?}")]
    Timeout(Duration),
    #[error("die-service cannot be reached: {0}")]
    Connection(String),
    /// Our own client left first, or the service is shutting down.
    #[error("the request was cancelled while its die was looked up")]
    Cancelled,
}

/// Answer to `GET /dice`.
#[derive(Deserialize)]
struct List {
    identifiers: Vec<String>,
}

/// The part of an error body that people read.
#[derive(Deserialize)]
struct Detail {
    detail: String,
}

impl Dice {
    /// Asks the die-service at `url`, each time for at most `timeout`.
    pub fn new(url: BaseUrl, timeout: Duration, metrics: Arc<Metrics>) -> Self {
        Self { client: Client::new(), url, timeout, metrics }
    }

    /// Looks a die up; counted exactly once, also when `cancel` comes first.
    pub async fn find(&self, name: &str, cancel: &CancellationToken) -> Result<Die, LookupError> {
        tracing::info!(identifier = name, "Querying die service for specification");
        let started = Instant::now();
        let asked = self.client.get(self.url.with("/dice", &[("identifier", name)]), self.timeout);
        let answer = tokio::select! {
            biased;
            answer = asked => self.understand(answer),
            () = cancel.cancelled() => Err(LookupError::Cancelled),
        };
        let duration = started.elapsed();
        match answer {
            Ok(specification) => {
                let metrics = self.metrics.die(name);
                self.metrics.lookup_found(&metrics, duration);
                tracing::info!(
                    identifier = name,
                    faces = json(specification.faces()),
                    error_rate = specification.error_rate(),
                    duration = duration.as_secs_f64(),
                    "Die specification retrieved from service"
                );
                Ok(Die { name: name.to_owned(), specification, metrics })
            }
            Err(error) => {
                self.metrics.lookup_failed(name, error.failure(), duration);
                error.log(name);
                Err(error)
            }
        }
    }

    /// Learns which dice there are, so that their series exist before they are rolled, and reports readiness:
    /// asks until die-service answers for the first time.
    pub async fn learn(&self, die_service: Condition, stopping: &CancellationToken) {
        let mut pause = RETRY.0;
        loop {
            match self.list().await {
                Ok(names) => {
                    for name in names {
                        self.metrics.die(&name);
                    }
                    return die_service.met();
                }
                Err(reason) => die_service.unmet(reason),
            }
            tokio::select! {
                () = stopping.cancelled() => return,
                () = tokio::time::sleep(pause) => pause = (pause * 2).min(RETRY.1),
            }
        }
    }

    async fn list(&self) -> Result<Vec<String>, String> {
        let reply =
            self.client.get(self.url.with("/dice", &[]), self.timeout).await.map_err(|error| error.to_string())?;
        if reply.status != StatusCode::OK {
            return Err(format!("answered {}", reply.status.as_u16()));
        }
        let list: List = serde_json::from_slice(&reply.body).map_err(|error| error.to_string())?;
        Ok(list.identifiers)
    }

    fn understand(&self, answer: Result<Reply, ClientError>) -> Result<Specification, LookupError> {
        let reply = answer.map_err(|error| match error {
            ClientError::Timeout(_) => LookupError::Timeout(self.timeout),
            ClientError::Connect(reason) | ClientError::Other(reason) => LookupError::Connection(reason),
            ClientError::BodyTooLarge(_) => LookupError::Connection(error.to_string()),
        })?;
        let status = reply.status.as_u16();
        match status {
            200 => serde_json::from_slice(&reply.body)
                .map(|found: Found| found.specification)
                .map_err(|error| LookupError::Refused { status, reason: format!("no die specification: {error}") }),
            404 => Err(LookupError::NotFound(detail(&reply))),
            _ => Err(LookupError::Refused { status, reason: detail(&reply) }),
        }
    }
}

impl Die {
    /// What a failed roll of it says.
    pub fn failure(&self) -> String {
        format!(
            "the die {:?} triggered its error condition (error rate {})",
            self.name,
            self.specification.error_rate()
        )
    }
}

impl LookupError {
    fn failure(&self) -> LookupFailure {
        match self {
            Self::NotFound(_) => LookupFailure::Status(404),
            Self::Refused { status, .. } => LookupFailure::Status(*status),
            Self::Timeout(_) => LookupFailure::Timeout,
            Self::Connection(_) => LookupFailure::Connection,
            Self::Cancelled => LookupFailure::Cancelled,
        }
    }

    fn log(&self, identifier: &str) {
        match self {
            Self::NotFound(_) => tracing::warn!(identifier, status_code = 404, "Die service returned error"),
            Self::Refused { status, .. } => {
                tracing::warn!(identifier, status_code = *status, "Die service returned error");
            }
            Self::Timeout(_) => tracing::error!(identifier, "Die service request timed out"),
            Self::Connection(error) => tracing::error!(identifier, error, "Failed to connect to die service"),
            Self::Cancelled => tracing::debug!(identifier, "Die service request cancelled"),
        }
    }
}

impl From<LookupError> for Problem {
    fn from(error: LookupError) -> Self {
        let status = match error {
            LookupError::NotFound(_) => StatusCode::NOT_FOUND,
            LookupError::Refused { .. } => StatusCode::BAD_GATEWAY,
            LookupError::Timeout(_) => StatusCode::GATEWAY_TIMEOUT,
            LookupError::Connection(_) | LookupError::Cancelled => StatusCode::SERVICE_UNAVAILABLE,
        };
        Self::new(status, error.to_string())
    }
}

/// What an error answer says, or that it says nothing.
fn detail(reply: &Reply) -> String {
    serde_json::from_slice(&reply.body).map_or_else(|_| "without a reason".to_owned(), |body: Detail| body.detail)
}
