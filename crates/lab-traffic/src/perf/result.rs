//! What a measurement found, and the verdict on it.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::perf::sample::{self, Interval, Spread};
use crate::perf::theory;

/// Share of batches that may take longer than full overlap allows before the verdict turns.
const TOLERATED_SLOW_SHARE: f64 = 0.25;
/// Seconds that a batch may take beyond the longest delay: the network, the scheduler, the die's lookup.
const OVERHEAD_SECONDS: f64 = 0.05;
/// The same as a share of the longest delay.
const OVERHEAD_SHARE: f64 = 0.1;

/// A whole measurement.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PerfResult {
    /// Base URL of dice-roller.
    pub dice_roller: String,
    /// The die rolled.
    pub die: &'static str,
    /// Delays are uniform from 0 to this many seconds.
    pub max_delay_seconds: f64,
    /// Iterations that ran side by side.
    pub side_by_side: u32,
    /// One per number of dice, ascending.
    pub sizes: Vec<SizeResult>,
    /// What to conclude.
    pub conclusion: Conclusion,
    /// Somebody ended the measurement early; the figures are of the iterations that were finished.
    pub stopped: bool,
}

/// The measurement of one number of dice; times in seconds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SizeResult {
    /// Number of dice.
    pub rolls: u32,
    /// The dice one after another, from the first request to the last answer.
    pub sequential: Option<Spread>,
    /// The same number as one batch.
    pub concurrent: Option<Spread>,
    /// Mean sequential over mean concurrent.
    pub speed_up: Option<f64>,
    /// 95 % bootstrap interval of the speed-up.
    pub speed_up_interval: Option<Interval>,
    /// What to expect; nothing when delays are off.
    pub theory: Option<Theory>,
    /// Whether the rolls of the batches overlapped; nothing where that cannot be told (one die, no delay).
    pub overlapped: Option<bool>,
    /// Failed requests by reason; their iterations are not in the times above.
    pub failures: BTreeMap<String, u64>,
}

/// What ideal overlap would give (see [`theory`](mod@crate::perf::theory)).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Theory {
    /// Mean seconds one after another.
    pub sequential: f64,
    /// Mean seconds at once.
    pub concurrent: f64,
    pub speed_up: f64,
}

/// What to conclude from a measurement, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Conclusion {
    /// Some requests failed, so the measurement is not what was asked for.
    Failures,
    /// At least one number of dice was rolled one after another.
    NoOverlap,
    /// Delays are off.
    NothingToOverlap,
    /// Rolls overlapped, as far as could be told.
    Overlap,
}

impl SizeResult {
    /// Works out what the measured seconds mean.
    pub fn new(
        rolls: u32,
        max_delay: f64,
        seed: u64,
        sequential: &[f64],
        concurrent: &[f64],
        failures: BTreeMap<String, u64>,
    ) -> Self {
        let (above, below) = (sample::spread(sequential), sample::spread(concurrent));
        let speed_up = above.zip(below).map(|(above, below)| above.mean / below.mean);
        let dice = f64::from(rolls);
        let speed_up_interval = sample::ratio_interval(sequential, concurrent, seed);
        let theory = (max_delay > 0.0).then(|| Theory {
            sequential: theory::sequential_seconds(dice, max_delay),
            concurrent: theory::concurrent_seconds(dice, max_delay),
            speed_up: theory::speed_up(dice),
        });
        let overlapped = speed_up_interval
            .filter(|_| rolls > 1 && max_delay > 0.0)
            .map(|interval| overlapped(rolls, max_delay, interval, concurrent));
        Self { rolls, sequential: above, concurrent: below, speed_up, speed_up_interval, theory, overlapped, failures }
    }
}

impl Conclusion {
    /// Concludes from the sizes.
    pub fn of(sizes: &[SizeResult], max_delay: f64) -> Self {
        if sizes.iter().any(|size| !size.failures.is_empty()) {
            Self::Failures
        } else if max_delay <= 0.0 {
            Self::NothingToOverlap
        } else if sizes.iter().any(|size| size.overlapped == Some(false)) {
            Self::NoOverlap
        } else {
            Self::Overlap
        }
    }
}

/// Rolls did not overlap if the speed-up is clearly nearer to 1 than to theory, or if too many batches
/// took longer than the longest delay, which no batch does whose rolls all start at once.
fn overlapped(rolls: u32, max_delay: f64, speed_up: Interval, concurrent: &[f64]) -> bool {
    let halfway = f64::midpoint(1.0, theory::speed_up(f64::from(rolls)));
    let longest = max_delay * (1.0 + OVERHEAD_SHARE) + OVERHEAD_SECONDS;
    let slow = concurrent.iter().filter(|seconds| **seconds > longest).count();
    speed_up.high > halfway && slow as f64 <= TOLERATED_SLOW_SHARE * concurrent.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt as _, SeedableRng as _};
    use rand_chacha::ChaCha8Rng;

    fn simulated(rolls: u32, overlap: bool, seed: u64) -> SizeResult {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut delays = || -> Vec<f64> { (0..rolls).map(|_| rng.random_range(0.0..1.0)).collect() };
        let sequential: Vec<f64> = (0..15).map(|_| delays().iter().sum()).collect();
        let concurrent: Vec<f64> = (0..5)
            .map(|_| {
                let delays = delays();
                if overlap { delays.iter().copied().fold(0.0, f64::max) } else { delays.iter().sum() }
            })
            .collect();
        SizeResult::new(rolls, 1.0, 1, &sequential, &concurrent, BTreeMap::new())
    }

    #[test]
    fn overlapping_rolls_are_told_from_rolls_in_a_row() {
        for seed in 0..5 {
            for rolls in [2, 5, 10, 20] {
                assert_eq!(simulated(rolls, true, seed).overlapped, Some(true), "{rolls}, seed {seed}");
            }
            for rolls in [5, 10, 20] {
                assert_eq!(simulated(rolls, false, seed).overlapped, Some(false), "{rolls}, seed {seed}");
            }
        }
    }

    #[test]
    fn one_die_and_no_delay_tell_nothing() {
        assert_eq!(simulated(1, true, 1).overlapped, None);
        let still = SizeResult::new(10, 0.0, 1, &[0.01], &[0.01], BTreeMap::new());
        assert_eq!((still.overlapped, still.theory), (None, None));
        assert_eq!(Conclusion::of(&[still], 0.0), Conclusion::NothingToOverlap);
    }

    #[test]
    fn failures_weigh_more_than_the_rest() {
        let failed = SizeResult::new(10, 1.0, 1, &[], &[], BTreeMap::from([("500".to_owned(), 3)]));
        assert_eq!((failed.speed_up, failed.overlapped), (None, None));
        assert_eq!(Conclusion::of(&[simulated(5, true, 1), failed], 1.0), Conclusion::Failures);
        assert_eq!(Conclusion::of(&[simulated(5, true, 1), simulated(10, false, 1)], 1.0), Conclusion::NoOverlap);
        assert_eq!(Conclusion::of(&[simulated(5, true, 1)], 1.0), Conclusion::Overlap);
    }
}
