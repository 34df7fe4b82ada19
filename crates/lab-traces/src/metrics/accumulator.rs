//! What a metrics function keeps for each step, and the samples it makes of it.

use std::collections::BTreeMap;

use crate::metrics::Grid;
use crate::traceql::ast::MetricsFunction;

/// A label that a function adds, for example `("p", 0.95)`.
pub(crate) type ExtraLabel = Option<(&'static str, f64)>;

/// The values of one group.
#[derive(Debug)]
pub(crate) struct Accumulator {
    grid: Grid,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Counted, and divided by the step for a rate.
    Count { counts: Vec<f64>, per_second: bool },
    /// Smallest or largest.
    Extreme { values: Vec<Option<f64>>, largest: bool },
    /// Sum and count; the mean or the sum.
    Total { sums: Vec<(f64, u64)>, mean: bool },
    /// Counts by power of two; the quantiles, or each bucket if there are none.
    Buckets { counts: Vec<BTreeMap<i32, u64>>, quantiles: Option<Vec<f64>> },
}

impl Accumulator {
    pub(crate) fn new(function: &MetricsFunction, grid: Grid) -> Self {
        let slots = grid.samples;
        let state = match function {
            MetricsFunction::Rate => State::Count { counts: vec![0.0; slots], per_second: true },
            MetricsFunction::CountOverTime => State::Count { counts: vec![0.0; slots], per_second: false },
            MetricsFunction::MinOverTime(_) => State::Extreme { values: vec![None; slots], largest: false },
            MetricsFunction::MaxOverTime(_) => State::Extreme { values: vec![None; slots], largest: true },
            MetricsFunction::AvgOverTime(_) => State::Total { sums: vec![(0.0, 0); slots], mean: true },
            MetricsFunction::SumOverTime(_) => State::Total { sums: vec![(0.0, 0); slots], mean: false },
            MetricsFunction::QuantileOverTime(_, quantiles) => {
                State::Buckets { counts: vec![BTreeMap::new(); slots], quantiles: Some(quantiles.clone()) }
            }
            MetricsFunction::HistogramOverTime(_) => {
                State::Buckets { counts: vec![BTreeMap::new(); slots], quantiles: None }
            }
        };
        Self { grid, state }
    }

    /// Adds one value.
    pub(crate) fn add(&mut self, slot: usize, value: f64) {
        match &mut self.state {
            State::Count { counts, .. } => counts[slot] += 1.0,
            State::Extreme { values, largest } => {
                let best = values[slot].get_or_insert(value);
                *best = if *largest { best.max(value) } else { best.min(value) };
            }
            State::Total { sums, .. } => {
                sums[slot].0 += value;
                sums[slot].1 += 1;
            }
            State::Buckets { counts, .. } => *counts[slot].entry(exponent(value)).or_default() += 1,
        }
    }

    /// The samples, one list for each extra label.
    pub(crate) fn finish(self) -> Vec<(ExtraLabel, Vec<(i64, f64)>)> {
        let grid = self.grid;
        let at_times = |values: Vec<Option<f64>>| -> Vec<(i64, f64)> {
            let timed = values.into_iter().enumerate();
            timed.filter_map(|(slot, value)| Some((grid.time_ns(slot), value?))).collect()
        };
        match self.state {
            State::Count { counts, per_second } => {
                let divisor = if per_second { grid.step_ns as f64 / 1e9 } else { 1.0 };
                vec![(None, at_times(counts.into_iter().map(|count| Some(count / divisor)).collect()))]
            }
            State::Extreme { values, .. } => vec![(None, at_times(values))],
            State::Total { sums, mean } => {
                let divisor = |count: u64| if mean { count as f64 } else { 1.0 };
                let values = sums.into_iter().map(|(sum, count)| (count > 0).then(|| sum / divisor(count)));
                vec![(None, at_times(values.collect()))]
            }
            State::Buckets { counts, quantiles: Some(quantiles) } => quantiles
                .into_iter()
                .map(|wanted| {
                    let values = counts.iter().map(|buckets| quantile(wanted, buckets)).collect();
                    (Some(("p", wanted)), at_times(values))
                })
                .collect(),
            State::Buckets { counts, quantiles: None } => {
                let mut exponents: Vec<i32> = counts.iter().flat_map(BTreeMap::keys).copied().collect();
                exponents.sort_unstable();
                exponents.dedup();
                exponents
                    .into_iter()
                    .map(|exponent| {
                        let count = |buckets: &BTreeMap<i32, u64>| Some(buckets.get(&exponent).copied()? as f64);
                        (Some(("__bucket", bound(exponent))), at_times(counts.iter().map(count).collect()))
                    })
                    .collect()
            }
        }
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
