//! The instants of a metric query, and the windows of time before them.

/// The instants at which a metric query is evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Steps {
    /// Time (ns) of the first.
    pub start: i64,
    /// Nanoseconds between two, above zero.
    pub step: i64,
    /// How many.
    pub count: usize,
}

impl Steps {
    /// One instant.
    pub fn instant(time: i64) -> Self {
        Self { start: time, step: 1, count: 1 }
    }

    /// From `start` to `end` (ns, both included), the first aligned to a multiple of the step as in Loki.
    pub fn range(start: i64, end: i64, step: i64) -> Self {
        let step = step.max(1);
        let start = start.div_euclid(step).saturating_mul(step);
        let count = if end < start { 0 } else { (end.saturating_sub(start) / step) as usize + 1 };
        Self { start, step, count }
    }

    /// Time (ns) of a step.
    pub fn time(&self, step: usize) -> i64 {
        self.start.saturating_add(self.step.saturating_mul(step as i64))
    }
}

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
