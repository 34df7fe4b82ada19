//! The statistics of a comparison.
//!
//! Requests of one moment are alike: what slows one down slows its neighbours down. So a run is cut into blocks of time, and
//! whole blocks are drawn again and again, not single values; a machine that was busy for a while then widens the interval
//! instead of feigning a change. Source: B. Efron and R. Tibshirani, An Introduction to the Bootstrap, chapters 6 and 13;
//! blocks after H. Künsch, The Jackknife and the Bootstrap for General Stationary Observations.

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::compare::statistics::deviates::{Sureness, student};

/// Into so many blocks a run is cut.
const BLOCKS: usize = 20;
/// So often blocks are drawn.
const DRAWS: usize = 400;
/// Values of a block, at least, so that a block says anything.
const LEAST_IN_BLOCK: usize = 2;
/// The largest values are held back to this quantile before a mean is taken: one stalled request is no change.
const HELD_BACK: f64 = 0.99;
/// The same draws on every machine and in every run.
const SEED: u64 = 0xd1ce;

/// What is compared of durations.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Statistic {
    Mean,
    /// The value below which this part of all lies.
    Quantile(f64),
}

/// An effect as a part of the former value, and between which values it lies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effect {
    pub size: f64,
    pub interval: (f64, f64),
    /// The statistic before and after.
    pub values: (f64, f64),
}

/// Whether there are enough values for an interval.
pub fn is_enough(values: usize) -> bool {
    values >= BLOCKS * LEAST_IN_BLOCK
}

/// The effect, if it is no chance and large enough. Values stand in the order of time.
pub fn effect(statistic: Statistic, before: &[f64], after: &[f64], sure: Sureness) -> Option<Effect> {
    if !is_enough(before.len()) || !is_enough(after.len()) {
        return None;
    }
    let (before, after) = (Blocks::of(before), Blocks::of(after));
    let values = (before.statistic(statistic, None), after.statistic(statistic, None));
    if values.0 <= 0.0 || values.1 <= 0.0 {
        return None;
    }
    let ratio = (values.1 / values.0).ln();
    let size = ratio.exp() - 1.0;
    if size.abs() < sure.least {
        return None;
    }
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    let draws: Vec<f64> = (0..DRAWS)
        .map(|_| {
            let (one, other) = (before.draw(statistic, &mut random), after.draw(statistic, &mut random));
            (other.max(f64::MIN_POSITIVE) / one.max(f64::MIN_POSITIVE)).ln()
        })
        .collect();
    let mean = draws.iter().sum::<f64>() / draws.len() as f64;
    let variance = draws.iter().map(|draw| (draw - mean).powi(2)).sum::<f64>() / (draws.len() - 1) as f64;
    // Drawing blocks of which there are few makes the spread too small by this.
    let spread = (variance * BLOCKS as f64 / (BLOCKS - 1) as f64).sqrt();
    let reach = spread * student(sure.error, (2 * BLOCKS - 2) as f64);
    let interval = ((ratio - reach).exp() - 1.0, (ratio + reach).exp() - 1.0);
    (interval.0 > 0.0 || interval.1 < 0.0).then_some(Effect { size, interval, values })
}

/// Values with their places in time, sorted.
struct Blocks {
    /// By value, each with its block.
    sorted: Vec<(f64, u8)>,
    /// Sum and number of each block, of values held back.
    sums: Vec<(f64, usize)>,
}

impl Blocks {
    fn of(values: &[f64]) -> Self {
        let block = |at: usize| at * BLOCKS / values.len();
        let mut sorted: Vec<(f64, u8)> =
            values.iter().enumerate().map(|(at, value)| (*value, block(at) as u8)).collect();
        sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
        let most = sorted[((sorted.len() - 1) as f64 * HELD_BACK) as usize].0;
        let mut sums = vec![(0.0, 0); BLOCKS];
        for (value, block) in &sorted {
            let sum = &mut sums[usize::from(*block)];
            *sum = (sum.0 + value.min(most), sum.1 + 1);
        }
        Self { sorted, sums }
    }

    /// The statistic, of all values or of blocks as often as they were drawn.
    fn statistic(&self, statistic: Statistic, drawn: Option<&[usize; BLOCKS]>) -> f64 {
        let times = |block: usize| drawn.map_or(1, |drawn| drawn[block]);
        let total: usize = self.sums.iter().enumerate().map(|(block, (_, count))| count * times(block)).sum();
        match statistic {
            Statistic::Mean => {
                let sum: f64 = self.sums.iter().enumerate().map(|(block, (sum, _))| sum * times(block) as f64).sum();
                sum / total.max(1) as f64
            }
            Statistic::Quantile(part) => {
                let (wanted, mut passed) = ((total as f64 * part) as usize, 0);
                let found = self.sorted.iter().find(|(_, block)| {
                    passed += times(usize::from(*block));
                    passed > wanted
                });
                found.or(self.sorted.last()).map_or(0.0, |(value, _)| *value)
            }
        }
    }

    fn draw(&self, statistic: Statistic, random: &mut impl Rng) -> f64 {
        let mut drawn = [0; BLOCKS];
        for _ in 0..BLOCKS {
            drawn[random.random_range(0..BLOCKS)] += 1;
        }
        self.statistic(statistic, Some(&drawn))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SURE: Sureness = Sureness { error: 2e-5, least: 0.1 };

    fn uniform(seed: u64, most: f64, count: usize) -> Vec<f64> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        (0..count).map(|_| random.random_range(0.0..most)).collect()
    }

    #[test]
    fn a_fifth_more_is_found_and_nothing_between_equal_runs() {
        let (mut found, mut false_alarms) = (0, 0);
        for seed in 0..40 {
            let before = uniform(seed, 50.0, 1000);
            let more = uniform(100 + seed, 60.0, 1000);
            let same = uniform(200 + seed, 50.0, 1000);
            let any = |after: &[f64]| {
                [Statistic::Mean, Statistic::Quantile(0.95)]
                    .iter()
                    .any(|one| effect(*one, &before, after, SURE).is_some())
            };
            found += usize::from(any(&more));
            false_alarms += usize::from(any(&same));
        }
        assert_eq!((found, false_alarms), (40, 0));
    }

    #[test]
    fn a_machine_that_was_busy_for_a_while_is_no_change() {
        for seed in 0..20 {
            let before = uniform(seed, 50.0, 1000);
            let mut after = uniform(100 + seed, 50.0, 1000);
            for value in &mut after[300..500] {
                *value *= 2.0;
            }
            let found = effect(Statistic::Mean, &before, &after, SURE);
            assert_eq!(found, None, "{found:?}");
        }
    }

    #[test]
    fn the_same_values_give_the_same_interval() {
        let (before, after) = (uniform(1, 50.0, 500), uniform(2, 80.0, 500));
        let first = effect(Statistic::Mean, &before, &after, SURE);
        assert!(first.is_some_and(|effect| effect.interval.0 > 0.1 && effect.size > 0.4));
        assert_eq!(effect(Statistic::Mean, &before, &after, SURE), first);
        assert_eq!(effect(Statistic::Mean, &before[..39], &after, SURE), None, "too few");
    }
}
