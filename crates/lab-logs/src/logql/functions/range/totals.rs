//! What is known of the values of a window, kept so that windows can be merged.

/// What is known of some values; any function over a window can be read from it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Totals {
    pub(crate) count: f64,
    pub(crate) sum: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
    pub(crate) first: (i64, f64),
    pub(crate) last: (i64, f64),
    mean: f64,
    /// Sum of squared distances from the mean.
    squares: f64,
}

impl Totals {
    pub(crate) fn of(time: i64, value: f64) -> Self {
        let point = (time, value);
        Self { count: 1.0, sum: value, min: value, max: value, first: point, last: point, mean: value, squares: 0.0 }
    }

    /// A value that stands so many times between the first and the last time.
    pub(crate) fn repeated(value: f64, count: u64, (first, last): (i64, i64)) -> Self {
        let count = count as f64;
        Self { count, sum: value * count, last: (last, value), ..Self::of(first, value) }
    }

    pub(crate) fn add(&mut self, time: i64, value: f64) {
        self.merge(&Self::of(time, value));
    }

    /// Adds what is known of others (mean and squares by Chan's formula).
    pub(crate) fn merge(&mut self, other: &Self) {
        if other.count == 0.0 {
            return;
        }
        if self.count == 0.0 {
            self.clone_from(other);
            return;
        }
        let count = self.count + other.count;
        let distance = other.mean - self.mean;
        self.mean += distance * other.count / count;
        self.squares += other.squares + distance * distance * self.count * other.count / count;
        self.count = count;
        self.sum += other.sum;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        if other.first.0 < self.first.0 {
            self.first = other.first;
        }
        if other.last.0 >= self.last.0 {
            self.last = other.last;
        }
    }

    /// The population variance of the values.
    pub(crate) fn variance(&self) -> f64 {
        self.squares / self.count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variance_does_not_depend_on_the_bins() {
        let mut left = Totals::of(0, 2.0);
        left.add(1, 4.0);
        let mut right = Totals::of(2, 4.0);
        right.add(3, 6.0);
        left.merge(&right);
        assert_eq!((left.variance(), left.first.1, left.last.1), (2.0, 2.0, 6.0));
    }
}
