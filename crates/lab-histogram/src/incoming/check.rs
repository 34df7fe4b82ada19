//! What a histogram from outside must hold before it is stored.

use crate::buckets::Buckets;
use crate::histogram::{Histogram, Side};
use crate::schema::{HIGHEST_SCHEMA, LOWEST_SCHEMA, Schema};

/// Why a histogram is refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Flaw {
    /// No such resolution.
    #[error("schema {0} is unknown: expected {LOWEST_SCHEMA} to {HIGHEST_SCHEMA}, or -53 for custom bounds")]
    Schema(i32),
    /// A bucket counts less than nothing.
    #[error("the {0} bucket with index {1} counts {2}, less than 0")]
    NegativeBucket(&'static str, i32, f64),
    /// Counts less than nothing in all.
    #[error("the {0} is {1}, less than 0")]
    NegativeCount(&'static str, f64),
    /// More are counted in buckets than in all.
    #[error("the buckets hold {buckets} observations, but the count says {count}")]
    Count {
        /// Observations of all buckets.
        buckets: f64,
        /// The count as it came.
        count: f64,
    },
    /// The bounds must ascend and be finite.
    #[error("custom bound {0} ({1}) is not larger than the one before it, or is not finite")]
    Bound(usize, f64),
    /// A bucket has no bound.
    #[error("bucket {index} has no bound: there are {bounds} custom bounds, and one bucket behind the last")]
    NoBound {
        /// The index of the bucket.
        index: i32,
        /// How many bounds there are.
        bounds: usize,
    },
    /// Custom bounds go with positive buckets alone.
    #[error("a histogram with custom bounds has no zero bucket and no negative buckets")]
    CustomSides,
    /// The zero bucket cannot be so wide.
    #[error("the zero threshold is {0}; expected a number of at least 0")]
    ZeroThreshold(f64),
}

impl Histogram {
    /// Refuses what makes no sense. The count may be less than the buckets hold, because floats are not exact.
    pub fn check(&self) -> Result<(), Flaw> {
        match &self.schema {
            Schema::Exponential(schema) if !(LOWEST_SCHEMA..=HIGHEST_SCHEMA).contains(schema) => {
                return Err(Flaw::Schema(*schema));
            }
            Schema::Exponential(_) => {}
            Schema::Custom(bounds) => self.check_custom(bounds)?,
        }
        if self.zero_threshold.is_nan() || self.zero_threshold < 0.0 {
            return Err(Flaw::ZeroThreshold(self.zero_threshold));
        }
        for (what, count) in [("count", self.count), ("zero count", self.zero_count)] {
            if count < 0.0 {
                return Err(Flaw::NegativeCount(what, count));
            }
        }
        self.check_side(Side::Positive)?;
        self.check_side(Side::Negative)
    }

    /// The same of a histogram whose counts were whole numbers: the buckets must add up to the count, except that
    /// observations that are not a number are in no bucket.
    pub fn check_whole(&self) -> Result<(), Flaw> {
        self.check()?;
        let buckets = self.zero_count + self.positive.counts().iter().chain(self.negative.counts()).sum::<f64>();
        let fits = if self.sum.is_nan() { buckets <= self.count } else { buckets == self.count };
        if fits { Ok(()) } else { Err(Flaw::Count { buckets, count: self.count }) }
    }

    fn check_custom(&self, bounds: &[f64]) -> Result<(), Flaw> {
        let mut before = f64::NEG_INFINITY;
        for (at, bound) in bounds.iter().enumerate() {
            if !bound.is_finite() || *bound <= before {
                return Err(Flaw::Bound(at, *bound));
            }
            before = *bound;
        }
        let beyond = |index: i32| usize::try_from(index).map_or(true, |index| index > bounds.len());
        if let Some((index, _)) = self.positive.iter().find(|(index, _)| beyond(*index)) {
            return Err(Flaw::NoBound { index, bounds: bounds.len() });
        }
        let has_zero = self.zero_count != 0.0 || self.zero_threshold != 0.0;
        if has_zero || !self.negative.is_empty() { Err(Flaw::CustomSides) } else { Ok(()) }
    }

    fn check_side(&self, side: Side) -> Result<(), Flaw> {
        let (name, buckets): (_, &Buckets) = match side {
            Side::Positive => ("positive", &self.positive),
            Side::Negative => ("negative", &self.negative),
        };
        match buckets.iter().find(|(_, count)| *count < 0.0) {
            Some((index, count)) => Err(Flaw::NegativeBucket(name, index, count)),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_makes_no_sense_is_refused_by_name() {
        let good = || Histogram {
            count: 3.0,
            positive: Buckets::from_pairs([(0, 1.0), (1, 2.0)]),
            ..Histogram::empty(Schema::Exponential(0))
        };
        let custom = |bounds: &[f64]| Histogram { schema: Schema::Custom(bounds.into()), ..good() };
        let refused = |histogram: Histogram| histogram.check_whole().map_err(|flaw| flaw.to_string());
        assert_eq!(refused(good()), Ok(()));
        assert_eq!(refused(custom(&[1.0])), Ok(()));
        let cases = [
            (Histogram { schema: Schema::Exponential(9), ..good() }, "schema 9 is unknown"),
            (Histogram { count: 4.0, ..good() }, "the buckets hold 3 observations, but the count says 4"),
            (Histogram { zero_count: -1.0, ..good() }, "the zero count is -1"),
            (Histogram { negative: Buckets::from_pairs([(7, -1.0)]), ..good() }, "the negative bucket with index 7"),
            (Histogram { zero_threshold: f64::NAN, ..good() }, "the zero threshold is NaN"),
            (custom(&[]), "bucket 1 has no bound"),
            (custom(&[2.0, 2.0]), "custom bound 1 (2)"),
            (custom(&[f64::INFINITY]), "custom bound 0 (inf)"),
            (Histogram { zero_threshold: 1.0, ..custom(&[1.0]) }, "no zero bucket"),
        ];
        for (histogram, expected) in cases {
            let error = refused(histogram).expect_err(expected);
            assert!(error.contains(expected), "{error} instead of {expected}");
        }
    }

    #[test]
    fn observations_that_are_not_a_number_are_in_no_bucket() {
        let histogram = Histogram { count: 2.0, sum: f64::NAN, ..Histogram::empty(Schema::Exponential(0)) };
        assert_eq!(histogram.check_whole(), Ok(()));
    }
}
