//! Means and quantiles that lose as little as floats allow.

use lab_model::Sum;

/// A mean: the sum by the count, or, once the sum would overflow, a running mean.
#[derive(Clone, Copy, Debug)]
pub struct Mean {
    sum: Sum,
    count: f64,
    running: bool,
}

impl Mean {
    /// The mean of one value.
    pub fn new(value: f64) -> Self {
        Self { sum: Sum::new(value), count: 1.0, running: false }
    }

    /// Adds a value.
    #[inline]
    pub fn add(&mut self, value: f64) {
        self.count += 1.0;
        if !self.running {
            let mut sum = self.sum;
            sum.add(value);
            if !sum.is_infinite() {
                self.sum = sum;
                return;
            }
            self.running = true;
            self.sum = self.sum.scaled(1.0 / (self.count - 1.0));
        }
        self.sum = self.sum.scaled((self.count - 1.0) / self.count);
        self.sum.add(value / self.count);
    }

    /// The mean so far.
    #[inline]
    pub fn value(&self) -> f64 {
        if self.running { self.sum.value() } else { self.sum.divided(self.count) }
    }
}

/// The quantile of values, with linear interpolation between the two nearest; sorts them.
pub fn quantile(quantile: f64, values: &mut [f64]) -> f64 {
    if values.is_empty() || quantile.is_nan() {
        return f64::NAN;
    }
    if quantile < 0.0 {
        return f64::NEG_INFINITY;
    }
    if quantile > 1.0 {
        return f64::INFINITY;
    }
    // NaN counts as the smallest value.
    values.sort_unstable_by(|a, b| match (a.is_nan(), b.is_nan()) {
        (false, false) => a.total_cmp(b),
        (a_nan, b_nan) => b_nan.cmp(&a_nan),
    });
    let last = values.len() - 1;
    let rank = quantile * last as f64;
    let lower = rank.floor() as usize;
    let upper = (lower + 1).min(last);
    let weight = rank - rank.floor();
    values[lower] * (1.0 - weight) + values[upper] * weight
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mean_does_not_overflow() {
        let mut mean = Mean::new(f64::MAX);
        mean.add(f64::MAX);
        mean.add(f64::MAX);
        assert!((mean.value() / f64::MAX - 1.0).abs() < 1e-12);
    }

    #[test]
    fn quantiles_interpolate() {
        assert_eq!(quantile(0.5, &mut [4.0, 1.0, 2.0, 3.0]), 2.5);
        assert_eq!(quantile(1.0, &mut [1.0, 2.0]), 2.0);
        assert_eq!(quantile(-1.0, &mut [1.0]), f64::NEG_INFINITY);
    }
}
