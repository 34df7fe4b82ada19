//! The instants at which a query is evaluated.

/// `start`, `start + step`, …: `count` instants, in the unit of time that the language counts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    /// The first instant.
    pub start: i64,
    /// The time between two instants, above zero.
    pub step: i64,
    /// How many instants there are.
    pub count: usize,
}

impl Grid {
    /// A single instant.
    pub fn instant(at: i64) -> Self {
        Self { start: at, step: 1, count: 1 }
    }

    /// The instants from `start` to `end`; none if `end` comes first.
    pub fn range(start: i64, end: i64, step: i64) -> Self {
        let span = i128::from(end) - i128::from(start);
        let count = if span < 0 { 0 } else { span / i128::from(step.max(1)) + 1 };
        Self { start, step, count: usize::try_from(count).unwrap_or(usize::MAX) }
    }

    /// The instant of step `at`.
    #[inline]
    pub fn time(&self, at: usize) -> i64 {
        self.start.saturating_add(self.step.saturating_mul(at as i64))
    }

    /// The last instant.
    pub fn end(&self) -> i64 {
        self.time(self.count.saturating_sub(1))
    }
}
