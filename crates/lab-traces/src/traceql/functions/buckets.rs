//! Counts by powers of two, and the quantiles that they estimate.

use std::collections::{BTreeMap, BTreeSet};

use crate::traceql::functions::accumulator::{Accumulator, Measure, Observed, StepValues};

/// Bytes of a node of a tree of buckets.
const NODE: usize = 160;
/// In a nanosecond.
const SECONDS: f64 = 1e-9;

/// The label of a bucket's upper bound.
pub(crate) const BUCKET: &str = "__bucket";

/// A bucket: the exponent of its upper bound, which it includes, and the unit of that bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Bucket {
    is_duration: bool,
    exponent: i32,
}

/// Counts by bucket for each step: the quantiles that they estimate, or the buckets themselves.
#[derive(Debug)]
pub(crate) struct Buckets {
    counts: Vec<BTreeMap<Bucket, u64>>,
    /// `None` for the buckets themselves.
    quantiles: Option<Vec<f64>>,
}

impl Bucket {
    /// The bucket of a value. Below two of its smallest unit a value is in none, as in Tempo, and neither is a number
    /// that is not positive.
    fn of(measure: Measure) -> Option<Self> {
        let of_integer = |value: i64, is_duration| {
            let below = u64::try_from(value).ok().filter(|value| *value >= 2)? - 1;
            Some(Self { is_duration, exponent: (u64::BITS - below.leading_zeros()) as i32 })
        };
        match measure {
            Measure::Nanoseconds(value) => of_integer(value, true),
            // As a number with a fraction, as in Tempo: of large ones the last digits do not count.
            Measure::Whole(value) => of_integer(value as f64 as i64, false),
            Measure::Fraction(value) if value > 0.0 && value.is_finite() => {
                Some(Self { is_duration: false, exponent: value.log2().ceil() as i32 })
            }
            Measure::Fraction(_) => None,
        }
    }

    /// Its upper bound, of durations in seconds.
    fn bound(self) -> f64 {
        let bound = f64::from(self.exponent).exp2();
        if self.is_duration { bound * SECONDS } else { bound }
    }
}

impl Buckets {
    pub(crate) fn quantiles(steps: usize, quantiles: &[f64]) -> Self {
        Self { counts: vec![BTreeMap::new(); steps], quantiles: Some(quantiles.to_vec()) }
    }

    pub(crate) fn histogram(steps: usize) -> Self {
        Self { counts: vec![BTreeMap::new(); steps], quantiles: None }
    }

    /// The buckets that occur at any step.
    fn all(&self) -> BTreeSet<Bucket> {
        self.counts.iter().flat_map(BTreeMap::keys).copied().collect()
    }

    /// A step without a value has the quantile 0.
    fn of_quantile(&self, wanted: f64) -> StepValues {
        let values = self.counts.iter().map(|buckets| Some(quantile(wanted, buckets).unwrap_or(0.0))).collect();
        StepValues { label: Some(("p", wanted)), values }
    }

    fn of_bucket(&self, bucket: Bucket) -> StepValues {
        let count = |buckets: &BTreeMap<Bucket, u64>| Some(buckets.get(&bucket).copied().unwrap_or(0) as f64);
        StepValues { label: Some((BUCKET, bucket.bound())), values: self.counts.iter().map(count).collect() }
    }
}

impl Accumulator for Buckets {
    fn add(&mut self, step: usize, Observed { measure, .. }: Observed) -> usize {
        let Some(bucket) = Bucket::of(measure) else { return 0 };
        let buckets = &mut self.counts[step];
        let before = buckets.len();
        *buckets.entry(bucket).or_default() += 1;
        // A tree begins with a node that has room for some buckets.
        if buckets.len() > before { if before == 0 { NODE } else { NODE / 5 } } else { 0 }
    }

    fn is_empty(&self) -> bool {
        self.counts.iter().all(BTreeMap::is_empty)
    }

    fn lines(&self) -> usize {
        match &self.quantiles {
            Some(quantiles) => quantiles.len(),
            None => self.all().len(),
        }
    }

    fn finish(&self, _: f64) -> Vec<StepValues> {
        if let Some(quantiles) = &self.quantiles {
            return quantiles.iter().map(|wanted| self.of_quantile(*wanted)).collect();
        }
        self.all().into_iter().map(|bucket| self.of_bucket(bucket)).collect()
    }
}

/// The value below which this share lies. It is the bound of a bucket if the share ends with that bucket, and else
/// interpolated exponentially between the bounds of two buckets that have values.
fn quantile(wanted: f64, buckets: &BTreeMap<Bucket, u64>) -> Option<f64> {
    let total: u64 = buckets.values().sum();
    let rank = ((wanted * total as f64).ceil() as u64).max(1);
    let (mut below, mut lower) = (0, None);
    for (bucket, count) in buckets {
        if below + count == rank {
            return Some(bucket.bound());
        }
        if below + count > rank {
            let upper = bucket.bound().log2();
            let lower: f64 = lower.unwrap_or(upper - 1.0);
            return Some((lower + (upper - lower) * ((rank - below) as f64 / *count as f64)).exp2());
        }
        below += count;
        lower = Some(bucket.bound().log2());
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buckets(values: &[i64]) -> BTreeMap<Bucket, u64> {
        let mut buckets = BTreeMap::new();
        for bucket in values.iter().filter_map(|value| Bucket::of(Measure::Whole(*value))) {
            *buckets.entry(bucket).or_default() += 1;
        }
        buckets
    }

    #[test]
    fn bounds_are_powers_of_two_of_the_unit() {
        let bound = |measure| Bucket::of(measure).map(Bucket::bound);
        for (value, expected) in [(16, 16.0), (17, 32.0), (128, 128.0), (129, 256.0), (2, 2.0), (3, 4.0)] {
            assert_eq!(bound(Measure::Whole(value)), Some(expected), "{value}");
        }
        assert_eq!(bound(Measure::Nanoseconds(1 << 25)), Some(0.033_554_432));
        assert_eq!(bound(Measure::Fraction(0.3)), Some(0.5));
        for nothing in [Measure::Whole(1), Measure::Nanoseconds(0), Measure::Whole(-5), Measure::Fraction(0.0)] {
            assert_eq!(bound(nothing), None, "{nothing:?}");
        }
    }

    #[test]
    fn quantiles_end_with_a_bucket_or_lie_between_two() {
        let values = buckets(&[8, 8, 8, 1000]);
        assert_eq!(quantile(0.75, &values), Some(8.0));
        assert_eq!(quantile(1.0, &values), Some(1024.0));
        assert_eq!(quantile(0.5, &values), Some((2.0_f64 + 2.0 / 3.0).exp2()));
        assert_eq!(quantile(0.0, &values), Some((2.0_f64 + 1.0 / 3.0).exp2()));
        assert_eq!(quantile(0.5, &buckets(&[])), None);
    }
}
