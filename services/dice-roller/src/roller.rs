//! What all requests share.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::dice::lookup::Dice;
use crate::metrics::families::Metrics;
use crate::rolling::fate::Fates;

/// The state of the service.
#[derive(Debug)]
pub struct Roller {
    /// Where dice come from.
    pub dice: Dice,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// Most rolls in a batch.
    pub max_batch: usize,
    /// Longest delay of a roll.
    pub max_delay: Duration,
    seed: u64,
    requests: AtomicU64,
}

impl Roller {
    /// A roller whose rolls all follow from `seed`.
    pub fn new(dice: Dice, metrics: Arc<Metrics>, max_batch: usize, max_delay: Duration, seed: u64) -> Self {
        Self { dice, metrics, max_batch, max_delay, seed, requests: AtomicU64::new(0) }
    }

    /// The fates of the next valid request.
    pub fn next_request(&self) -> Fates {
        Fates::new(self.seed, self.requests.fetch_add(1, Ordering::Relaxed), self.max_delay)
    }
}
