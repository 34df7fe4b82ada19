//! Where samples stand: at multiples of the step, aligned to the epoch, as in Tempo.

use std::ops::RangeInclusive;

use lab_algebra::Grid;

/// Samples that a series may have.
pub(crate) const MAX_STEPS: usize = 11_000;

/// The steps of a range: a grid of the times at which steps end. A step does not include its beginning.
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
    /// The steps that end from `start_ns` to `end_ns`, with those in which the two lie; without a length one step over
    /// the whole range.
    pub(crate) fn new(start_ns: i64, end_ns: i64, step_ns: Option<i64>) -> Result<Self, StepsError> {
        if start_ns >= end_ns || step_ns.is_some_and(|step| step <= 0) {
            return Err(StepsError::InvalidRange);
        }
        let Some(step_ns) = step_ns else {
            let grid = Grid { start: end_ns, step: end_ns.saturating_sub(start_ns), count: 1 };
            return Ok(Self(grid));
        };
        let first = start_ns.div_euclid(step_ns).saturating_mul(step_ns);
        let last = end_ns.saturating_sub(1).div_euclid(step_ns).saturating_add(1).saturating_mul(step_ns);
        let grid = Grid::range(first, last, step_ns);
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

    /// The first and the last time at which a span may begin, widened to whole steps.
    pub(crate) fn spans(&self) -> (i64, i64) {
        (self.0.start.saturating_sub(self.0.step).saturating_add(1), self.time_ns(self.0.count - 1))
    }

    /// The step in which a time lies; `None` outside of all.
    pub(crate) fn of(&self, time_ns: i64) -> Option<usize> {
        let (first, last) = self.spans();
        if !(first..=last).contains(&time_ns) {
            return None;
        }
        Some((((time_ns - first) / self.0.step) as usize).min(self.0.count - 1))
    }

    /// The step in which a time lies, and the times that lie in it; outside of all steps that is the time alone.
    pub(crate) fn around(&self, time_ns: i64) -> (Option<usize>, RangeInclusive<i64>) {
        let Some(step) = self.of(time_ns) else { return (None, time_ns..=time_ns) };
        let end = self.time_ns(step);
        (Some(step), end.saturating_sub(self.0.step).saturating_add(1)..=end)
    }

    /// When a step ends.
    pub(crate) fn time_ns(&self, step: usize) -> i64 {
        self.0.time(step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_stand_at_the_end_of_their_step_and_the_range_is_widened_to_whole_ones() {
        let steps = Steps::new(15, 42, Some(10)).expect("valid");
        assert_eq!((steps.count(), steps.time_ns(0), steps.time_ns(4)), (5, 10, 50));
        assert_eq!(steps.spans(), (1, 50));
        let of = [0, 1, 10, 11, 20, 21, 50, 51].map(|time| steps.of(time));
        assert_eq!(of, [None, Some(0), Some(0), Some(1), Some(1), Some(2), Some(4), None]);
        for time in 1..=50 {
            let (step, around) = steps.around(time);
            assert!(
                step == steps.of(time) && around.contains(&time) && around.clone().all(|one| steps.of(one) == step)
            );
        }
        assert_eq!(steps.around(51), (None, 51..=51));
        let aligned = Steps::new(20, 40, Some(10)).expect("valid");
        assert_eq!((aligned.count(), aligned.time_ns(0), aligned.time_ns(2)), (3, 20, 40));
        let whole = Steps::new(15, 42, None).expect("valid");
        assert_eq!((whole.count(), whole.time_ns(0), whole.seconds()), (1, 42, 27e-9));
        assert_eq!([15, 16, 42, 43].map(|time| whole.of(time)), [None, Some(0), Some(0), None]);
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
