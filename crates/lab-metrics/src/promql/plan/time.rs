//! When a selector looks: `offset` and `@`, and the stretch of a range.

use lab_algebra::Grid;

/// `offset` and `@`: from the instant of a step to the instant at which is looked.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Shift {
    /// Milliseconds to go back; negative goes forward.
    pub(crate) offset: i64,
    /// A fixed instant in place of the step's.
    pub(crate) at: Option<i64>,
}

impl Shift {
    /// True without `offset` and `@`.
    pub(crate) fn is_none(self) -> bool {
        self.offset == 0 && self.at.is_none()
    }

    /// The instant at which is looked from the step at `time`.
    #[inline]
    pub(crate) fn apply(self, time: i64) -> i64 {
        self.at.unwrap_or(time).saturating_sub(self.offset)
    }

    /// The first and the last instant at which is looked from the steps of `frame`.
    pub(crate) fn span(self, frame: Grid) -> (i64, i64) {
        (self.apply(frame.start), self.apply(frame.end()))
    }
}

/// A stretch of time before an instant: `[5m]`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stretch {
    /// Its length in milliseconds.
    pub(crate) length: i64,
    /// Where it ends, seen from the step.
    pub(crate) shift: Shift,
}
