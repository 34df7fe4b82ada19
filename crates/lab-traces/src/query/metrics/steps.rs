//! Where samples stand: at multiples of the step, aligned to the epoch, as in Tempo.

/// Samples that a series may have.
pub(crate) const MAX_STEPS: i64 = 11_000;

/// The steps of a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Steps {
    first_ns: i64,
    step_ns: i64,
    count: usize,
}

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
            let step_ns = end_ns.saturating_sub(start_ns).saturating_add(1);
            return Ok(Self { first_ns: start_ns, step_ns, count: 1 });
        };
        let first = start_ns.div_euclid(step_ns);
        let count = i128::from(end_ns.div_euclid(step_ns)) - i128::from(first) + 1;
        let count = usize::try_from(count).ok().filter(|count| *count <= MAX_STEPS as usize);
        Ok(Self { first_ns: first * step_ns, step_ns, count: count.ok_or(StepsError::TooMany)? })
    }

    /// How many steps there are.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// The length of a step in seconds.
    pub(crate) fn seconds(&self) -> f64 {
        self.step_ns as f64 / 1e9
    }

    /// The step in which a time of the range lies.
    pub(crate) fn of(&self, time_ns: i64) -> usize {
        (((time_ns - self.first_ns) / self.step_ns) as usize).min(self.count - 1)
    }

    /// When a step begins.
    pub(crate) fn time_ns(&self, step: usize) -> i64 {
        self.first_ns + step as i64 * self.step_ns
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
        assert_eq!(Steps::new(0, MAX_STEPS, Some(1)), Err(StepsError::TooMany));
        assert!(Steps::new(0, MAX_STEPS - 1, Some(1)).is_ok());
        assert_eq!(Steps::new(i64::MIN, i64::MAX, Some(1)), Err(StepsError::TooMany));
    }
}
