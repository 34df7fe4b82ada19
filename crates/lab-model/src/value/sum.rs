//! A sum that loses as little as floats allow.

/// A sum that carries its rounding error along (Kahan's method in Neumaier's variant).
#[derive(Clone, Copy, Debug, Default)]
pub struct Sum {
    total: f64,
    compensation: f64,
}

impl Sum {
    /// A sum that starts from `value`.
    pub fn new(value: f64) -> Self {
        Self { total: value, compensation: 0.0 }
    }

    /// Adds a value.
    #[inline]
    pub fn add(&mut self, value: f64) {
        let total = self.total + value;
        if total.is_infinite() {
            self.compensation = 0.0;
        } else if self.total.abs() >= value.abs() {
            self.compensation += (self.total - total) + value;
        } else {
            self.compensation += (value - total) + self.total;
        }
        self.total = total;
    }

    /// The sum so far.
    #[inline]
    pub fn value(&self) -> f64 {
        if self.total.is_infinite() { self.total } else { self.total + self.compensation }
    }

    /// The sum times a factor.
    #[must_use]
    pub fn scaled(self, factor: f64) -> Self {
        Self { total: self.total * factor, compensation: self.compensation * factor }
    }

    /// The sum by a divisor, where both parts are divided before they meet: the sum itself may be too large.
    pub fn divided(self, divisor: f64) -> f64 {
        self.total / divisor + self.compensation / divisor
    }

    /// Whether the sum has left what a float holds.
    pub fn is_infinite(self) -> bool {
        self.total.is_infinite()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_addends_survive_large_ones() {
        let mut sum = Sum::default();
        for value in [1.0, 1e100, 1.0, -1e100] {
            sum.add(value);
        }
        assert_eq!(sum.value(), 2.0);
    }
}
