//! When a selector looks: `offset` and `@`, the stretch of a range, and what is read at its edges.

use lab_algebra::Grid;

/// What a selector reads at the edges of its stretch, or at the instant at which it looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Edges {
    /// Nothing beyond the samples within.
    #[default]
    Open,
    /// `anchored`: the last sample before the start stands at the start.
    Anchored,
    /// `smoothed`: a value between the samples before and behind the edge.
    Smoothed,
}

impl Edges {
    /// The modifier as it is written.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Open => "",
            Self::Anchored => "anchored",
            Self::Smoothed => "smoothed",
        }
    }

    /// How far a selector reads before its start and behind its end, in milliseconds.
    pub(crate) fn reach(self, lookback: i64) -> (i64, i64) {
        match self {
            Self::Open => (0, 0),
            Self::Anchored => (lookback, 0),
            Self::Smoothed => (lookback, lookback),
        }
    }
}

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
