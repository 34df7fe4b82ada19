//! Reading across the edges of a stretch, for `anchored` and `smoothed`: windows that hold the samples around
//! an edge too, and the values between two samples.
//!
//! Samples around are those within the lookback. Plain ranges do not come here: [`window`](crate::promql::eval::samples::window).

use lab_algebra::Grid;
use lab_model::Sample;

use crate::model::histogram_sample::{HistogramSample, Samples};
use crate::promql::eval::samples::window::Window;
use crate::promql::functions::signature::Edges;
use crate::promql::plan::time::Stretch;

/// Slides over the samples of a series like [`Slide`](crate::promql::eval::samples::window::Slide), with those around the edges.
pub(crate) struct WideSlide<'a> {
    floats: WideCut<'a, Sample>,
    histograms: WideCut<'a, HistogramSample>,
    frame: Grid,
    stretch: Stretch,
    edges: Edges,
    lookback: i64,
}

impl<'a> WideSlide<'a> {
    pub(crate) fn new(samples: Samples<'a>, frame: Grid, stretch: Stretch, edges: Edges, lookback: i64) -> Self {
        let floats = WideCut { all: samples.floats, first: 0, behind: 0 };
        let histograms = WideCut { all: samples.histograms, first: 0, behind: 0 };
        Self { floats, histograms, frame, stretch, edges, lookback }
    }

    /// The window of step `at`, led by the last sample that is not behind its start and, if smoothed, closed by
    /// the first that is not before its end. None where the edges have no samples on their inner sides. Steps
    /// must be asked for in order.
    pub(crate) fn window(&mut self, at: usize) -> Option<Window<'a>> {
        let time = self.frame.time(at);
        let end = self.stretch.shift.apply(time);
        let start = end.saturating_sub(self.stretch.length);
        let (reach, smoothed) = (self.edges.reach(self.lookback), self.edges == Edges::Smoothed);
        let mut samples = self.floats.around((start, end), reach, smoothed, |sample| sample.timestamp);
        let mut histograms = self.histograms.around((start, end), reach, smoothed, |sample| sample.timestamp);
        if let (Some(float), Some(histogram)) = (samples.first(), histograms.first()) {
            // One sample leads, the later one.
            let (float, histogram) = (float.timestamp, histogram.timestamp);
            match (float <= start, histogram <= start) {
                (true, true) if histogram > float => samples = &samples[1..],
                (true, true) => histograms = &histograms[1..],
                _ => {}
            }
        }
        let times = |first: bool| {
            let of = |float: Option<&Sample>, histogram: Option<&HistogramSample>| {
                [float.map(|sample| sample.timestamp), histogram.map(|sample| sample.timestamp)].into_iter().flatten()
            };
            let both =
                if first { of(samples.first(), histograms.first()) } else { of(samples.last(), histograms.last()) };
            if first { both.min() } else { both.max() }
        };
        let is_over = times(false)? > start && times(true)? <= end;
        is_over.then_some(Window { samples, histograms, start, end, time })
    }
}

/// A part of something ascending in time, with what leads and what closes it.
struct WideCut<'a, T> {
    all: &'a [T],
    first: usize,
    behind: usize,
}

impl<'a, T> WideCut<'a, T> {
    /// What lies between the edges, and around them as far as `reach` says.
    fn around(
        &mut self,
        (start, end): (i64, i64),
        (back, forth): (i64, i64),
        smoothed: bool,
        time: impl Fn(&T) -> i64,
    ) -> &'a [T] {
        let is_before = |sample: &T| time(sample) < end || (time(sample) == end && !smoothed);
        self.behind += self.all[self.behind..].iter().take_while(|sample| is_before(sample)).count();
        self.first += self.all[self.first..].iter().take_while(|sample| time(sample) <= start).count();
        let leading = self.first.checked_sub(1).and_then(|before| self.all.get(before));
        let leads = leading.is_some_and(|sample| time(sample) > start.saturating_sub(back));
        let closing = self.all.get(self.behind).filter(|_| smoothed);
        let closes = closing.is_some_and(|sample| time(sample) <= end.saturating_add(forth));
        self.all.get(self.first - usize::from(leads)..self.behind + usize::from(closes)).unwrap_or_default()
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
