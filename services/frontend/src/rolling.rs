//! The one way to roll, for the API and for the page: counts, passes on, logs and describes a request.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use telemetry::client::Reply;
use telemetry::logs::json;
use telemetry::problem::Problem;
use telemetry::traces::set;
use tokio_util::sync::CancellationToken;

use crate::answer::{BatchAnswer, RollAnswer, Timing};
use crate::backend::{Backend, Unanswered, understand};
use crate::dice::Dice;
use crate::metrics::count::RequestCount;
use crate::metrics::families::{Ending, Metrics};
use crate::request::{BatchRequest, RollRequest};

/// What all requests share.
#[derive(Debug)]
pub struct Rolling {
    /// The dice on offer.
    pub dice: Arc<Dice>,
    pub backend: Arc<Backend>,
    /// What is counted.
    pub metrics: Arc<Metrics>,
}

/// A good answer.
#[derive(Debug)]
pub struct Rolled {
    /// dice-roller's JSON object.
    pub body: Bytes,
    /// What it says.
    pub result: RollResult,
    /// How long the rolls of a batch took, if dice-roller said so.
    pub timing: Option<Timing>,
}

#[derive(Debug)]
pub enum RollResult {
    One(RollAnswer),
    Batch(BatchAnswer),
}

impl Rolling {
    /// Carries a valid request out. It is counted as received, and once more by how it ended.
    pub async fn roll(&self, request: &RollRequest, gone: &CancellationToken) -> Result<Rolled, Problem> {
        let (die, handler) = (self.dice.metrics(&request.die), request.handler());
        let count = RequestCount::begin(Arc::clone(&die), handler);
        set("die.type", request.die.clone());
        match request.batch {
            None => tracing::info!(die_type = request.die, "Frontend roll request received"),
            Some(BatchRequest { times, .. }) => {
                self.metrics.batch_requested(times);
                set("async.batch_size", times as i64);
                tracing::info!(die_type = request.die, times, "Frontend async roll request received");
            }
        }

        let started = Instant::now();
        let answer = self.backend.call(request, gone).await;
        let duration = started.elapsed();
        let status = answer.as_ref().ok().map(|reply| reply.status.as_u16());
        die.backend_called(handler, status, duration);
        set("backend.duration", duration.as_secs_f64());
        if let Some(status) = status {
            set("backend.status_code", i64::from(status));
        }

        let reply = match answer {
            Ok(reply) => reply,
            Err(error) => {
                count.end(unanswered(&request.die, &error));
                return Err(error.into());
            }
        };
        let result = match request.batch {
            None => understand(&reply).map(RollResult::One),
            Some(_) => understand(&reply).map(RollResult::Batch),
        };
        match result {
            Ok(result) => {
                describe(request, &result, &reply, duration);
                count.end(Ending::Success);
                Ok(Rolled { result, timing: Timing::from_headers(&reply.headers), body: reply.body })
            }
            Err(problem) => {
                tracing::error!(die_type = request.die, backend_status = status, "Backend returned error");
                count.end(Ending::Error);
                Err(problem)
            }
        }
    }
}

fn describe(request: &RollRequest, result: &RollResult, reply: &Reply, duration: Duration) {
    let (die_type, backend_status) = (&request.die, reply.status.as_u16());
    let duration = duration.as_secs_f64();
    match result {
        RollResult::One(RollAnswer { roll }) => {
            set("roll.value", *roll);
            tracing::info!(die_type, backend_status, roll_value = roll, duration, "Backend response received");
        }
        RollResult::Batch(BatchAnswer { total, rolls }) => {
            set("async.total_result", i64::try_from(*total).unwrap_or(i64::MAX));
            tracing::info!(
                die_type,
                times = rolls.len(),
                backend_status,
                total = json(total),
                rolls = json(rolls),
                duration,
                "Backend async response received"
            );
        }
    }
}

fn unanswered(die_type: &str, error: &Unanswered) -> Ending {
    match error {
        Unanswered::Timeout(_) => {
            tracing::error!(die_type, "Backend request timed out");
            Ending::Timeout
        }
        Unanswered::Connection(reason) => {
            tracing::error!(die_type, error = reason, "Failed to connect to backend");
            Ending::ConnectionError
        }
        Unanswered::Cancelled => {
            tracing::debug!(die_type, "Backend request cancelled");
            Ending::Cancelled
        }
    }
}
