//! Measured durations and what can be concluded from them.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

/// Resamples behind a bootstrap interval.
const RESAMPLES: usize = 10_000;

/// Mean, spread and extremes of a sample.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Spread {
    /// Number of values.
    pub count: usize,
    pub mean: f64,
    /// Standard deviation of the sample (divisor n - 1); 0 for a single value.
    pub standard_deviation: f64,
    pub min: f64,
    pub max: f64,
}

/// A 95 % confidence interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    pub low: f64,
    pub high: f64,
}

/// Describes a sample; nothing for an empty one.
pub fn spread(values: &[f64]) -> Option<Spread> {
    if values.is_empty() {
        return None;
    }
    let mean = mean(values);
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let degrees = values.len().saturating_sub(1).max(1);
    Some(Spread {
        count: values.len(),
        mean,
        standard_deviation: (squares / degrees as f64).sqrt(),
        min: values.iter().copied().fold(f64::INFINITY, f64::min),
        max: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
    })
}

/// The percentile bootstrap of mean(`above`) / mean(`below`), two independent samples of positive values;
/// nothing if one is empty.
pub fn ratio_interval(above: &[f64], below: &[f64], seed: u64) -> Option<Interval> {
    if above.is_empty() || below.is_empty() {
        return None;
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut ratios: Vec<f64> =
        (0..RESAMPLES).map(|_| resampled_mean(above, &mut rng) / resampled_mean(below, &mut rng)).collect();
    ratios.sort_unstable_by(f64::total_cmp);
    let at = |share: f64| ratios[((RESAMPLES - 1) as f64 * share).round() as usize];
    Some(Interval { low: at(0.025), high: at(0.975) })
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn resampled_mean(values: &[f64], rng: &mut ChaCha8Rng) -> f64 {
    let sum: f64 = (0..values.len()).map(|_| values[rng.random_range(0..values.len())]).sum();
    sum / values.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_sample_is_described() {
        let described = spread(&[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]).expect("not empty");
        assert_eq!((described.count, described.mean, described.min, described.max), (8, 5.0, 2.0, 9.0));
        assert!((described.standard_deviation - (32.0_f64 / 7.0).sqrt()).abs() < 1e-12);
        assert_eq!(spread(&[3.0]).expect("one").standard_deviation, 0.0);
        assert_eq!(spread(&[]), None);
        assert_eq!(ratio_interval(&[], &[1.0], 1), None);
    }

    /// The delta method gives the standard error of a ratio of means; the bootstrap must agree with it.
    #[test]
    fn the_interval_of_uniform_samples_is_as_wide_as_theory_says() {
        let mut rng = ChaCha8Rng::seed_from_u64(11);
        let mut uniform = |low: f64, high: f64| -> Vec<f64> { (0..100).map(|_| rng.random_range(low..high)).collect() };
        let (above, below) = (uniform(4.0, 6.0), uniform(0.5, 1.5));
        let interval = ratio_interval(&above, &below, 1).expect("not empty");
        let relative = |values: &[f64]| {
            let spread = spread(values).expect("not empty");
            (spread.standard_deviation / spread.mean).powi(2) / spread.count as f64
        };
        let ratio = mean(&above) / mean(&below);
        let half = 1.96 * ratio * (relative(&above) + relative(&below)).sqrt();
        assert!(interval.low < ratio && ratio < interval.high);
        let width = (interval.high - interval.low) / (2.0 * half);
        assert!((0.95..1.05).contains(&width), "{width}");
    }

    /// Of many experiments with known means, about 95 % of the intervals cover the true ratio.
    #[test]
    fn intervals_cover_the_truth_as_often_as_they_say() {
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let mut sequential = || -> f64 { (0..10).map(|_| rng.random_range(0.0..1.0)).sum() };
        let experiments: Vec<Vec<f64>> = (0..40).map(|_| (0..20).map(|_| sequential()).collect()).collect();
        let covered = experiments
            .iter()
            .filter(|above| {
                let interval = ratio_interval(above, &[1.0], 3).expect("not empty");
                interval.low <= 5.0 && 5.0 <= interval.high
            })
            .count();
        assert!((33..=40).contains(&covered), "{covered} of 40");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn an_interval_repeats_and_lies_within_the_extremes(
            above in proptest::collection::vec(0.1..10.0_f64, 1..8),
            below in proptest::collection::vec(0.1..10.0_f64, 1..8),
            seed: u64,
        ) {
            let interval = ratio_interval(&above, &below, seed).expect("not empty");
            prop_assert_eq!(Some(interval), ratio_interval(&above, &below, seed));
            let (a, b) = (spread(&above).expect("not empty"), spread(&below).expect("not empty"));
            prop_assert!(a.min / b.max - 1e-9 <= interval.low);
            prop_assert!(interval.low <= interval.high);
            prop_assert!(interval.high <= a.max / b.min + 1e-9);
        }
    }
}
