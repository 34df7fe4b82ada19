//! Whether something was counted more or less often than before.
//!
//! Only events that know nothing of each other spread like Poisson's. Calls come in batches, bytes come by the packet, and a
//! cache that was cold for a while misses again and again. So how much a count spreads is taken from the run itself: from
//! its parts, each with its count and its opportunities. Source: W. Cochran, Sampling Techniques, chapter 6 (the variance of
//! a ratio); J. von Neumann, Distribution of the Ratio of the Mean Square Successive Difference to the Variance. Events that
//! do know nothing of each other are compared exactly, because the normal distribution is far off where they are few: of all
//! events in two runs, those in the later one are binomial. Source: J. Przyborowski and H. Wilenski, Homogeneity of Results
//! in Testing Samples from Poisson Series.

use crate::compare::statistics::deviates::{Sureness, normal};
use crate::compare::statistics::moments::dispersion;

/// Into so many parts in the order of time a run is cut, beside the parts that it has by itself.
const BLOCKS: usize = 20;
/// Fewer steps of a counter say nothing about its spread.
const LEAST_STEPS: usize = 6;
/// Of more events the normal distribution says the same.
const MOST_EXACT: f64 = 1e6;

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
        let dispersion = dispersion(parts.iter().copied()).max(dispersion(blocks.into_iter()));
        Self { count, of, dispersion }
    }

    /// The same, which spreads at least so many times as much.
    pub(crate) fn spread_by(self, dispersion: f64) -> Self {
        Self { dispersion: self.dispersion.max(dispersion), ..self }
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

/// Whether two rates differ by more than chance; their ratio less 1.
pub(crate) fn differ(before: Rate, after: Rate, sure: Sureness) -> Option<f64> {
    let all = before.count + after.count;
    if before.of <= 0.0 || after.of <= 0.0 || all <= 0.0 {
        return None;
    }
    let share = after.of / (before.of + after.of);
    let dispersion = before.dispersion.max(after.dispersion);
    let is_exact = dispersion <= 1.0 && all <= MOST_EXACT && before.count.fract() == 0.0 && after.count.fract() == 0.0;
    let sure_enough = if is_exact {
        tail(before.count, after.count, share) < sure.error / 2.0
    } else {
        let spread = (all * share * (1.0 - share) * dispersion).sqrt();
        // Where few events stand behind many counts, the normal distribution is as far off as it is for few counts.
        let (events, others) = incidents((before.count / dispersion, after.count / dispersion), share);
        (after.count - all * share).abs() > normal(sure.error) * spread + 1.0
            && (events + others > MOST_EXACT || tail(events, others, share) < sure.error / 2.0)
    };
    let effect = if before.count > 0.0 { after.rate() / before.rate() - 1.0 } else { f64::INFINITY };
    (sure_enough && effect.abs() >= sure.least).then_some(effect)
}

/// Whole numbers of events, rounded to where there is less of a difference.
fn incidents((before, after): (f64, f64), share: f64) -> (f64, f64) {
    if after >= (before + after) * share { (before.ceil(), after.floor()) } else { (before.floor(), after.ceil()) }
}

/// The chance that of all events as many are in the later run as there are, or still farther from what is expected on that
/// side, where each event is in it by chance `share`.
fn tail(before: f64, after: f64, share: f64) -> f64 {
    // The side on which there are too many: from there on, each further number is less likely than the one before.
    let (many, few, share) =
        if after >= (before + after) * share { (after, before, share) } else { (before, after, 1.0 - share) };
    let all = many + few;
    let ways = ln_factorial(all) - ln_factorial(many) - ln_factorial(few);
    let mut chance = (ways + many * share.ln() + few * (1.0 - share).ln()).exp();
    let (mut sum, mut at) = (chance, many);
    while at < all && chance > sum * 1e-9 {
        chance *= (all - at) / (at + 1.0) * share / (1.0 - share);
        at += 1.0;
        sum += chance;
    }
    sum
}

/// The logarithm of a factorial: Abramowitz and Stegun, formula 6.1.40, whose error is below 1e-8 from 10 on.
fn ln_factorial(n: f64) -> f64 {
    if n < 10.0 {
        return (2..=n as u32).map(f64::from).product::<f64>().ln();
    }
    (n + 0.5) * n.ln() - n + 0.5 * std::f64::consts::TAU.ln() + 1.0 / (12.0 * n) - 1.0 / (360.0 * n.powi(3))
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

    #[test]
    fn what_only_one_run_has_is_judged_by_its_exact_chance() {
        let told = |before: (f64, f64), after: (f64, f64)| {
            differ(Rate::of_rare(before.0, before.1), Rate::of_rare(after.0, after.1), SURE).is_some()
        };
        assert!(told((0.0, 100.0), (200.0, 1000.0)), "5e-9, although ten parts of eleven are expected there");
        assert!(told((200.0, 1000.0), (0.0, 100.0)));
        assert!(told((0.0, 100.0), (23.0, 100.0)) && told((23.0, 100.0), (0.0, 100.0)), "2e-7");
        assert!(!told((0.0, 100.0), (16.0, 100.0)), "1.5e-5 on either side");
        assert!(told((0.0, 100.0), (17.0, 100.0)), "8e-6 on either side");
        assert!(!told((0.0, 100.0), (100.0, 1000.0)), "7e-5");
    }

    #[test]
    fn the_tail_is_that_of_the_binomial_distribution() {
        // By hand: of 4 events all 4 or 3 of them; of 12 events none; then 60 or more of 100, from a table.
        for (before, after, share, expected) in [
            (0.0, 4.0, 0.5, 1.0 / 16.0),
            (1.0, 3.0, 0.5, 5.0 / 16.0),
            (12.0, 0.0, 0.25, 0.75_f64.powi(12)),
            (40.0, 60.0, 0.5, 0.028_443_966_8),
        ] {
            let tail = tail(before, after, share);
            assert!((tail / expected - 1.0).abs() < 1e-6, "{before} {after} {share}: {tail}, not {expected}");
        }
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
