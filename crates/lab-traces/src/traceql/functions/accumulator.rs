//! What a function over time keeps for each step, and the values that it makes of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use lab_algebra::numbers::Mean;
use lab_model::Sum;

/// Bytes of a node of a tree of buckets.
const NODE: usize = 160;

/// The values of one group of spans, step by step.
pub(crate) trait Accumulator: Debug {
    /// Adds the value of one span to a step, and says how many bytes more that takes.
    fn add(&mut self, step: usize, value: f64) -> usize;

    /// How many lines of values there will be.
    fn lines(&self) -> usize {
        1
    }

    /// The values of all steps, each `step_s` seconds long.
    fn finish(&self, step_s: f64) -> Vec<StepValues>;
}

/// One value for each step, `None` where there is none.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct StepValues {
    /// A label that the function adds, for example `("p", 0.95)`.
    pub(crate) label: Option<(&'static str, f64)>,
    pub(crate) values: Vec<Option<f64>>,
}

impl StepValues {
    fn unlabelled(values: impl Iterator<Item = Option<f64>>) -> Vec<Self> {
        vec![Self { label: None, values: values.collect() }]
    }
}

/// The number of spans, or the spans per second.
#[derive(Debug)]
pub(crate) struct Count {
    counts: Vec<u64>,
    per_second: bool,
}

impl Count {
    pub(crate) fn plain(steps: usize) -> Self {
        Self { counts: vec![0; steps], per_second: false }
    }

    pub(crate) fn per_second(steps: usize) -> Self {
        Self { counts: vec![0; steps], per_second: true }
    }
}

impl Accumulator for Count {
    fn add(&mut self, step: usize, _: f64) -> usize {
        self.counts[step] += 1;
        0
    }

    fn finish(&self, step_s: f64) -> Vec<StepValues> {
        let divisor = if self.per_second { step_s } else { 1.0 };
        StepValues::unlabelled(self.counts.iter().map(|count| Some(*count as f64 / divisor)))
    }
}

/// The smallest or the largest value.
#[derive(Debug)]
pub(crate) struct Extreme {
    values: Vec<Option<f64>>,
    better: fn(f64, f64) -> f64,
}

impl Extreme {
    pub(crate) fn new(steps: usize, better: fn(f64, f64) -> f64) -> Self {
        Self { values: vec![None; steps], better }
    }
}

impl Accumulator for Extreme {
    fn add(&mut self, step: usize, value: f64) -> usize {
        let best = self.values[step].get_or_insert(value);
        *best = (self.better)(*best, value);
        0
    }

    fn finish(&self, _: f64) -> Vec<StepValues> {
        StepValues::unlabelled(self.values.iter().copied())
    }
}

/// The sum of the values.
#[derive(Debug)]
pub(crate) struct Summed(Vec<Option<Sum>>);

impl Summed {
    pub(crate) fn new(steps: usize) -> Self {
        Self(vec![None; steps])
    }
}

impl Accumulator for Summed {
    fn add(&mut self, step: usize, value: f64) -> usize {
        self.0[step].get_or_insert_default().add(value);
        0
    }

    fn finish(&self, _: f64) -> Vec<StepValues> {
        StepValues::unlabelled(self.0.iter().map(|sum| sum.map(|sum| sum.value())))
    }
}

/// The mean of the values.
#[derive(Debug)]
pub(crate) struct Averaged(Vec<Option<Mean>>);

impl Averaged {
    pub(crate) fn new(steps: usize) -> Self {
        Self(vec![None; steps])
    }
}

impl Accumulator for Averaged {
    fn add(&mut self, step: usize, value: f64) -> usize {
        match &mut self.0[step] {
            Some(mean) => mean.add(value),
            none => *none = Some(Mean::new(value)),
        }
        0
    }

    fn finish(&self, _: f64) -> Vec<StepValues> {
        StepValues::unlabelled(self.0.iter().map(|mean| mean.map(|mean| mean.value())))
    }
}

/// Counts by power of two nanoseconds: the quantiles that they estimate, or each bucket.
#[derive(Debug)]
pub(crate) struct Buckets {
    counts: Vec<BTreeMap<i32, u64>>,
    /// `None` for the buckets themselves.
    quantiles: Option<Vec<f64>>,
}

impl Buckets {
    pub(crate) fn quantiles(steps: usize, quantiles: &[f64]) -> Self {
        Self { counts: vec![BTreeMap::new(); steps], quantiles: Some(quantiles.to_vec()) }
    }

    pub(crate) fn histogram(steps: usize) -> Self {
        Self { counts: vec![BTreeMap::new(); steps], quantiles: None }
    }

    /// The buckets that occur at any step.
    fn exponents(&self) -> BTreeSet<i32> {
        self.counts.iter().flat_map(BTreeMap::keys).copied().collect()
    }

    fn of_quantile(&self, wanted: f64) -> StepValues {
        let values = self.counts.iter().map(|buckets| quantile(wanted, buckets)).collect();
        StepValues { label: Some(("p", wanted)), values }
    }

    fn of_bucket(&self, exponent: i32) -> StepValues {
        let count = |buckets: &BTreeMap<i32, u64>| Some(buckets.get(&exponent).copied()? as f64);
        StepValues { label: Some(("__bucket", bound(exponent))), values: self.counts.iter().map(count).collect() }
    }
}

impl Accumulator for Buckets {
    fn add(&mut self, step: usize, value: f64) -> usize {
        let buckets = &mut self.counts[step];
        let before = buckets.len();
        *buckets.entry(exponent(value)).or_default() += 1;
        // A tree begins with a node that has room for some buckets.
        if buckets.len() > before { if before == 0 { NODE } else { NODE / 5 } } else { 0 }
    }

    fn lines(&self) -> usize {
        match &self.quantiles {
            Some(quantiles) => quantiles.len(),
            None => self.exponents().len(),
        }
    }

    fn finish(&self, _: f64) -> Vec<StepValues> {
        if let Some(quantiles) = &self.quantiles {
            return quantiles.iter().map(|wanted| self.of_quantile(*wanted)).collect();
        }
        self.exponents().into_iter().map(|exponent| self.of_bucket(exponent)).collect()
    }
}

/// Buckets are powers of two nanoseconds, written in seconds: 2^25 ns = 0.033554432 s.
const NANO: f64 = 1e-9;

/// The bucket (2^(e-1), 2^e] that a value lies in; everything below a nanosecond in the first one.
fn exponent(value: f64) -> i32 {
    (value / NANO).max(1.0).log2().ceil() as i32
}

fn bound(exponent: i32) -> f64 {
    f64::from(exponent).exp2() * NANO
}

/// The value below which this share lies, interpolated exponentially within its bucket.
fn quantile(wanted: f64, buckets: &BTreeMap<i32, u64>) -> Option<f64> {
    let total: u64 = buckets.values().sum();
    let rank = (wanted * total as f64).max(f64::MIN_POSITIVE);
    let mut below = 0.0;
    for (exponent, count) in buckets {
        let count = *count as f64;
        if below + count >= rank {
            return Some((f64::from(*exponent) - 1.0 + (rank - below) / count).exp2() * NANO);
        }
        below += count;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_without_a_value_has_no_sum_and_small_values_are_not_lost_beside_large_ones() {
        let mut accumulators: [Box<dyn Accumulator>; 2] = [Box::new(Summed::new(2)), Box::new(Averaged::new(2))];
        for (accumulator, expected) in accumulators.iter_mut().zip([1.0, 1.0 / 3.0]) {
            for value in [1e16, 1.0, -1e16] {
                accumulator.add(1, value);
            }
            assert_eq!(accumulator.finish(10.0), [StepValues { label: None, values: vec![None, Some(expected)] }]);
        }
    }

    #[test]
    fn quantiles_lie_in_the_bucket_of_their_rank() {
        let mut buckets = BTreeMap::new();
        for value in [0.01, 0.011, 0.012, 1.0] {
            *buckets.entry(exponent(value)).or_default() += 1;
        }
        let half = quantile(0.5, &buckets).expect("values");
        assert!((0.0083..=0.0168).contains(&half), "{half}");
        let all = quantile(1.0, &buckets).expect("values");
        assert!((0.54..=1.08).contains(&all), "{all}");
        assert_eq!(quantile(0.5, &BTreeMap::new()), None);
        assert_eq!(bound(25), 0.033_554_432);
    }
}
