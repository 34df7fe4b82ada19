//! `GET /roll-async?die=NAME&times=N[&strategy=fail-fast|all|best-effort]`: a batch of concurrent rolls.
//!
//! `{"total":38,"rolls":[…],"count":10}`, the rolls in the order of their indices; with best-effort failed rolls
//! are `null` and listed in `failed`. 404 unknown die, 422 wrong parameters, 500 failed rolls, 502 to 504
//! die-service failed.
//!
//! Every 200 says in `Server-Timing` how long the rolls took (`batch`) and how long the same rolls would have
//! taken one after another (`sequential`), in milliseconds.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderName, StatusCode};
use serde::Serialize;
use telemetry::http::ClientGone;
use telemetry::logs::json;
use telemetry::problem::Problem;
use telemetry::query::{Params, whole_number};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, Span};

use crate::dice::lookup::{Die, LookupError};
use crate::metrics::count::{BatchCount, Kind, RollCount};
use crate::roller::Roller;
use crate::rolling::batch::{self, Batch, Outcome};
use crate::rolling::fate::Fate;
use crate::rolling::roll::{self, Roll, RollEnd};
use crate::spans;
use telemetry::{Strategy, UnknownStrategy};

const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

#[derive(Debug, Serialize)]
struct Rolled<'a> {
    total: i128,
    rolls: &'a [Option<i64>],
    count: usize,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    failed: &'a [usize],
}

pub(super) async fn roll_async(
    State(roller): State<Arc<Roller>>,
    gone: ClientGone,
    mut params: Params,
) -> Result<Response, Problem> {
    let (name, times, strategy) = read(&mut params, roller.max_batch);
    let (name, times, strategy) = params.finish((name, times, strategy))?;
    let strategy = strategy.unwrap_or_default();
    let fates = roller.next_request();
    tracing::info!(die_type = name, times, strategy = strategy.name(), "Async roll batch started");
    spans::die_asked_for(&name);
    spans::batch(times, strategy.name());
    let count = BatchCount::begin(Arc::clone(&roller.metrics), strategy, times);

    let die = match roller.dice.find(&name, gone.token()).await {
        Ok(die) => Arc::new(die),
        Err(error) => {
            count.end(lookup_outcome(&error));
            return Err(error.into());
        }
    };
    spans::die_found(&die.specification);
    let span = Span::current();
    let batch = batch::run(strategy, times, gone.token(), |index, cancel| {
        one_of_them(span.clone(), Arc::clone(&die), index, fates.decide(&name, &die.specification, index), cancel)
    })
    .await;
    roller.metrics.batch_rolled(&batch);
    count.end(batch.outcome);
    answer(&die, strategy, &batch)
}

/// The future of one roll. Its count begins now, its span when it begins to run, so that the spans of a batch
/// show which rolls were under way at the same time.
fn one_of_them(
    batch: Span,
    die: Arc<Die>,
    index: usize,
    fate: Fate,
    cancel: CancellationToken,
) -> impl Future<Output = Roll> + Send + 'static {
    let count = RollCount::begin(Arc::clone(&die.metrics), Kind::InBatch);
    async move {
        let span = spans::async_roll(&batch, &die.name, index);
        roll_and_tell(&die, index, fate, &cancel, count).instrument(span).await
    }
}

async fn roll_and_tell(die: &Die, index: usize, fate: Fate, cancel: &CancellationToken, count: RollCount) -> Roll {
    let rolled = roll::roll(fate, cancel).await;
    count.end(rolled.end);
    match rolled.end {
        RollEnd::Success(roll_value) => {
            spans::rolled(roll_value);
            tracing::info!(die_type = die.name, roll_index = index, roll_value, "Async roll completed");
        }
        RollEnd::Error => {
            spans::failed(&die.failure());
            tracing::error!(
                die_type = die.name,
                roll_index = index,
                error_rate = die.specification.error_rate(),
                "Async roll triggered error condition"
            );
        }
        RollEnd::Cancelled => spans::cancelled(),
    }
    rolled
}

fn answer(die: &Die, strategy: Strategy, batch: &Batch) -> Result<Response, Problem> {
    let (die_type, times) = (die.name.as_str(), batch.rolls.len());
    match batch.outcome {
        Outcome::Success | Outcome::Partial => {
            let (rolls, failed): (Vec<_>, _) = (batch.faces().collect(), batch.failed());
            let total = rolls.iter().flatten().map(|face| i128::from(*face)).sum();
            spans::batch_rolled(total);
            tracing::info!(
                die_type,
                times,
                total = json(&total),
                rolls = json(&rolls),
                duration = batch.wall_time().as_secs_f64(),
                failed = (!failed.is_empty()).then(|| json(&failed)),
                "Async roll batch completed"
            );
            let body = Json(Rolled { total, rolls: &rolls, count: times, failed: &failed });
            Ok(([(SERVER_TIMING, server_timing(batch))], body).into_response())
        }
        Outcome::Error | Outcome::NotFound => {
            let error = format!("{}: {}", failed_rolls(strategy, batch), die.failure());
            spans::failed(&error);
            tracing::error!(die_type, times, error, "Async roll batch failed");
            Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error))
        }
        Outcome::Cancelled => {
            tracing::debug!(die_type, times, "Async roll batch cancelled");
            Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "The request was cancelled while its dice were rolling"))
        }
    }
}

type Read = (Option<String>, Option<usize>, Option<Option<Strategy>>);

fn read(params: &mut Params, max_batch: usize) -> Read {
    (
        params.required("die", |die| Ok(die.to_owned())),
        params.required("times", |times| whole_number(times, 1..=max_batch)),
        params.optional("strategy", |text| text.parse().map_err(|unknown: UnknownStrategy| unknown.to_string())),
    )
}

/// `roll 3 failed`, or for a batch that finished all of them `rolls 3, 7 failed`; counted from 0.
fn failed_rolls(strategy: Strategy, batch: &Batch) -> String {
    let failed = match strategy {
        Strategy::FailFast => batch.first_failure().into_iter().collect(),
        Strategy::All | Strategy::BestEffort => batch.failed(),
    };
    let noun = if failed.len() == 1 { "roll" } else { "rolls" };
    let failed: Vec<_> = failed.iter().map(ToString::to_string).collect();
    format!("{noun} {} failed", failed.join(", "))
}

fn server_timing(batch: &Batch) -> String {
    let millis = |time: std::time::Duration| time.as_secs_f64() * 1e3;
    format!("batch;dur={:.3}, sequential;dur={:.3}", millis(batch.wall_time()), millis(batch.sequential_time()))
}

fn lookup_outcome(error: &LookupError) -> Outcome {
    match error {
        LookupError::NotFound(_) => Outcome::NotFound,
        LookupError::Cancelled => Outcome::Cancelled,
        LookupError::Refused { .. } | LookupError::Timeout(_) | LookupError::Connection(_) => Outcome::Error,
    }
}
