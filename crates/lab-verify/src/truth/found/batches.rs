//! How the rolls of all batches overlapped: sums, so that no batch need be kept.

use std::collections::BTreeMap;

use crate::trace::batch::{Batch, Verdict};

/// The batches of two rolls or more of which none was cancelled, summed up; times in nanoseconds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Batches {
    /// How many batches.
    pub count: usize,
    /// Rolls of all of them.
    pub rolls: usize,
    /// Time that rolls spent on waiting for their siblings.
    pub waited_ns: u64,
    /// Time that rolls could have shared.
    pub shareable_ns: u64,
    /// The durations of all rolls.
    pub sum_ns: u64,
    /// From the first start to the last end of each batch.
    pub wall_ns: u64,
    /// n/(n+1) of every batch, by which the theory weighs its mean.
    pub weight: f64,
    /// How many batches ran in which way.
    pub verdicts: BTreeMap<Verdict, usize>,
    /// The most rolls under way at one moment, of each batch.
    pub together: usize,
    /// The most rolls of one batch under way at one moment.
    pub most_together: usize,
    /// From the first start to the last one, of each batch.
    pub spreads_ns: Vec<u64>,
}

impl Batches {
    /// Adds a batch, if it says something about concurrency.
    pub fn take(&mut self, batch: &Batch) {
        let rolls = &batch.rolls;
        if batch.cancelled > 0 || rolls.count < 2 {
            return;
        }
        self.count += 1;
        self.rolls += rolls.count;
        self.waited_ns += rolls.waited_ns();
        self.shareable_ns += rolls.shareable_ns();
        self.sum_ns += rolls.sum_ns;
        self.wall_ns += rolls.wall_ns;
        self.weight += rolls.count as f64 / (rolls.count as f64 + 1.0);
        if let Some(verdict) = batch.verdict {
            *self.verdicts.entry(verdict).or_default() += 1;
        }
        self.together += rolls.greatest;
        self.most_together = self.most_together.max(rolls.greatest);
        self.spreads_ns.push(rolls.start_spread_ns);
    }
}
