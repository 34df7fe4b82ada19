//! A batch: n rolls at the same time, as n concurrent tasks that never outlive it.
//!
//! | strategy | a roll fails | the batch's outcome then |
//! |---|---|---|
//! | `fail-fast` | its siblings are cancelled | error, at once |
//! | `all` | the others finish | error |
//! | `best-effort` | the others finish | partial |
//!
//! What a roll *is* stays the caller's business: here it is a future that honours a cancellation token.
//! Cancelling is cooperative and awaited, so that each roll always reports how it ended.

use std::time::Duration;

use telemetry::Strategy;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::rolling::roll::{Roll, RollEnd};

/// How a batch ended; also the `outcome` label of its metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// All rolls are good.
    Success,
    /// A failed roll, or no die to roll because of a failed lookup.
    Error,
    /// `best-effort` with failed rolls.
    Partial,
    /// The client left, or the service is shutting down.
    Cancelled,
    /// There is no such die.
    NotFound,
}

/// A finished batch.
#[derive(Debug)]
pub struct Batch {
    /// How it ended.
    pub outcome: Outcome,
    /// All its rolls, in the order of their indices; never empty.
    pub rolls: Vec<Roll>,
}

/// Runs `times` rolls at once and returns when the last of them is over.
///
/// `roll` makes the future of the roll with this index; it must end soon after its token is cancelled.
/// A roll that panics counts as failed.
pub async fn run<F, R>(strategy: Strategy, times: usize, cancel: &CancellationToken, mut roll: F) -> Batch
where
    F: FnMut(usize, CancellationToken) -> R,
    R: Future<Output = Roll> + Send + 'static,
{
    let start = Instant::now();
    let siblings = cancel.child_token();
    let mut tasks = JoinSet::new();
    let mut indices: Vec<Id> = Vec::with_capacity(times);
    for index in 0..times {
        let (roll, siblings) = (roll(index, siblings.clone()), siblings.clone());
        let task = tasks.spawn(async move {
            let roll = roll.await;
            if strategy == Strategy::FailFast && roll.end == RollEnd::Error {
                siblings.cancel();
            }
            (index, roll)
        });
        indices.push(task.id());
    }
    let unfinished = Roll { end: RollEnd::Cancelled, began: start, ended: start };
    let mut rolls = vec![unfinished; times];
    while let Some(finished) = tasks.join_next().await {
        let (index, roll) = finished.unwrap_or_else(|panic| {
            if strategy == Strategy::FailFast {
                siblings.cancel();
            }
            (index_of(&indices, &panic), Roll { end: RollEnd::Error, began: start, ended: Instant::now() })
        });
        rolls[index] = roll;
    }
    Batch { outcome: outcome(strategy, &rolls, cancel.is_cancelled()), rolls }
}

impl Batch {
    /// Indices of the failed rolls, ascending.
    pub fn failed(&self) -> Vec<usize> {
        self.rolls.iter().enumerate().filter(|(_, roll)| roll.end == RollEnd::Error).map(|(index, _)| index).collect()
    }

    /// Index of the roll that failed before all others.
    pub fn first_failure(&self) -> Option<usize> {
        self.failed().into_iter().min_by_key(|index| self.rolls[*index].ended)
    }

    /// What the good rolls show, `None` in place of the others.
    pub fn faces(&self) -> impl Iterator<Item = Option<i64>> {
        self.rolls.iter().map(|roll| match roll.end {
            RollEnd::Success(face) => Some(face),
            RollEnd::Error | RollEnd::Cancelled => None,
        })
    }

    /// Time from the first roll's start to the last one's end.
    pub fn wall_time(&self) -> Duration {
        let began = self.rolls.iter().map(|roll| roll.began).min();
        let ended = self.rolls.iter().map(|roll| roll.ended).max();
        began.zip(ended).map(|(began, ended)| ended - began).unwrap_or_default()
    }

    /// How long the same rolls would have taken one after another: the sum of their durations.
    pub fn sequential_time(&self) -> Duration {
        self.rolls.iter().map(|roll| roll.ended - roll.began).sum()
    }
}

impl Outcome {
    pub const ALL: [Self; 5] = [Self::Success, Self::Error, Self::Partial, Self::Cancelled, Self::NotFound];

    /// The name in labels.
    pub fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Error => "error",
            Self::Partial => "partial",
            Self::Cancelled => "cancelled",
            Self::NotFound => "not_found",
        }
    }
}

/// Rolls that fail-fast cancelled don't make a batch cancelled, those that `client_gone` cancelled do.
fn outcome(strategy: Strategy, rolls: &[Roll], client_gone: bool) -> Outcome {
    let any = |end| rolls.iter().any(|roll| roll.end == end);
    match strategy {
        _ if client_gone && any(RollEnd::Cancelled) => Outcome::Cancelled,
        Strategy::BestEffort if any(RollEnd::Error) => Outcome::Partial,
        _ if any(RollEnd::Error) => Outcome::Error,
        _ => Outcome::Success,
    }
}

fn index_of(indices: &[Id], panic: &JoinError) -> usize {
    indices.iter().position(|id| *id == panic.id()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
