//! Where samples stand: at multiples of the step, aligned to the epoch, as in Tempo.

use lab_algebra::Grid;

/// Samples that a series may have.
pub(crate) const MAX_STEPS: usize = 11_000;

/// The steps of a range: a grid of times at which steps begin, each as long as the grid's step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Steps(Grid);

/// Why a range has no steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StepsError {
    /// The range is empty or the step is not positive.
    InvalidRange,
    /// There are more than [`MAX_STEPS`].
    TooMany,
}

impl Steps {
    /// The steps from `start_ns` to `end_ns`, both included; without a length one step over the whole range.
    pub(crate) fn new(start_ns: i64, end_ns: i64, step_ns: Option<i64>) -> Result<Self, StepsError> {
        if start_ns >= end_ns || step_ns.is_some_and(|step| step <= 0) {
            return Err(StepsError::InvalidRange);
        }
        let Some(step_ns) = step_ns else {
            let step = end_ns.saturating_sub(start_ns).saturating_add(1);
            return Ok(Self(Grid { start: start_ns, step, count: 1 }));
        };
        let aligned = |time_ns: i64| time_ns.div_euclid(step_ns).saturating_mul(step_ns);
        let grid = Grid::range(aligned(start_ns), aligned(end_ns), step_ns);
        if grid.count > MAX_STEPS { Err(StepsError::TooMany) } else { Ok(Self(grid)) }
    }

    /// How many steps there are.
    pub(crate) fn count(&self) -> usize {
        self.0.count
    }

    /// The length of a step in seconds.
    pub(crate) fn seconds(&self) -> f64 {
        self.0.step as f64 / 1e9
    }

    /// The step in which a time of the range lies.
    pub(crate) fn of(&self, time_ns: i64) -> usize {
        (((time_ns - self.0.start) / self.0.step) as usize).min(self.0.count - 1)
    }

    /// When a step begins.
    pub(crate) fn time_ns(&self, step: usize) -> i64 {
        self.0.time(step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_stand_at_multiples_and_cover_the_range() {
        let steps = Steps::new(15, 42, Some(10)).expect("valid");
        assert_eq!((steps.count(), steps.time_ns(0), steps.time_ns(3)), (4, 10, 40));
        assert_eq!([15, 19, 20, 42].map(|time| steps.of(time)), [0, 0, 1, 3]);
        let whole = Steps::new(15, 42, None).expect("valid");
        assert_eq!((whole.count(), whole.time_ns(0), whole.of(42)), (1, 15, 0));
    }

    #[test]
    fn empty_ranges_and_too_many_steps_are_refused() {
        assert_eq!(Steps::new(10, 10, Some(1)), Err(StepsError::InvalidRange));
        assert_eq!(Steps::new(10, 20, Some(0)), Err(StepsError::InvalidRange));
        assert_eq!(Steps::new(0, MAX_STEPS as i64, Some(1)), Err(StepsError::TooMany));
        assert!(Steps::new(0, MAX_STEPS as i64 - 1, Some(1)).is_ok());
        assert_eq!(Steps::new(i64::MIN, i64::MAX, Some(1)), Err(StepsError::TooMany));
    }
}
