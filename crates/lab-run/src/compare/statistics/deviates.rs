//! How sure a comparison has to be, and how far chance alone may lead: quantiles of two distributions.

/// How sure a comparison has to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sureness {
    /// The chance of a mistake of one comparison.
    pub error: f64,
    /// The smallest effect that is told.
    pub least: f64,
}

/// The quantile of the normal distribution that is exceeded on either side by chance `error` in all: Abramowitz and Stegun,
/// formula 26.2.23.
pub(crate) fn normal(error: f64) -> f64 {
    let tail = (error / 2.0).clamp(1e-300, 0.5);
    let t = (-2.0 * tail.ln()).sqrt();
    t - (2.515_517 + 0.802_853 * t + 0.010_328 * t * t)
        / (1.0 + 1.432_788 * t + 0.189_269 * t * t + 0.001_308 * t * t * t)
}

/// The same of Student's distribution: Abramowitz and Stegun, formula 26.7.5.
pub(crate) fn student(error: f64, freedom: f64) -> f64 {
    let z = normal(error);
    let (z3, z5, z7) = (z.powi(3), z.powi(5), z.powi(7));
    z + (z3 + z) / (4.0 * freedom)
        + (5.0 * z5 + 16.0 * z3 + 3.0 * z) / (96.0 * freedom.powi(2))
        + (3.0 * z7 + 19.0 * z5 + 17.0 * z3 - 15.0 * z) / (384.0 * freedom.powi(3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_of_the_distributions_are_those_of_the_tables() {
        for (error, expected) in [(0.05, 1.960), (0.002, 3.090), (2e-5, 4.265)] {
            assert!((normal(error) - expected).abs() < 0.005, "{error}");
        }
        for (error, expected) in [(0.05, 2.024), (0.002, 3.319), (0.001, 3.566)] {
            assert!((student(error, 38.0) - expected).abs() < 0.01, "{error} {}", student(error, 38.0));
        }
    }
}
