//! Windows over the samples of a series, one per step: what range functions look at.

use lab_algebra::Grid;
use lab_model::Sample;

use crate::model::histogram_sample::{HistogramSample, Samples};
use crate::promql::plan::time::Stretch;

/// The samples of one series within the stretch of one step; the start is open, the end closed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window<'a> {
    /// Its numbers, ascending in time, no staleness markers.
    pub(crate) samples: &'a [Sample],
    /// Its histograms, the same; of both there is at least one.
    pub(crate) histograms: &'a [HistogramSample],
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
    floats: Cut<'a, Sample>,
    histograms: Cut<'a, HistogramSample>,
    frame: Grid,
    stretch: Stretch,
}

/// A part of something ascending in time that moves forward.
struct Cut<'a, T> {
    all: &'a [T],
    first: usize,
    behind: usize,
}

impl<'a, T> Cut<'a, T> {
    fn new(all: &'a [T]) -> Self {
        Self { all, first: 0, behind: 0 }
    }

    /// What lies behind `start` and not behind `end`; both must not go back.
    #[inline]
    fn between(&mut self, start: i64, end: i64, time: impl Fn(&T) -> i64) -> &'a [T] {
        while self.behind < self.all.len() && time(&self.all[self.behind]) <= end {
            self.behind += 1;
        }
        while self.first < self.behind && time(&self.all[self.first]) <= start {
            self.first += 1;
        }
        &self.all[self.first..self.behind]
    }
}

impl<'a> Slide<'a> {
    pub(crate) fn new(samples: Samples<'a>, frame: Grid, stretch: Stretch) -> Self {
        Self { floats: Cut::new(samples.floats), histograms: Cut::new(samples.histograms), frame, stretch }
    }

    /// The window of step `at`; steps must be asked for in order.
    #[inline]
    pub(crate) fn window(&mut self, at: usize) -> Option<Window<'a>> {
        let time = self.frame.time(at);
        let end = self.stretch.shift.apply(time);
        let start = end.saturating_sub(self.stretch.length);
        let samples = self.floats.between(start, end, |sample| sample.timestamp);
        let histograms = self.histograms.between(start, end, |sample| sample.timestamp);
        let is_empty = samples.is_empty() && histograms.is_empty();
        (!is_empty).then_some(Window { samples, histograms, start, end, time })
    }
}
