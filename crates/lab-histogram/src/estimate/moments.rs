//! Mean and variance of the observations.

use lab_model::Sum;

use crate::histogram::Histogram;

impl Histogram {
    /// The arithmetic mean, exact as the sum is.
    pub fn mean(&self) -> f64 {
        self.sum / self.count
    }

    /// The estimated variance: the observations of a bucket are taken to lie at its middle, which is the geometric one of
    /// an exponential bucket, zero for the zero bucket, and the arithmetic one of a custom bucket.
    pub fn variance(&self) -> f64 {
        let mean = self.mean();
        let mut squares = Sum::default();
        for bucket in self.buckets().filter(|bucket| bucket.count != 0.0) {
            let middle = if self.is_custom() {
                f64::midpoint(bucket.upper, bucket.lower)
            } else if bucket.holds_zero() {
                0.0
            } else {
                (bucket.upper * bucket.lower).sqrt().copysign(bucket.upper)
            };
            let distance = middle - mean;
            squares.add(bucket.count * distance * distance);
        }
        squares.value() / self.count
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::buckets::Buckets;
    use crate::schema::Schema;

    #[test]
    fn observations_are_taken_to_lie_in_the_middle_of_their_bucket() {
        let empty = Histogram::empty(Schema::Exponential(-1));
        let positive = Buckets::from_pairs([(1, 1.0), (2, 1.0)]);
        // The geometric middles of (1, 4] and (4, 16] are 2 and 8.
        let one = Histogram { count: 2.0, sum: 10.0, positive, ..empty };
        assert_eq!((one.mean(), one.variance()), (5.0, 9.0));
        let negative = Histogram { sum: -10.0, negative: one.positive.clone(), positive: Buckets::default(), ..one };
        assert_eq!((negative.mean(), negative.variance()), (-5.0, 9.0));
    }
}
