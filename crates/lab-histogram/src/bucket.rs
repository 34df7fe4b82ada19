//! One bucket with its bounds, and the buckets of a histogram in order.

use crate::histogram::{Histogram, Side};
use crate::schema::Schema;

/// A bucket with its bounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bucket {
    /// The lower bound.
    pub lower: f64,
    /// The upper bound.
    pub upper: f64,
    /// Whether an observation equal to the lower bound belongs to this bucket.
    pub lower_inclusive: bool,
    /// Whether an observation equal to the upper bound belongs to this bucket.
    pub upper_inclusive: bool,
    /// How many observations there are; after a subtraction it may be negative.
    pub count: f64,
}

impl Bucket {
    /// Whether zero lies within.
    pub(crate) fn holds_zero(&self) -> bool {
        self.lower <= 0.0 && self.upper >= 0.0
    }

    /// The share of the bucket's width that lies below a value within its finite bounds: as the values are spread evenly,
    /// or evenly on a logarithmic scale.
    pub(crate) fn share_below(&self, value: f64, linear: bool) -> f64 {
        if linear {
            return (value - self.lower) / (self.upper - self.lower);
        }
        let [lower, upper, at] = [self.lower, self.upper, value].map(|bound| bound.abs().log2());
        if value > 0.0 { (at - lower) / (upper - lower) } else { 1.0 - (at - upper) / (lower - upper) }
    }
}

impl Histogram {
    /// A bucket of one side by its index.
    pub(crate) fn bucket(&self, side: Side, index: i32, count: f64) -> Bucket {
        let (near, far) = (self.schema.bound(index.saturating_sub(1)), self.schema.bound(index));
        let (lower, upper) = if side == Side::Positive { (near, far) } else { (-far, -near) };
        let is_custom = matches!(self.schema, Schema::Custom(_));
        Bucket {
            lower,
            upper,
            lower_inclusive: if is_custom { index == 0 } else { lower < 0.0 },
            upper_inclusive: is_custom || upper > 0.0,
            count,
        }
    }

    /// The bucket around zero.
    pub fn zero_bucket(&self) -> Bucket {
        let (lower, upper) = (-self.zero_threshold, self.zero_threshold);
        Bucket { lower, upper, lower_inclusive: true, upper_inclusive: true, count: self.zero_count }
    }

    /// All buckets, ascending; the zero bucket if it holds something. A bucket that overlaps the zero bucket is cut there.
    pub fn buckets(&self) -> impl DoubleEndedIterator<Item = Bucket> + '_ {
        self.buckets_cut_at(self.zero_threshold)
    }

    /// All buckets with the bounds of the schema, whether they overlap the zero bucket or not.
    pub(crate) fn uncut_buckets(&self) -> impl DoubleEndedIterator<Item = Bucket> + '_ {
        self.buckets_cut_at(0.0)
    }

    fn buckets_cut_at(&self, threshold: f64) -> impl DoubleEndedIterator<Item = Bucket> + '_ {
        let cut = move |mut bucket: Bucket| {
            if bucket.lower > 0.0 && bucket.lower < threshold {
                bucket.lower = threshold;
            } else if bucket.upper < 0.0 && bucket.upper > -threshold {
                bucket.upper = -threshold;
            }
            bucket
        };
        let of = move |side: Side| move |(index, count): (i32, f64)| cut(self.bucket(side, index, count));
        let zero = (self.zero_count > 0.0).then(|| self.zero_bucket());
        let negative = self.negative.iter().rev().map(of(Side::Negative));
        negative.chain(zero).chain(self.positive.iter().map(of(Side::Positive)))
    }
}
