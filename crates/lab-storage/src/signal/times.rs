//! One set of rules for times, whichever way an item comes in. The unit is that of the signal.

/// The times that are taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TimeLimits {
    /// What is from before this time is too old; `None` takes any age.
    pub oldest: Option<i64>,
    /// What is from after this time is too far ahead; `None` takes any future.
    pub newest: Option<i64>,
}

/// Why a time is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeProblem {
    /// It is older than is taken.
    TooOld,
    /// It is further ahead than is taken.
    Ahead,
}

impl TimeLimits {
    /// Takes every time.
    pub const ANY: Self = Self { oldest: None, newest: None };

    /// How far ahead of the clock a pushed item may be, in seconds: as in Prometheus and Loki.
    pub const AHEAD_SECONDS: i64 = 600;

    /// Takes what is at most ten minutes ahead of `now`, in the unit of which there are `per_second` in a second.
    pub fn at_most_ahead(now: i64, per_second: i64) -> Self {
        Self { oldest: None, newest: Some(now.saturating_add(Self::AHEAD_SECONDS * per_second)) }
    }

    /// The same limits, for what is at most `seconds` old.
    #[must_use]
    pub fn at_most_old(self, now: i64, per_second: i64, seconds: i64) -> Self {
        Self { oldest: Some(now.saturating_sub(seconds * per_second)), ..self }
    }

    /// Checks one time.
    pub fn check(&self, time: i64) -> Result<(), TimeProblem> {
        if self.oldest.is_some_and(|oldest| time < oldest) {
            Err(TimeProblem::TooOld)
        } else if self.newest.is_some_and(|newest| time > newest) {
            Err(TimeProblem::Ahead)
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_limits_are_inclusive() {
        let limits = TimeLimits::at_most_ahead(1_000_000, 1000).at_most_old(1_000_000, 1000, 60);
        assert_eq!((limits.check(1_600_000), limits.check(1_600_001)), (Ok(()), Err(TimeProblem::Ahead)));
        assert_eq!((limits.check(940_000), limits.check(939_999)), (Ok(()), Err(TimeProblem::TooOld)));
        assert_eq!(TimeLimits::ANY.check(i64::MAX), Ok(()));
    }
}
