//! Quantiles of a histogram.

use crate::bucket::Bucket;
use crate::histogram::Histogram;

/// What observations that are not a number did to an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotANumber {
    /// They count as larger than every bucket, which moves the answer up.
    Skews,
    /// The answer falls among them.
    IsTheAnswer,
    /// They lie in no fraction.
    Excluded,
}

impl Histogram {
    /// The value below which the share `quantile` of the observations lies. Between the bounds of a bucket it is
    /// interpolated: linearly with custom bounds and in the zero bucket, else on a logarithmic scale.
    ///
    /// NaN without observations, minus and plus infinity for a quantile below 0 and above 1.
    pub fn quantile(&self, quantile: f64) -> (f64, Option<NotANumber>) {
        if quantile < 0.0 {
            return (f64::NEG_INFINITY, None);
        }
        if quantile > 1.0 {
            return (f64::INFINITY, None);
        }
        if self.count == 0.0 || quantile.is_nan() {
            return (f64::NAN, None);
        }
        // Observations that are not a number make the sum one, too; they lie above all buckets.
        let may_hold_nan = self.sum.is_nan();
        let from_below = may_hold_nan || quantile < 0.5;
        let rank = if from_below { quantile * self.count } else { (1.0 - quantile) * self.count };
        let reached = if from_below { reach(self.buckets(), rank) } else { reach(self.buckets().rev(), rank) };
        let nowhere = Bucket { lower: 0.0, upper: 0.0, ..self.zero_bucket() };
        let (mut bucket, count) = reached.unwrap_or((nowhere, 0.0));
        match self.is_custom() {
            false => self.narrow(&mut bucket),
            true if bucket.upper == f64::INFINITY && bucket.lower.is_finite() => return (bucket.lower, None),
            true if bucket.lower == f64::NEG_INFINITY && bucket.upper <= 0.0 => return (bucket.upper, None),
            true if bucket.lower == f64::NEG_INFINITY => bucket.lower = 0.0,
            true => {}
        }
        let count = count.min(self.count);
        if count < rank {
            return if may_hold_nan { (f64::NAN, Some(NotANumber::IsTheAnswer)) } else { (bucket.upper, None) };
        }
        let within = if from_below { rank - (count - bucket.count) } else { count - rank };
        let observed: f64 = self.buckets().map(|bucket| bucket.count).sum();
        let note = (may_hold_nan && observed < self.count).then_some(NotANumber::Skews);
        (interpolate(&bucket, within / bucket.count, self.is_custom()), note)
    }

    /// A bucket around zero beside one side only reaches no further than zero on the other.
    pub(crate) fn narrow(&self, bucket: &mut Bucket) {
        if !bucket.holds_zero() {
            return;
        }
        match (self.negative.is_empty(), self.positive.is_empty()) {
            (true, false) => bucket.lower = 0.0,
            (false, true) => bucket.upper = 0.0,
            _ => {}
        }
    }
}

/// The first bucket at which the observations so far reach a rank, or the last one; with the observations so far.
fn reach(buckets: impl Iterator<Item = Bucket>, rank: f64) -> Option<(Bucket, f64)> {
    let mut count = 0.0;
    let mut last = None;
    for bucket in buckets.filter(|bucket| bucket.count != 0.0) {
        count += bucket.count;
        last = Some((bucket, count));
        if count >= rank {
            break;
        }
    }
    last
}

/// The value at a share of a bucket's observations.
fn interpolate(bucket: &Bucket, share: f64, linear: bool) -> f64 {
    if linear || bucket.holds_zero() {
        return bucket.lower + (bucket.upper - bucket.lower) * share;
    }
    let [lower, upper] = [bucket.lower, bucket.upper].map(|bound| bound.abs().log2());
    if bucket.lower > 0.0 {
        (lower + (upper - lower) * share).exp2()
    } else {
        -(upper + (lower - upper) * (1.0 - share)).exp2()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::buckets::Buckets;
    use crate::schema::Schema;

    fn histogram(zero: (f64, f64), negative: &[(i32, f64)], positive: &[(i32, f64)]) -> Histogram {
        let [negative, positive] = [negative, positive].map(|pairs| Buckets::from_pairs(pairs.iter().copied()));
        let count = zero.1 + negative.counts().iter().chain(positive.counts()).sum::<f64>();
        let empty = Histogram::empty(Schema::Exponential(0));
        Histogram { zero_threshold: zero.0, zero_count: zero.1, count, sum: 1.0, negative, positive, ..empty }
    }

    fn quantiles(histogram: &Histogram, quantiles: &[f64]) -> Vec<f64> {
        quantiles.iter().map(|quantile| histogram.quantile(*quantile).0).collect()
    }

    /// The middle of (1, 2] on a logarithmic scale is the square root of 2.
    #[test]
    fn quantiles_are_interpolated_on_a_logarithmic_scale() {
        let one = histogram((0.0, 0.0), &[], &[(1, 4.0), (2, 4.0)]);
        assert_eq!(
            quantiles(&one, &[0.0, 0.25, 0.5, 1.0, -1.0, 2.0]),
            [1.0, 2f64.sqrt(), 2.0, 4.0, f64::NEG_INFINITY, f64::INFINITY]
        );
        let negative = histogram((0.0, 0.0), &[(1, 4.0)], &[]);
        assert!((negative.quantile(0.5).0 + 2f64.sqrt()).abs() < 1e-12);
        assert!(histogram((0.0, 0.0), &[], &[]).quantile(0.5).0.is_nan());
    }

    #[test]
    fn the_zero_bucket_is_linear_and_ends_at_zero_beside_one_side_only() {
        assert_eq!(quantiles(&histogram((1.0, 4.0), &[], &[(1, 1.0)]), &[0.4]), [0.5]);
        assert_eq!(quantiles(&histogram((1.0, 4.0), &[(1, 1.0)], &[]), &[0.6]), [-0.5]);
        assert_eq!(quantiles(&histogram((1.0, 4.0), &[], &[]), &[0.25, 0.5]), [-0.5, 0.0]);
    }

    #[test]
    fn the_outer_custom_buckets_have_only_one_bound() {
        let custom = |bounds: &[f64], counts: &[f64]| Histogram {
            count: counts.iter().sum(),
            positive: Buckets::from_pairs((0..).zip(counts.iter().copied())),
            ..Histogram::empty(Schema::Custom(bounds.into()))
        };
        assert_eq!(quantiles(&custom(&[2.0, 4.0], &[4.0, 4.0, 2.0]), &[0.2, 0.6, 1.0]), [1.0, 3.0, 4.0]);
        assert_eq!(quantiles(&custom(&[-2.0, 4.0], &[4.0, 4.0, 2.0]), &[0.2]), [-2.0]);
    }

    #[test]
    fn observations_that_are_not_a_number_are_told() {
        let mut one = histogram((0.0, 0.0), &[], &[(1, 4.0)]);
        (one.count, one.sum) = (8.0, f64::NAN);
        assert_eq!(one.quantile(0.25), (2f64.sqrt(), Some(NotANumber::Skews)));
        let (value, note) = one.quantile(0.75);
        assert!(value.is_nan() && note == Some(NotANumber::IsTheAnswer));
    }
}
