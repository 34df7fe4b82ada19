//! Guards that count exactly once, when they go: also if the request panics or its task is dropped.

use std::sync::Arc;

use telemetry::faults::times_counted;

use crate::metrics::families::{DieMetrics, Metrics};
use crate::rolling::batch::Outcome;
use crate::rolling::roll::RollEnd;
use telemetry::Strategy;

/// The counters of rolls.
const SINGLE: &str = "dice_rolls_total";
const IN_BATCH: &str = "async_rolls_total";

/// To which counter a roll belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A `/roll`: `dice_rolls_total`.
    Single,
    /// One of a batch: `async_rolls_total` and, while it runs, `async_rolls_in_progress`.
    InBatch,
}

/// One roll of a known die, from the decision to roll it to its end.
#[derive(Debug)]
pub struct RollCount {
    die: Arc<DieMetrics>,
    kind: Kind,
    end: Option<RollEnd>,
}

impl RollCount {
    /// The roll is on its way.
    pub fn begin(die: Arc<DieMetrics>, kind: Kind) -> Self {
        if kind == Kind::InBatch {
            die.in_progress.inc();
        }
        Self { die, kind, end: None }
    }

    /// The roll is over.
    pub fn end(mut self, end: RollEnd) {
        self.end = Some(end);
    }
}

impl Drop for RollCount {
    fn drop(&mut self) {
        let unfinished = if std::thread::panicking() { RollEnd::Error } else { RollEnd::Cancelled };
        let end = self.end.unwrap_or(unfinished);
        match self.kind {
            Kind::Single => self.die.single.of(end).inc_by(times_counted(SINGLE)),
            Kind::InBatch => {
                self.die.in_progress.dec();
                self.die.in_batch.of(end).inc_by(times_counted(IN_BATCH))
            }
        };
        if let RollEnd::Success(face) = end {
            self.die.value.observe(face as f64);
        }
    }
}

/// One validated `/roll-async`.
#[derive(Debug)]
pub struct BatchCount {
    metrics: Arc<Metrics>,
    strategy: Strategy,
    times: usize,
    outcome: Option<Outcome>,
}

impl BatchCount {
    /// The request is valid.
    pub fn begin(metrics: Arc<Metrics>, strategy: Strategy, times: usize) -> Self {
        Self { metrics, strategy, times, outcome: None }
    }

    /// The batch is over.
    pub fn end(mut self, outcome: Outcome) {
        self.outcome = Some(outcome);
    }
}

impl Drop for BatchCount {
    fn drop(&mut self) {
        let unfinished = if std::thread::panicking() { Outcome::Error } else { Outcome::Cancelled };
        self.metrics.batch_ended(self.strategy, self.outcome.unwrap_or(unfinished), self.times);
    }
}
