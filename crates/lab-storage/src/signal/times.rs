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
        Self { oldest: Some(now.saturating_sub(seconds.saturating_mul(per_second))), ..self }
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

/// Units in which times since the epoch are told, with how many of each there are in a second.
const UNITS: [(&str, i64); 4] =
    [("seconds", 1), ("milliseconds", 1_000), ("microseconds", 1_000_000), ("nanoseconds", 1_000_000_000)];
/// Seconds since the epoch of times that people mean: from the year 2010 to 2100.
const MEANT: std::ops::Range<i64> = 1_262_304_000..4_102_444_800;

/// Says that a time looks like one in another unit than the one expected, of which there are `per_second` in a second:
/// read as expected it is from an age that nobody means, and read otherwise it is not.
pub fn other_unit(time: i64, per_second: i64) -> Option<String> {
    let meant = |per_second: i64| MEANT.contains(&time.div_euclid(per_second));
    if meant(per_second) {
        return None;
    }
    let (expected, _) = UNITS.iter().find(|(_, units)| *units == per_second)?;
    let (found, _) = UNITS.iter().find(|(_, units)| meant(*units))?;
    Some(format!("{time} looks like {found}; {expected} are expected"))
}

/// The same as the end of a message; empty if the time does not look like that.
pub fn other_unit_note(time: i64, per_second: i64) -> String {
    other_unit(time, per_second).map(|hint| format!(" ({hint})")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_in_another_unit_is_known_by_its_age() {
        let hint = |time, per_second| other_unit(time, per_second).unwrap_or_default();
        let second = 1_800_000_000_i64;
        assert_eq!(
            hint(second * 1000, 1_000_000_000),
            "1800000000000 looks like milliseconds; nanoseconds are expected"
        );
        assert!(hint(second, 1000).contains("looks like seconds; milliseconds are expected"));
        assert!(hint(second * 1_000_000_000, 1000).contains("looks like nanoseconds"));
        assert!(hint(second * 1_000_000, 1_000_000_000).contains("looks like microseconds"));
        for (time, per_second) in [(second * 1000, 1000), (0, 1000), (-5, 1000), (i64::MAX, 1000), (i64::MIN, 1)] {
            assert_eq!(hint(time, per_second), "", "{time}");
        }
    }

    #[test]
    fn both_limits_are_inclusive() {
        let limits = TimeLimits::at_most_ahead(1_000_000, 1000).at_most_old(1_000_000, 1000, 60);
        assert_eq!((limits.check(1_600_000), limits.check(1_600_001)), (Ok(()), Err(TimeProblem::Ahead)));
        assert_eq!((limits.check(940_000), limits.check(939_999)), (Ok(()), Err(TimeProblem::TooOld)));
        assert_eq!(TimeLimits::ANY.check(i64::MAX), Ok(()));
    }
}
