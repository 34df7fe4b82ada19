//! Which share of the observations lies between two values.

use crate::estimate::quantile::NotANumber;
use crate::histogram::Histogram;

impl Histogram {
    /// The share of the observations between two values, interpolated as for a quantile.
    ///
    /// NaN without observations or for a bound that is not a number; 0 if the bounds are not in order.
    pub fn fraction(&self, lower: f64, upper: f64) -> (f64, Option<NotANumber>) {
        if self.count == 0.0 || lower.is_nan() || upper.is_nan() {
            return (f64::NAN, None);
        }
        if lower >= upper {
            return (0.0, None);
        }
        let (mut count, mut note) = (self.count, None);
        if self.sum.is_nan() {
            count = self.buckets().map(|bucket| bucket.count).sum();
            note = (count < self.count).then_some(NotANumber::Excluded);
        }
        let [below_lower, below_upper] =
            [lower, upper].map(|bound| self.below(bound).map_or(count, |it| it.min(count)));
        ((below_upper - below_lower) / self.count, note)
    }

    /// How many observations lie below a value; nothing if it lies above all buckets.
    fn below(&self, value: f64) -> Option<f64> {
        let mut rank = 0.0;
        for mut bucket in self.buckets() {
            let is_linear = self.is_custom() || bucket.holds_zero();
            self.narrow(&mut bucket);
            if bucket.lower >= value {
                return Some(rank);
            }
            if bucket.upper > value {
                // Nothing can be said about where in an endless bucket the observations lie.
                let is_endless = bucket.lower == f64::NEG_INFINITY;
                return Some(if is_endless {
                    bucket.count
                } else {
                    rank + bucket.count * bucket.share_below(value, is_linear)
                });
            }
            rank += bucket.count;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::buckets::Buckets;
    use crate::schema::Schema;
    use proptest::prelude::*;

    fn histogram(zero: f64, negative: &[f64], positive: &[f64]) -> Histogram {
        let [negative, positive] =
            [negative, positive].map(|counts| Buckets::from_pairs((0..).zip(counts.iter().copied())));
        let count = zero + negative.counts().iter().chain(positive.counts()).sum::<f64>();
        let empty = Histogram::empty(Schema::Exponential(0));
        Histogram { zero_threshold: 0.1, zero_count: zero, count, negative, positive, ..empty }
    }

    #[test]
    fn fractions_are_those_of_the_specification() {
        let one = histogram(2.0, &[1.0, 1.0], &[2.0, 2.0]);
        let fraction = |lower, upper| one.fraction(lower, upper).0;
        assert_eq!(fraction(f64::NEG_INFINITY, f64::INFINITY), 1.0);
        assert_eq!(fraction(0.5, 1.0), 0.25);
        assert_eq!(fraction(1.0, 2f64.sqrt()), 0.125);
        assert_eq!(fraction(-0.1, 0.0), 0.125);
        assert_eq!(fraction(2.0, 1.0), 0.0);
        assert!(fraction(f64::NAN, 1.0).is_nan());
    }

    #[test]
    fn the_first_custom_bucket_begins_at_zero_or_counts_whole() {
        let custom = |bounds: [f64; 2]| Histogram {
            count: 8.0,
            positive: Buckets::from_pairs([(0, 4.0), (1, 2.0), (2, 2.0)]),
            ..Histogram::empty(Schema::Custom(bounds.into()))
        };
        let fraction = |bounds, lower, upper| custom(bounds).fraction(lower, upper).0;
        assert_eq!(fraction([1.0, 3.0], f64::NEG_INFINITY, 0.5), 0.25);
        assert_eq!(fraction([-1.0, 3.0], f64::NEG_INFINITY, -2.0), 0.5);
        assert_eq!(fraction([1.0, 3.0], 1.0, 2.0), 0.125);
        assert_eq!(fraction([1.0, 3.0], f64::NEG_INFINITY, 5.0), 0.75);
    }

    proptest! {
        #[test]
        fn the_fraction_below_a_quantile_is_that_quantile(
            negative in proptest::collection::vec(1..9_i32, 1..4),
            positive in proptest::collection::vec(1..9_i32, 1..4),
            quantile in 0.01..0.99_f64,
        ) {
            let floats = |counts: &[i32]| counts.iter().map(|count| f64::from(*count)).collect::<Vec<_>>();
            let one = histogram(3.0, &floats(&negative), &floats(&positive));
            let (value, _) = one.quantile(quantile);
            prop_assert!((one.fraction(f64::NEG_INFINITY, value).0 - quantile).abs() < 1e-9);
        }
    }
}
