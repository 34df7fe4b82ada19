//! The measurement: iterations of the same dice one after another and at once.
//!
//! An iteration times one batch and, as its control, as many single rolls in sequence. Its two halves
//! follow each other, and every other iteration begins with the other half, so that a slow moment of the
//! machine meets both alike.
//!
//! A sequence of ten rolls takes 5 s and varies by 18 % (ten independent delays), the batch by 9 %. So an
//! iteration takes `CONTROLS` controls, and up to `SIDE_BY_SIDE` iterations run at the same time:
//! each control is a sequence of its own, on its own connection, and what they all wait for is the
//! delay, not the machine. Thirty iterations of ten dice then take about 20 s and give the speed-up with
//! a standard error of 2.6 %. With delays too short for that (`SHORT_DELAY_SECONDS`) the machine is what
//! would be measured, and everything runs alone.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;

use lab_model::strategy::Strategy;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::client::{Outcome, Target};
use crate::request::RollRequest;

/// The die that never fails.
pub const DIE: &str = "fair";
/// Iterations at the same time, at most.
const SIDE_BY_SIDE: u32 = 10;
/// Controls of an iteration, which run at the same time.
const CONTROLS: u32 = 3;
/// Below this longest delay, one iteration with one control at a time.
const SHORT_DELAY_SECONDS: f64 = 0.1;

/// How much happens at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Concurrency {
    /// Iterations side by side.
    pub side_by_side: u32,
    /// Controls of one iteration.
    pub controls: u32,
}

impl Concurrency {
    /// What delays of up to `max_delay` seconds allow for.
    pub fn for_delay(max_delay: f64) -> Self {
        if max_delay < SHORT_DELAY_SECONDS {
            Self { side_by_side: 1, controls: 1 }
        } else {
            Self { side_by_side: SIDE_BY_SIDE, controls: CONTROLS }
        }
    }
}

/// Seconds measured for one number of dice. Failed runs are in none of the times.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Measured {
    /// Seconds of each control.
    pub sequential: Vec<f64>,
    /// Seconds of each batch.
    pub concurrent: Vec<f64>,
    /// Failed requests by reason.
    pub failures: BTreeMap<String, u64>,
}

/// The measurement was given up; what was finished until then.
#[derive(Debug, Clone, PartialEq)]
pub struct Interrupted(pub Measured);

/// Rolls without timing, so that connections exist and code is loaded.
pub async fn warm_up(target: &Target, concurrency: Concurrency) {
    let mut warming = JoinSet::new();
    for _ in 0..concurrency.side_by_side * concurrency.controls {
        let target = target.clone();
        warming.spawn(async move { target.send(&RollRequest::single(DIE)).await });
    }
    warming.join_all().await;
    target.send(&RollRequest::batch(DIE, 1, Strategy::FailFast)).await;
}

/// Times `iterations` of `rolls` dice; `finished` is called after each.
pub async fn measure(
    target: &Target,
    rolls: u32,
    iterations: u32,
    concurrency: Concurrency,
    stop: &CancellationToken,
    mut finished: impl FnMut(),
) -> Result<Measured, Interrupted> {
    let slots = Arc::new(Semaphore::new(concurrency.side_by_side as usize));
    // Dropping the set, as an interruption does, aborts what still runs.
    let mut running = JoinSet::new();
    for number in 0..iterations {
        let (target, slots) = (target.clone(), Arc::clone(&slots));
        running.spawn(async move {
            let _slot = slots.acquire_owned().await;
            iteration(&target, rolls, concurrency.controls, number % 2 == 0).await
        });
    }
    let mut measured = Measured::default();
    loop {
        let joined = tokio::select! {
            () = stop.cancelled() => return Err(Interrupted(measured)),
            joined = running.join_next() => joined,
        };
        match joined {
            None => return Ok(measured),
            Some(Ok(one)) => measured.absorb(one),
            Some(Err(error)) => measured.fail(format!("iteration ended early: {error}")),
        }
        finished();
    }
}

impl Measured {
    fn absorb(&mut self, other: Self) {
        self.sequential.extend(other.sequential);
        self.concurrent.extend(other.concurrent);
        for (reason, count) in other.failures {
            *self.failures.entry(reason).or_default() += count;
        }
    }

    fn fail(&mut self, reason: String) {
        *self.failures.entry(reason).or_default() += 1;
    }
}

async fn iteration(target: &Target, rolls: u32, controls: u32, batch_first: bool) -> Measured {
    let mut measured = Measured::default();
    for is_batch in [batch_first, !batch_first] {
        if is_batch {
            match timed(batch(target, rolls)).await {
                Ok(seconds) => measured.concurrent.push(seconds),
                Err(reason) => measured.fail(reason),
            }
            continue;
        }
        let mut sequences = JoinSet::new();
        for _ in 0..controls {
            let target = target.clone();
            sequences.spawn(async move { timed(sequence(&target, rolls)).await });
        }
        for run in sequences.join_all().await {
            match run {
                Ok(seconds) => measured.sequential.push(seconds),
                Err(reason) => measured.fail(reason),
            }
        }
    }
    measured
}

/// Seconds by the monotonic clock; nothing is timed that failed.
async fn timed(work: impl Future<Output = Result<(), String>>) -> Result<f64, String> {
    let start = Instant::now();
    work.await?;
    Ok(start.elapsed().as_secs_f64())
}

async fn batch(target: &Target, rolls: u32) -> Result<(), String> {
    rolled(target, &RollRequest::batch(DIE, rolls, Strategy::FailFast)).await
}

async fn sequence(target: &Target, rolls: u32) -> Result<(), String> {
    let request = RollRequest::single(DIE);
    for _ in 0..rolls {
        rolled(target, &request).await?;
    }
    Ok(())
}

/// Succeeds if every die asked for was rolled.
async fn rolled(target: &Target, request: &RollRequest) -> Result<(), String> {
    let exchange = target.send(request).await;
    let reason = match exchange.outcome {
        Outcome::Answered(answer) => {
            let faces = answer.rolls.iter().flatten().flatten().count();
            if answer.status == 200 && faces == request.dice() as usize {
                return Ok(());
            }
            let detail = answer.detail.unwrap_or_else(|| format!("{faces} of {} dice in the answer", request.dice()));
            format!("{} {detail}", answer.status)
        }
        other => other.to_string(),
    };
    Err(format!("GET {}: {reason}", request.endpoint().path()))
}
