//! What a function over time keeps for each step, and the values that it makes of it.

use std::fmt::Debug;

use lab_algebra::numbers::Mean;
use lab_model::Sum;

/// The value that one span has for a function over time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Observed {
    /// The value as answers show it.
    pub(crate) value: f64,
    /// What buckets are made of.
    pub(crate) measure: Measure,
}

/// A value in the unit that its buckets have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Measure {
    /// A duration; its buckets are powers of two nanoseconds, shown in seconds.
    Nanoseconds(i64),
    /// An integer; its buckets are powers of two.
    Whole(i64),
    /// Another number; its buckets are powers of two, below one also.
    Fraction(f64),
}

impl Measure {
    /// The value in the unit of the bounds of buckets, durations in seconds.
    pub(crate) fn in_bounds(self) -> f64 {
        match self {
            Self::Nanoseconds(value) => value as f64 / 1e9,
            Self::Whole(value) => value as f64,
            Self::Fraction(value) => value,
        }
    }
}

/// The values of one group of spans, step by step.
pub(crate) trait Accumulator: Debug {
    /// Adds the value of one span to a step, and says how many bytes more that takes.
    fn add(&mut self, step: usize, observed: Observed) -> usize;

    /// Adds so many spans with the same value.
    fn add_alike(&mut self, step: usize, observed: Observed, spans: usize) -> usize {
        (0..spans).map(|_| self.add(step, observed)).sum()
    }

    /// True if no span had a value that counts, so that there is nothing to show.
    fn is_empty(&self) -> bool {
        false
    }

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
    /// Values without a label of the function's own.
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
    fn add(&mut self, step: usize, observed: Observed) -> usize {
        self.add_alike(step, observed, 1)
    }

    fn add_alike(&mut self, step: usize, _: Observed, spans: usize) -> usize {
        self.counts[step] += spans as u64;
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
    fn add(&mut self, step: usize, Observed { value, .. }: Observed) -> usize {
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
    fn add(&mut self, step: usize, Observed { value, .. }: Observed) -> usize {
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
    fn add(&mut self, step: usize, Observed { value, .. }: Observed) -> usize {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_without_a_value_has_no_sum_and_small_values_are_not_lost_beside_large_ones() {
        let mut accumulators: [Box<dyn Accumulator>; 2] = [Box::new(Summed::new(2)), Box::new(Averaged::new(2))];
        for (accumulator, expected) in accumulators.iter_mut().zip([1.0, 1.0 / 3.0]) {
            for value in [1e16, 1.0, -1e16] {
                accumulator.add(1, Observed { value, measure: Measure::Fraction(value) });
            }
            assert_eq!(accumulator.finish(10.0), [StepValues { label: None, values: vec![None, Some(expected)] }]);
        }
    }
}
