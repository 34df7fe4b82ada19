//! A linear axis from zero: where values lie on the picture, and which of them get a label.

/// Labels that an axis should have, about.
const WANTED_TICKS: f64 = 6.0;

/// Values from 0 to `high`, laid out between two coordinates.
#[derive(Debug, Clone, Copy)]
pub(super) struct Axis {
    high: f64,
    step: f64,
    from: f64,
    to: f64,
}

impl Axis {
    /// An axis that holds `largest` and ends at a tick; `whole` keeps fractions off it.
    pub(super) fn new(largest: f64, whole: bool, from: f64, to: f64) -> Self {
        let largest = if largest.is_finite() && largest > 0.0 { largest } else { 1.0 };
        let step = nice_step(largest / WANTED_TICKS);
        let step = if whole { step.max(1.0).round() } else { step };
        // A hair less than the quotient, so that rounding does not add an empty step.
        let high = (largest / step - 1e-9).ceil() * step;
        Self { high, step, from, to }
    }

    /// The coordinate of a value.
    pub(super) fn at(&self, value: f64) -> f64 {
        self.from + (self.to - self.from) * value / self.high
    }

    /// The labelled values with their labels, from 0 upwards.
    pub(super) fn ticks(&self) -> Vec<(f64, String)> {
        let decimals = (-self.step.log10().floor()).max(0.0) as usize;
        let count = (self.high / self.step).round() as u32;
        (0..=count).map(|at| f64::from(at) * self.step).map(|value| (value, format!("{value:.decimals$}"))).collect()
    }
}

/// The smallest of 1, 2, 5 times a power of ten that is not below `least`.
fn nice_step(least: f64) -> f64 {
    let power = 10_f64.powf(least.log10().floor());
    [1.0, 2.0, 5.0].into_iter().map(|digit| digit * power).find(|step| *step >= least).unwrap_or(10.0 * power)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ticks_are_round_numbers() {
        let labels = |largest, whole| -> Vec<String> {
            Axis::new(largest, whole, 0.0, 1.0).ticks().into_iter().map(|(_, label)| label).collect()
        };
        assert_eq!(labels(20.0, true), ["0", "5", "10", "15", "20"]);
        assert_eq!(labels(1.07, false), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0", "1.2"]);
        assert_eq!(labels(2.0, true), ["0", "1", "2"]);
        assert_eq!(labels(0.0, false).first().map(String::as_str), Some("0.0"));
    }

    proptest! {
        #[test]
        fn every_axis_holds_its_largest_value(largest in 1e-6..1e6_f64, whole: bool) {
            let axis = Axis::new(largest, whole, 100.0, 0.0);
            prop_assert!(axis.at(largest) > -1e-6 && axis.at(largest) <= 100.0);
            let ticks = axis.ticks();
            prop_assert!((2..=12).contains(&ticks.len()), "{}", ticks.len());
            prop_assert!((axis.at(ticks[ticks.len() - 1].0)).abs() < 1e-6);
        }
    }
}
