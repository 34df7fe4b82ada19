//! Reading across the edges of a stretch, for `anchored` and `smoothed`: windows that hold the samples around
//! an edge too, and the values between two samples.
//!
//! Samples around are those within the lookback. Plain ranges do not come here: [`window`](crate::promql::eval::samples::window).

use lab_algebra::Grid;
use lab_model::Sample;

use crate::promql::eval::samples::window::Window;
use crate::promql::functions::signature::Edges;
use crate::promql::plan::time::Stretch;

/// Slides over the samples of a series like [`Slide`](crate::promql::eval::samples::window::Slide), with those around the edges.
pub(crate) struct WideSlide<'a> {
    samples: &'a [Sample],
    frame: Grid,
    stretch: Stretch,
    edges: Edges,
    lookback: i64,
    first: usize,
    behind: usize,
}

impl<'a> WideSlide<'a> {
    pub(crate) fn new(samples: &'a [Sample], frame: Grid, stretch: Stretch, edges: Edges, lookback: i64) -> Self {
        Self { samples, frame, stretch, edges, lookback, first: 0, behind: 0 }
    }

    /// The window of step `at`, led by the last sample that is not behind its start and, if smoothed, closed by
    /// the first that is not before its end. None where the edges have no samples on their inner sides. Steps
    /// must be asked for in order.
    pub(crate) fn window(&mut self, at: usize) -> Option<Window<'a>> {
        let time = self.frame.time(at);
        let end = self.stretch.shift.apply(time);
        let start = end.saturating_sub(self.stretch.length);
        let smoothed = self.edges == Edges::Smoothed;
        let is_before = |sample: &Sample| sample.timestamp < end || (sample.timestamp == end && !smoothed);
        self.behind += self.samples[self.behind..].iter().take_while(|sample| is_before(sample)).count();
        self.first += self.samples[self.first..].iter().take_while(|sample| sample.timestamp <= start).count();
        let (back, forth) = self.edges.reach(self.lookback);
        let leading = self.first.checked_sub(1).and_then(|before| self.samples.get(before));
        let leads = leading.is_some_and(|sample| sample.timestamp > start.saturating_sub(back));
        let closing = self.samples.get(self.behind).filter(|_| smoothed);
        let closes = closing.is_some_and(|sample| sample.timestamp <= end.saturating_add(forth));
        let samples = self.samples.get(self.first - usize::from(leads)..self.behind + usize::from(closes))?;
        let (first, last) = (samples.first()?, samples.last()?);
        (last.timestamp > start && first.timestamp <= end).then_some(Window {
            samples,
            histograms: &[],
            start,
            end,
            time,
        })
    }
}

/// The values at the start and at the end of a wide window; a counter that was reset between two samples is
/// taken to have begun at zero with the first of them.
pub(crate) fn values(window: &Window<'_>, edges: Edges, counter: bool) -> Option<(f64, f64)> {
    let (first, last) = (window.samples.first()?, window.samples.last()?);
    let (mut left, mut right) = (first.value, last.value);
    if let ([first, second, ..], Edges::Smoothed) = (window.samples, edges)
        && first.timestamp < window.start
    {
        left = between(first, second, window.start, counter);
    }
    if let ([.., previous, last], Edges::Smoothed) = (window.samples, edges)
        && last.timestamp > window.end
    {
        right = between(previous, last, window.end, counter);
    }
    Some((left, right))
}

/// The samples of a wide window between its edges, with a sample on each of them.
pub(crate) fn framed(window: &Window<'_>, edges: Edges) -> Vec<Sample> {
    let Some((left, right)) = values(window, edges, false) else { return Vec::new() };
    let mut samples = vec![Sample { timestamp: window.start, value: left }];
    samples.extend(inner(window));
    samples.push(Sample { timestamp: window.end, value: right });
    samples
}

/// The samples between the edges of a wide window.
pub(crate) fn inner<'w>(window: &'w Window<'_>) -> impl Iterator<Item = Sample> + 'w {
    let is_inner = |sample: &&Sample| sample.timestamp > window.start && sample.timestamp < window.end;
    window.samples.iter().filter(is_inner).copied()
}

/// The value at `at` on the line from one sample to a later one.
pub(crate) fn between(before: &Sample, after: &Sample, at: i64, counter: bool) -> f64 {
    let from = if counter && after.value < before.value { 0.0 } else { before.value };
    let part = (at - before.timestamp) as f64 / (after.timestamp - before.timestamp) as f64;
    from + (after.value - from) * part
}
