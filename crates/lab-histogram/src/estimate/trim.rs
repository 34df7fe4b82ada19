//! Leaving out what lies above or below a value: PromQL's `</` and `>/`.
//!
//! A bucket that the value cuts keeps its share, interpolated as for a quantile. The sum is estimated anew from the middles
//! of what is left, but only if something was cut away.

use crate::bucket::Bucket;
use crate::histogram::{Histogram, Side};

/// Which observations stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Keep {
    Below,
    Above,
}

/// What is left of a bucket: how many observations, and where they are taken to lie.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Left {
    count: f64,
    middle: f64,
}

impl Histogram {
    /// Keeps the observations below a value.
    pub fn keep_below(&mut self, value: f64) {
        self.trim(value, Keep::Below);
    }

    /// Keeps the observations above a value.
    pub fn keep_above(&mut self, value: f64) {
        self.trim(value, Keep::Above);
    }

    fn trim(&mut self, value: f64, keep: Keep) {
        let (mut count, mut sum, mut is_cut) = (0.0, 0.0, false);
        let mut note = |before: f64, left: Left| {
            count += left.count;
            sum += left.middle * left.count;
            is_cut |= before != left.count;
        };
        let has = |side: Side| self.side(side).iter().any(|(_, count)| count != 0.0);
        let (has_negative, has_positive) = (has(Side::Negative), has(Side::Positive));
        let mut sides = [(Side::Positive, self.positive.clone()), (Side::Negative, self.negative.clone())];
        for (side, buckets) in &mut sides {
            for (index, before) in self.side(*side).iter().filter(|(_, count)| *count != 0.0) {
                note(before, self.left_of(*side, index, before, (value, keep)));
            }
            buckets.change(|index, before| match before {
                0.0 => before,
                _ => self.left_of(*side, index, before, (value, keep)).count,
            });
        }
        if self.zero_count > 0.0 {
            let mut zero = self.zero_bucket();
            match (has_negative, has_positive) {
                (true, false) => zero.upper = 0.0,
                (false, true) => zero.lower = 0.0,
                _ => {}
            }
            let left = left_of_zero(&zero, value, keep);
            note(self.zero_count, left);
            self.zero_count = left.count;
        }
        if is_cut {
            let [(_, positive), (_, negative)] = sides;
            (self.positive, self.negative) = (positive, negative);
            (self.count, self.sum) = (count, sum);
            self.compact();
        }
    }

    /// The buckets of one side.
    fn side(&self, side: Side) -> &crate::buckets::Buckets {
        if side == Side::Positive { &self.positive } else { &self.negative }
    }

    fn left_of(&self, side: Side, index: i32, count: f64, (value, keep): (f64, Keep)) -> Left {
        let (bucket, linear) = (self.bucket(side, index, count), self.is_custom());
        let middle = |lower, upper| middle(lower, upper, side, linear);
        let (all, some) = match keep {
            Keep::Below => (bucket.upper <= value, bucket.lower < value),
            Keep::Above => (bucket.lower >= value, bucket.upper > value),
        };
        if all {
            return Left { count, middle: middle(bucket.lower, bucket.upper) };
        }
        if !some {
            return Left { count: 0.0, middle: 0.0 };
        }
        if bucket.lower.is_infinite() || bucket.upper.is_infinite() {
            return left_of_endless(&bucket, value, keep);
        }
        let below = count * bucket.share_below(value, linear);
        match keep {
            Keep::Below => Left { count: below, middle: middle(bucket.lower, value) },
            Keep::Above => Left { count: count - below, middle: middle(value, bucket.upper) },
        }
    }
}

/// What is left of a bucket with one endless side that the value cuts. Below a positive bound it is taken to begin at zero;
/// otherwise nobody knows where its observations lie, and so it goes, or it stays and lies at the value.
fn left_of_endless(bucket: &Bucket, value: f64, keep: Keep) -> Left {
    let Bucket { lower, upper, count, .. } = *bucket;
    if lower == f64::NEG_INFINITY {
        let is_cut = value >= 0.0 && upper > value && upper.is_finite();
        return match keep {
            Keep::Below if is_cut && value > 0.0 => Left { count: count * value / upper, middle: value / 2.0 },
            Keep::Below if upper <= 0.0 => Left { count, middle: value },
            Keep::Above if is_cut => Left { count: count * (1.0 - value / upper), middle: f64::midpoint(value, upper) },
            _ => Left { count: 0.0, middle: 0.0 },
        };
    }
    match keep {
        Keep::Above if value >= lower => Left { count, middle: value },
        _ => Left { count: 0.0, middle: 0.0 },
    }
}

/// What is left of the zero bucket, whose observations are taken to be spread evenly.
fn left_of_zero(zero: &Bucket, value: f64, keep: Keep) -> Left {
    let Bucket { lower, upper, count, .. } = *zero;
    let (from, to) = match keep {
        Keep::Below => (lower, value.min(upper)),
        Keep::Above => (value.max(lower), upper),
    };
    if from == lower && to == upper && (value <= lower || value >= upper) {
        // All or nothing, also where both bounds are zero.
        let all = if keep == Keep::Below { value > lower } else { value <= lower };
        return if all {
            Left { count, middle: f64::midpoint(lower, upper) }
        } else {
            Left { count: 0.0, middle: 0.0 }
        };
    }
    if from >= to {
        return Left { count: 0.0, middle: 0.0 };
    }
    Left { count: count * ((to - from) / (upper - lower)), middle: f64::midpoint(from, to) }
}

/// Where the observations between two values are taken to lie.
fn middle(lower: f64, upper: f64, side: Side, linear: bool) -> f64 {
    match (lower.is_infinite(), upper.is_infinite()) {
        (true, true) => 0.0,
        (true, false) if upper > 0.0 => upper / 2.0,
        (true, false) => upper,
        (false, true) => lower,
        (false, false) if linear => f64::midpoint(lower, upper),
        (false, false) => {
            let geometric = (lower * upper).abs().sqrt();
            if side == Side::Positive { geometric } else { -geometric }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::buckets::Buckets;
    use crate::schema::Schema;

    fn exponential() -> Histogram {
        Histogram {
            count: 12.0,
            sum: 100.0,
            zero_threshold: 0.5,
            zero_count: 4.0,
            positive: Buckets::from_pairs([(1, 4.0), (2, 4.0)]),
            ..Histogram::empty(Schema::Exponential(0))
        }
    }

    #[test]
    fn what_lies_beyond_the_value_goes_and_a_cut_bucket_keeps_its_share() {
        let mut below = exponential();
        below.keep_below(2f64.sqrt());
        assert!((below.count - 6.0).abs() < 1e-12);
        assert_eq!(below.positive.len(), 1);
        let mut above = exponential();
        above.keep_above(2.0);
        assert_eq!((above.count, above.zero_count, above.positive.counts()), (4.0, 0.0, &[4.0][..]));
        assert!((above.sum - 4.0 * 8f64.sqrt()).abs() < 1e-12);
        let mut zero = exponential();
        zero.keep_below(0.25);
        assert_eq!((zero.count, zero.zero_count, zero.positive.len()), (2.0, 2.0, 0));
    }

    #[test]
    fn without_a_cut_everything_stays_the_sum_included() {
        for trim in [|it: &mut Histogram| it.keep_below(4.0), |it: &mut Histogram| it.keep_above(0.0)] {
            let mut whole = exponential();
            trim(&mut whole);
            assert!(whole.is_same(&exponential()));
        }
    }

    #[test]
    fn endless_custom_buckets_are_cut_where_a_bound_allows() {
        let custom = || Histogram {
            count: 10.0,
            sum: 20.0,
            positive: Buckets::from_pairs([(0, 4.0), (1, 4.0), (2, 2.0)]),
            ..Histogram::empty(Schema::Custom([2.0, 4.0].into()))
        };
        let mut below = custom();
        below.keep_below(1.0);
        assert_eq!((below.count, below.sum), (2.0, 1.0));
        let mut above = custom();
        above.keep_above(5.0);
        assert_eq!((above.count, above.sum), (2.0, 10.0));
        let mut highest = custom();
        highest.keep_below(5.0);
        assert_eq!(highest.count, 8.0);
    }
}
