//! Whether something was counted more or less often than before.
//!
//! Only events that know nothing of each other spread like Poisson's. Calls come in batches, bytes come by the packet, and a
//! cache that was cold for a while misses again and again. So how much a count spreads is taken from the run itself: from
//! its parts, each with its count and its opportunities. Source: W. Cochran, Sampling Techniques, chapter 6 (the variance of
//! a ratio); J. von Neumann, Distribution of the Ratio of the Mean Square Successive Difference to the Variance.

use crate::compare::statistics::deviates::{Sureness, normal};

/// Into so many parts in the order of time a run is cut, beside the parts that it has by itself.
const BLOCKS: usize = 20;
/// Fewer steps of a counter say nothing about its spread.
const LEAST_STEPS: usize = 6;

/// How often something happened.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Rate {
    pub(crate) count: f64,
    /// How often it could have happened.
    pub(crate) of: f64,
    /// How many times as much it spreads as events that know nothing of each other: their variance by their number.
    pub(crate) dispersion: f64,
}

impl Rate {
    /// Of events that know nothing of each other.
    pub(crate) fn of_rare(count: f64, of: f64) -> Self {
        Self { count, of, dispersion: 1.0 }
    }

    /// From the parts of a run in the order of time: the counts and the opportunities of each.
    pub(crate) fn of_parts(parts: &[(f64, f64)]) -> Self {
        let (count, of) = sum(parts);
        let blocks: Vec<(f64, f64)> = parts.chunks(parts.len().div_ceil(BLOCKS).max(1)).map(sum).collect();
        // Parts next to each other may be alike, and then only the blocks show it.
        let dispersion = dispersion(parts, count, of).max(dispersion(&blocks, count, of));
        Self { count, of, dispersion }
    }

    /// Of a counter by the steps in which it went up.
    pub(crate) fn of_steps(steps: &[f64], of: f64) -> Self {
        let count: f64 = steps.iter().sum();
        // The first and the last step may be of any length.
        let inner = steps.get(1..steps.len().saturating_sub(1)).unwrap_or_default();
        let dispersion = if inner.len() < LEAST_STEPS {
            // What a counter adds for one opportunity may come in one step.
            2.0 * count / of.max(1.0)
        } else {
            let squares: f64 = inner.windows(2).map(|pair| (pair[1] - pair[0]).powi(2) / 2.0).sum();
            squares / inner[1..].iter().sum::<f64>().max(1.0)
        };
        Self { count, of, dispersion: dispersion.max(1.0) }
    }

    fn rate(self) -> f64 {
        self.count / self.of
    }
}

fn sum(parts: &[(f64, f64)]) -> (f64, f64) {
    parts.iter().fold((0.0, 0.0), |(count, of), part| (count + part.0, of + part.1))
}

/// How far the parts are from all having the same rate. At least as far as events that know nothing of each other: what never
/// happened otherwise may still do.
fn dispersion(parts: &[(f64, f64)], count: f64, of: f64) -> f64 {
    if parts.len() < 2 || count <= 0.0 || of <= 0.0 {
        return 1.0;
    }
    let squares: f64 = parts.iter().map(|part| (part.0 - count / of * part.1).powi(2)).sum();
    let parts = parts.len() as f64;
    (squares * parts / (parts - 1.0) / count).max(1.0)
}

/// Whether two rates differ by more than chance; their ratio less 1.
pub(crate) fn differ(before: Rate, after: Rate, sure: Sureness) -> Option<f64> {
    let all = before.count + after.count;
    if before.of <= 0.0 || after.of <= 0.0 || all <= 0.0 {
        return None;
    }
    let share = after.of / (before.of + after.of);
    let dispersion = before.dispersion.max(after.dispersion);
    let spread = (all * share * (1.0 - share) * dispersion).sqrt();
    let sure_enough = (after.count - all * share).abs() > normal(sure.error) * spread + 1.0;
    let effect = if before.count > 0.0 { after.rate() / before.rate() - 1.0 } else { f64::INFINITY };
    (sure_enough && effect.abs() >= sure.least).then_some(effect)
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    const SURE: Sureness = Sureness { error: 2e-5, least: 0.1 };

    #[test]
    fn rare_events_differ_by_more_than_chance_only() {
        let told = |before: f64, after: f64| differ(Rate::of_rare(before, 1.0), Rate::of_rare(after, 1.0), SURE);
        assert_eq!(told(1000.0, 2000.0), Some(1.0));
        assert_eq!(told(100.0, 0.0), Some(-1.0));
        assert_eq!(told(0.0, 100.0), Some(f64::INFINITY));
        assert_eq!(told(100.0, 115.0), None);
        assert_eq!(told(3.0, 0.0), None);
        assert_eq!(told(1e6, 1.05e6), None, "less than a tenth");
        let longer = differ(Rate::of_rare(1000.0, 1000.0), Rate::of_rare(2000.0, 2000.0), SURE);
        assert_eq!(longer, None, "as often as before");
    }

    /// Batches of 1 to 20 calls below 150 callers: equal runs differ by more than a tenth now and then.
    fn batches(random: &mut ChaCha8Rng, most: u32) -> Rate {
        let parts: Vec<(f64, f64)> = (0..150).map(|_| (f64::from(random.random_range(1..=most)), 1.0)).collect();
        Rate::of_parts(&parts)
    }

    #[test]
    fn calls_in_batches_spread_more_than_single_ones() {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let (mut alarms, mut naive, mut found) = (0, 0, 0);
        for _ in 0..400 {
            let (before, after) = (batches(&mut random, 20), batches(&mut random, 20));
            alarms += usize::from(differ(before, after, SURE).is_some());
            let poisson = |rate: Rate| Rate::of_rare(rate.count, rate.of);
            naive += usize::from(differ(poisson(before), poisson(after), SURE).is_some());
            found += usize::from(differ(before, batches(&mut random, 40), SURE).is_some());
        }
        assert!(naive > 0, "the test shows nothing");
        assert_eq!((alarms, found), (0, 400));
    }

    #[test]
    fn what_comes_in_bursts_is_no_change() {
        // A tenth of the time every caller calls, else none does: a hundred calls, which are ten events.
        let run = |burst: usize| -> Rate {
            let parts: Vec<(f64, f64)> =
                (0..1000).map(|at| (f64::from(u8::from(at / 50 == burst || at / 50 == burst + 2)), 1.0)).collect();
            Rate::of_parts(&parts)
        };
        let one = Rate::of_parts(&(0..1000).map(|at| (f64::from(u8::from(at / 50 == 3)), 1.0)).collect::<Vec<_>>());
        assert_eq!(differ(one, run(7), SURE), None, "50 calls at one time and 100 at two");
    }

    #[test]
    fn counters_of_bytes_spread_by_the_packet() {
        let mut random = ChaCha8Rng::seed_from_u64(2);
        let mut bytes = |most: f64| -> Rate {
            let mut step = || (0..20).map(|_| random.random_range(0.0_f64..1.0).powi(4) * most).sum();
            let steps: Vec<f64> = (0..20).map(|_| step()).collect();
            Rate::of_steps(&steps, 400.0)
        };
        let (mut alarms, mut found) = (0, 0);
        for _ in 0..400 {
            let before = bytes(1e6);
            alarms += usize::from(differ(before, bytes(1e6), SURE).is_some());
            found += usize::from(differ(before, bytes(4e6), SURE).is_some());
        }
        assert!(alarms == 0 && found > 350, "{alarms} alarms, {found} of 400 found");
        // Steps that are too few for it are taken for as large as what one opportunity brings.
        assert_eq!(differ(Rate::of_steps(&[50_000.0], 100.0), Rate::of_steps(&[60_000.0], 100.0), SURE), None);
    }
}
