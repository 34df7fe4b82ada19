//! Adding and subtracting histograms whose buckets may differ.
//!
//! Exponential histograms meet at the lower resolution and at a zero bucket that is wide enough for both; custom bounds
//! meet at those that both have. An exponential and a custom histogram cannot be combined.

use std::sync::Arc;

use crate::buckets::{Buckets, Quantity};
use crate::histogram::{CounterReset, Histogram};
use crate::schema::Schema;

/// What a combination had to give up, about which the user is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Combined {
    /// One side says that the counter was reset, the other that it was not.
    pub resets_conflict: bool,
    /// The custom bounds differed; those that both have are left.
    pub bounds_reconciled: bool,
}

/// One histogram has exponential buckets, the other custom ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a histogram with exponential buckets and one with custom buckets cannot be combined")]
pub struct Incompatible;

impl<N: Quantity> Histogram<N> {
    /// Adds another histogram; on an error nothing is changed.
    pub fn add(&mut self, other: &Histogram) -> Result<Combined, Incompatible> {
        self.combine(other, 1.0)
    }

    /// Subtracts another histogram; on an error nothing is changed.
    pub fn subtract(&mut self, other: &Histogram) -> Result<Combined, Incompatible> {
        self.combine(other, -1.0)
    }

    fn combine(&mut self, other: &Histogram, factor: f64) -> Result<Combined, Incompatible> {
        let bounds_reconciled = match (&self.schema, &other.schema) {
            (Schema::Exponential(ours), Schema::Exponential(theirs)) => {
                let (ours, theirs) = (*ours, *theirs);
                self.combine_exponential(other, (ours, theirs), factor);
                false
            }
            (Schema::Custom(ours), Schema::Custom(theirs)) if ours == theirs => {
                self.positive.add(&other.positive, factor);
                false
            }
            (Schema::Custom(ours), Schema::Custom(theirs)) => {
                let shared: Arc<[f64]> = shared_bounds(ours, theirs).into();
                self.positive = on_bounds(&self.positive, ours, &shared);
                self.positive.add(&on_bounds(&other.positive, theirs, &shared), factor);
                self.positive.compact();
                self.schema = Schema::Custom(shared);
                true
            }
            _ => return Err(Incompatible),
        };
        self.count.add(other.count * factor);
        self.sum.add(other.sum * factor);
        Ok(Combined { resets_conflict: self.combine_reset(other.reset), bounds_reconciled })
    }

    fn combine_exponential(&mut self, other: &Histogram, (ours, theirs): (i32, i32), factor: f64) {
        let zero_count = self.reconcile_zero(other);
        self.zero_count.add(zero_count * factor);
        let schema = ours.min(theirs);
        self.reduce_resolution(schema);
        let bound = |index| Schema::Exponential(schema).bound(index);
        for (ours, counts) in [(&mut self.positive, &other.positive), (&mut self.negative, &other.negative)] {
            let reduced = (theirs > schema).then(|| counts.reduced(theirs, schema));
            ours.add(&reduced.as_ref().unwrap_or(counts).above(self.zero_threshold, bound), factor);
        }
    }

    /// Makes the zero bucket as wide as both need; answers what the other one's would hold.
    fn reconcile_zero(&mut self, other: &Histogram) -> f64 {
        let (mut count, mut threshold) = (other.zero_count, other.zero_threshold);
        while threshold != self.zero_threshold {
            if self.zero_threshold > threshold {
                (count, threshold) = other.wider_zero(self.zero_threshold);
            }
            if threshold > self.zero_threshold {
                (self.zero_count, self.zero_threshold) = self.wider_zero(threshold);
                let (threshold, schema) = (self.zero_threshold, self.schema.clone());
                for side in [&mut self.positive, &mut self.negative] {
                    side.keep(|index, count| {
                        schema.bound(index.saturating_sub(1)) >= threshold && count.value() != 0.0
                    });
                }
            }
            if threshold.is_nan() || self.zero_threshold.is_nan() {
                break;
            }
        }
        count
    }

    /// What the zero bucket would hold at a larger threshold, and the threshold moved out of any bucket that holds
    /// something.
    pub(crate) fn wider_zero(&self, mut threshold: f64) -> (N, f64) {
        if threshold == self.zero_threshold {
            return (self.zero_count, threshold);
        }
        'again: loop {
            let mut count = self.zero_count;
            for (is_second, side) in [(false, &self.positive), (true, &self.negative)] {
                for (index, more) in side.iter() {
                    if self.schema.bound(index.saturating_sub(1)) >= threshold {
                        break;
                    }
                    count.join(more);
                    let upper = self.schema.bound(index);
                    if upper > threshold {
                        if more.value() != 0.0 {
                            threshold = upper;
                            // What was counted on the first side is too little now.
                            if is_second {
                                continue 'again;
                            }
                        }
                        break;
                    }
                }
            }
            return (count, threshold);
        }
    }

    /// What is known about a reset of the result; true if the two contradict each other.
    fn combine_reset(&mut self, other: CounterReset) -> bool {
        use CounterReset::{Gauge, NotReset, Reset, Unknown};
        let conflict = matches!((self.reset, other), (Reset, NotReset) | (NotReset, Reset));
        self.reset = match (self.reset, other) {
            (one, two) if one == two => one,
            (Gauge, _) | (_, Gauge) => Gauge,
            _ => Unknown,
        };
        conflict
    }
}

/// The bounds that both have.
pub(crate) fn shared_bounds(one: &[f64], two: &[f64]) -> Vec<f64> {
    one.iter().copied().filter(|bound| two.binary_search_by(|other| other.total_cmp(bound)).is_ok()).collect()
}

/// Buckets of custom bounds in the coarser ones of `target`.
pub(crate) fn on_bounds<N: Quantity>(buckets: &Buckets<N>, bounds: &[f64], target: &[f64]) -> Buckets<N> {
    buckets.mapped(|index| {
        let upper = usize::try_from(index).ok().and_then(|index| bounds.get(index));
        let place = upper.map_or(target.len(), |upper| target.partition_point(|bound| bound < upper));
        i32::try_from(place).unwrap_or(i32::MAX)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn exponential(schema: i32, zero: (f64, f64), positive: &[(i32, f64)]) -> Histogram {
        let positive = Buckets::from_pairs(positive.iter().copied());
        let count = zero.1 + positive.counts().iter().sum::<f64>();
        Histogram {
            zero_threshold: zero.0,
            zero_count: zero.1,
            count,
            sum: count,
            positive,
            ..Histogram::empty(Schema::Exponential(schema))
        }
    }

    fn custom(bounds: &[f64], counts: &[f64]) -> Histogram {
        let positive = Buckets::from_pairs((0..).zip(counts.iter().copied()));
        let count = counts.iter().sum();
        Histogram { positive, count, sum: count, ..Histogram::empty(Schema::Custom(bounds.into())) }
    }

    #[test]
    fn resolutions_meet_at_the_lower_one() {
        let mut sum = exponential(1, (0.0, 0.0), &[(1, 1.0), (2, 2.0), (3, 4.0)]);
        sum.add(&exponential(0, (0.0, 0.0), &[(1, 8.0), (5, 16.0)])).expect("compatible");
        assert_eq!(sum.positive.iter().collect::<Vec<_>>(), [(1, 11.0), (2, 4.0), (5, 16.0)]);
        assert_eq!((sum.schema.number(), sum.count), (0, 31.0));
    }

    /// A threshold of 0.6 lies within (0.5, 1], where the other one has observations, and so it grows to 1.
    #[test]
    fn zero_buckets_meet_outside_of_buckets_that_hold_something() {
        let mut sum = exponential(0, (0.0, 1.0), &[(-1, 2.0), (0, 4.0), (1, 8.0)]);
        sum.add(&exponential(0, (0.6, 16.0), &[(3, 32.0)])).expect("compatible");
        assert_eq!((sum.zero_threshold, sum.zero_count, sum.count), (1.0, 23.0, 63.0));
        assert_eq!(sum.positive.iter().collect::<Vec<_>>(), [(1, 8.0), (3, 32.0)]);
    }

    #[test]
    fn custom_bounds_meet_at_those_that_both_have() {
        let mut sum = custom(&[1.0, 2.0, 4.0], &[1.0, 2.0, 4.0, 8.0]);
        let combined = sum.add(&custom(&[2.0, 3.0, 4.0], &[16.0, 32.0, 64.0, 128.0])).expect("compatible");
        assert!(combined.bounds_reconciled);
        assert_eq!(sum.schema, Schema::Custom([2.0, 4.0].into()));
        assert_eq!(sum.positive.counts(), [19.0, 100.0, 136.0]);
        assert_eq!(sum.add(&exponential(0, (0.0, 0.0), &[])), Err(Incompatible));
    }

    #[test]
    fn resets_that_contradict_each_other_are_told() {
        let with = |reset| Histogram { reset, ..exponential(0, (0.0, 0.0), &[]) };
        let add = |one, two| {
            let mut sum = with(one);
            let combined = sum.add(&with(two)).expect("compatible");
            (sum.reset, combined.resets_conflict)
        };
        use CounterReset::{Gauge, NotReset, Reset, Unknown};
        assert_eq!(add(Reset, NotReset), (Unknown, true));
        assert_eq!(add(Reset, Reset), (Reset, false));
        assert_eq!(add(NotReset, Unknown), (Unknown, false));
        assert_eq!(add(Unknown, Gauge), (Gauge, false));
    }

    fn some() -> impl Strategy<Value = Histogram> {
        let positive = proptest::collection::btree_map(-9..9_i32, 0..9_i32, 0..9);
        (-2..4_i32, 0..3_i32, 0..9_i32, positive).prop_map(|(schema, threshold, zero, positive)| {
            let threshold = [0.0, 0.3, 1.5][usize::try_from(threshold).unwrap_or_default()];
            let zero = if threshold == 0.0 { 0.0 } else { f64::from(zero) };
            let pairs: Vec<_> = positive.into_iter().map(|(index, count)| (index, f64::from(count))).collect();
            exponential(schema, (threshold, zero), &pairs)
        })
    }

    proptest! {
        /// Observations of a side that the zero bucket of the other one swallows are in the zero bucket, never lost.
        #[test]
        fn a_sum_loses_no_observation(one in some(), two in some()) {
            // The reference counts a bucket that the other's zero bucket covers only where its own zero bucket is told so.
            let mut sum = one.clone();
            sum.add(&two).expect("compatible");
            prop_assert_eq!(sum.count, one.count + two.count);
            let mut carried = one.carrying();
            carried.add(&two).expect("compatible");
            prop_assert!(carried.plain().is_same(&sum));
        }

        #[test]
        fn what_was_added_can_be_subtracted(one in some(), two in some()) {
            let mut sum = one.clone();
            sum.add(&two).expect("compatible");
            let merged = sum.clone();
            sum.subtract(&two).expect("compatible");
            sum.add(&two).expect("compatible");
            prop_assert_eq!(sum.count, merged.count);
            prop_assert_eq!(sum.zero_count, merged.zero_count);
            prop_assert_eq!(sum.positive, merged.positive);
        }
    }
}
