//! The windows of time before the steps of a query.

use lab_algebra::Grid;

/// The steps of a query and the window before each: `(t − range, t]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Windows {
    /// Time (ns) of the first step, offset included.
    pub(crate) first: i64,
    /// Nanoseconds between steps.
    pub(crate) step: i64,
    /// How many steps there are.
    pub(crate) count: usize,
    /// Nanoseconds of the window.
    pub(crate) range: i64,
}

impl Windows {
    /// The windows before the steps of a grid, moved back by an offset (ns).
    pub(crate) fn before(grid: Grid, offset: i64, range: i64) -> Self {
        let Grid { start, step, count } = grid;
        Self { first: start.saturating_sub(offset), step, count, range }
    }

    /// The first and the last step whose windows hold `time`; none if there is no such step.
    pub(crate) fn steps_of(&self, time: i64) -> Option<(usize, usize)> {
        let since = time.saturating_sub(self.first);
        let from = if since <= 0 { 0 } else { since.div_euclid(self.step) + i64::from(since % self.step != 0) };
        // The last step before `time + range`.
        let until = since.saturating_add(self.range).saturating_sub(1);
        if until < 0 {
            return None;
        }
        let to = until.div_euclid(self.step).min(self.count as i64 - 1);
        (from <= to).then_some((from as usize, to as usize))
    }

    /// The times (ns, both included) that any window holds.
    pub(crate) fn bounds(&self) -> (i64, i64) {
        let last = self.first.saturating_add(self.step.saturating_mul(self.count as i64 - 1));
        (self.first.saturating_sub(self.range).saturating_add(1), last)
    }
}
