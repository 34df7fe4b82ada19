//! Windows over the samples of a series, one per step: what range functions look at.

use lab_algebra::Grid;
use lab_model::Sample;

use crate::promql::plan::time::Stretch;

/// The samples of one series within the stretch of one step; the start is open, the end closed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window<'a> {
    /// At least one sample, ascending in time, no staleness markers.
    pub(crate) samples: &'a [Sample],
    /// Start of the stretch in milliseconds, exclusive.
    pub(crate) start: i64,
    /// End of the stretch in milliseconds, inclusive.
    pub(crate) end: i64,
    /// The instant of the step, which `offset` and `@` do not move.
    pub(crate) time: i64,
}

impl Window<'_> {
    /// Length of the stretch in seconds.
    pub(crate) fn seconds(&self) -> f64 {
        (self.end - self.start) as f64 / 1000.0
    }
}

/// Slides over the samples of a series, step by step.
pub(crate) struct Slide<'a> {
    samples: &'a [Sample],
    frame: Grid,
    stretch: Stretch,
    first: usize,
    behind: usize,
}

impl<'a> Slide<'a> {
    pub(crate) fn new(samples: &'a [Sample], frame: Grid, stretch: Stretch) -> Self {
        Self { samples, frame, stretch, first: 0, behind: 0 }
    }

    /// The window of step `at`; steps must be asked for in order.
    #[inline]
    pub(crate) fn window(&mut self, at: usize) -> Option<Window<'a>> {
        let time = self.frame.time(at);
        let end = self.stretch.shift.apply(time);
        let start = end.saturating_sub(self.stretch.length);
        while self.behind < self.samples.len() && self.samples[self.behind].timestamp <= end {
            self.behind += 1;
        }
        while self.first < self.behind && self.samples[self.first].timestamp <= start {
            self.first += 1;
        }
        let samples = &self.samples[self.first..self.behind];
        (!samples.is_empty()).then_some(Window { samples, start, end, time })
    }
}
