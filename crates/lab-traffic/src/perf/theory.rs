//! What ideal overlap would give, with delays uniform in [0, m).
//!
//! One roll takes m/2 on average, so n of them one after another take n·m/2. All at once they take as long
//! as the longest of n uniform delays, on average m·n/(n+1). The quotient is (n+1)/2, whatever m is.
//! Numbers of dice are `f64`, because the curves run between the whole ones.

/// Mean seconds of `rolls` dice one after another.
pub fn sequential_seconds(rolls: f64, max_delay: f64) -> f64 {
    rolls * max_delay / 2.0
}

/// Mean seconds of `rolls` dice at once.
pub fn concurrent_seconds(rolls: f64, max_delay: f64) -> f64 {
    max_delay * rolls / (rolls + 1.0)
}

/// The quotient of the two.
pub fn speed_up(rolls: f64) -> f64 {
    f64::midpoint(rolls, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_speed_up_is_the_quotient_of_the_times() {
        for rolls in (1..=20).map(f64::from) {
            let quotient = sequential_seconds(rolls, 0.7) / concurrent_seconds(rolls, 0.7);
            assert!((quotient - speed_up(rolls)).abs() < 1e-12, "{rolls}");
        }
        assert_eq!((speed_up(5.0), speed_up(10.0)), (3.0, 5.5));
    }
}
