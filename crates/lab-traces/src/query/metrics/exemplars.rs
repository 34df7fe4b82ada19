//! Which exemplars an answer shows: few of each part of the range, so that they spread over it.

use crate::query::metrics::steps::Steps;

/// Exemplars of one part of the range.
const A_PART: usize = 2;

/// A choice of exemplars that spreads over a range.
#[derive(Debug)]
pub(crate) struct Spread {
    start_ns: i64,
    end_ns: i64,
    /// How many were taken of each part.
    taken: Vec<usize>,
    left: usize,
}

impl Spread {
    /// A choice of so many at most.
    pub(crate) fn new(most: usize, steps: Steps) -> Self {
        let (start_ns, end_ns) = steps.spans();
        Self { start_ns, end_ns, taken: vec![0; (most / A_PART).max(1)], left: most }
    }

    /// True if exemplars may still be taken.
    pub(crate) fn wants_more(&self) -> bool {
        self.left > 0
    }

    /// Whether an exemplar at this time is taken; it then is one of those that are.
    pub(crate) fn takes(&mut self, time_ns: i64) -> bool {
        if self.left == 0 || !(self.start_ns..=self.end_ns).contains(&time_ns) {
            return false;
        }
        let width = ((self.end_ns - self.start_ns) / self.taken.len() as i64).max(1);
        let part = (((time_ns - self.start_ns) / width) as usize).min(self.taken.len() - 1);
        if self.taken[part] >= A_PART {
            return false;
        }
        self.taken[part] += 1;
        self.left -= 1;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exemplars_are_bounded_in_all_and_in_each_part() {
        let steps = Steps::new(0, 1_000, Some(10)).expect("valid");
        let mut spread = Spread::new(10, steps);
        let taken: Vec<i64> = (0..=1_000).filter(|time| spread.takes(*time)).collect();
        assert_eq!(taken.len(), 10);
        assert!(taken.iter().any(|time| *time < 100) && taken.iter().any(|time| *time > 750), "{taken:?}");
        assert!(!Spread::new(0, steps).takes(500));
    }
}
