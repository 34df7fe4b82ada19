//! Classic histograms, with a count per upper bound, as native ones with custom bounds.

use crate::buckets::Buckets;
use crate::histogram::Histogram;
use crate::schema::Schema;

/// The series of one classic histogram at an instant, as they come in.
#[derive(Clone, Debug, Default)]
pub struct Classic {
    /// Upper bounds with the observations up to each.
    buckets: Vec<(f64, f64)>,
    count: Option<f64>,
    sum: f64,
}

/// Why a classic histogram makes no native one.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum ClassicError {
    /// A bound is no number.
    #[error("a bucket has a bound (le) that is not a number")]
    Bound,
    /// A count is less than nothing.
    #[error("the count of the bucket le={0} is less than 0, or not a number")]
    Negative(f64),
    /// Counts must rise with their bounds.
    #[error("the count of the bucket le={0} is less than that of the one before it")]
    Falling(f64),
    /// The highest bucket must hold all.
    #[error("the count is {count}, but the highest bucket holds {highest}")]
    Count {
        /// The count as it came.
        count: f64,
        /// What the highest bucket holds.
        highest: f64,
    },
}

impl Classic {
    /// Observations up to a bound.
    pub fn bucket(&mut self, bound: f64, count: f64) {
        self.buckets.push((bound, count));
    }

    /// How many observations there were in all.
    pub fn count(&mut self, count: f64) {
        self.count = Some(count);
    }

    /// The sum of all observations.
    pub fn sum(&mut self, sum: f64) {
        self.sum = sum;
    }

    /// The native histogram with the same bounds, without empty buckets.
    pub fn convert(&self) -> Result<Histogram, ClassicError> {
        let mut buckets = self.buckets.clone();
        if buckets.iter().any(|(bound, _)| bound.is_nan()) {
            return Err(ClassicError::Bound);
        }
        buckets.sort_by(|one, two| one.0.total_cmp(&two.0));
        buckets.dedup_by(|next, kept| next.0 == kept.0);
        let highest = buckets.last().map(|(_, count)| *count);
        let count = self.count.or(highest).unwrap_or_default();
        if buckets.last().is_none_or(|(bound, _)| *bound != f64::INFINITY) {
            buckets.push((f64::INFINITY, count));
        }
        let mut before = 0.0;
        let mut counts = Vec::with_capacity(buckets.len());
        for ((bound, up_to), index) in buckets.iter().zip(0..) {
            if *up_to < 0.0 || up_to.is_nan() {
                return Err(ClassicError::Negative(*bound));
            }
            if *up_to < before {
                return Err(ClassicError::Falling(*bound));
            }
            counts.push((index, up_to - before));
            before = *up_to;
        }
        if before != count {
            return Err(ClassicError::Count { count, highest: before });
        }
        let bounds: Vec<f64> = buckets.iter().map(|(bound, _)| *bound).filter(|bound| bound.is_finite()).collect();
        let empty = Histogram::empty(Schema::Custom(bounds.into()));
        let mut histogram = Histogram { count, sum: self.sum, positive: Buckets::from_pairs(counts), ..empty };
        histogram.compact();
        Ok(histogram)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_classic_histogram_keeps_its_bounds() {
        let mut classic = Classic::default();
        for (bound, count) in [(f64::INFINITY, 6.0), (1.0, 2.0), (2.0, 2.0), (4.0, 5.0)] {
            classic.bucket(bound, count);
        }
        classic.sum(9.0);
        let native = classic.convert().expect("good");
        assert_eq!(native.to_string(), "{count:6, sum:9, [-Inf,1]:2, (2,4]:3, (4,+Inf]:1}");
        classic.count(7.0);
        assert_eq!(classic.convert().unwrap_err(), ClassicError::Count { count: 7.0, highest: 6.0 });
        classic.bucket(3.0, 1.0);
        assert_eq!(classic.convert().unwrap_err(), ClassicError::Falling(3.0));
    }
}
