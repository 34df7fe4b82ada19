//! How counters and gauges change over a window: `rate`, `increase`, `delta`, `irate`, `idelta`,
//! `resets`, `changes`.
//!
//! `rate`, `increase` and `delta` extrapolate from the first and last sample to the ends of the window:
//! all the way if a sample is as near as the samples' spacing suggests (up to 10 % more), else by half
//! the spacing; a counter is never extrapolated below zero.

use lab_model::Sample;

use crate::promql::eval::samples::window::Window;

pub(crate) fn rate(window: &Window<'_>, _: &[f64]) -> Option<f64> {
    extrapolated(window, true).map(|increase| increase / window.seconds())
}

pub(crate) fn increase(window: &Window<'_>, _: &[f64]) -> Option<f64> {
    extrapolated(window, true)
}

pub(crate) fn delta(window: &Window<'_>, _: &[f64]) -> Option<f64> {
    extrapolated(window, false)
}

pub(crate) fn irate(window: &Window<'_>, _: &[f64]) -> Option<f64> {
    let (previous, last) = last_two(window)?;
    let reset = last.value < previous.value;
    let increase = if reset { last.value } else { last.value - previous.value };
    Some(increase / seconds(last.timestamp - previous.timestamp))
}

pub(crate) fn idelta(window: &Window<'_>, _: &[f64]) -> Option<f64> {
    last_two(window).map(|(previous, last)| last.value - previous.value)
}

pub(crate) fn resets(window: &Window<'_>, _: &[f64]) -> Option<f64> {
    Some(window.samples.windows(2).filter(|pair| pair[1].value < pair[0].value).count() as f64)
}

pub(crate) fn changes(window: &Window<'_>, _: &[f64]) -> Option<f64> {
    let changed = |a: f64, b: f64| a != b && !(a.is_nan() && b.is_nan());
    Some(window.samples.windows(2).filter(|pair| changed(pair[0].value, pair[1].value)).count() as f64)
}

fn last_two(window: &Window<'_>) -> Option<(Sample, Sample)> {
    let [.., previous, last] = window.samples else { return None };
    (last.timestamp != previous.timestamp).then_some((*previous, *last))
}

/// The change over the whole window, as far as its samples tell.
fn extrapolated(window: &Window<'_>, counter: bool) -> Option<f64> {
    let [first, .., last] = window.samples else { return None };
    let mut change = last.value - first.value;
    if counter {
        // What was counted before a reset is counted too.
        let mut previous = first.value;
        for sample in &window.samples[1..] {
            if sample.value < previous {
                change += previous;
            }
            previous = sample.value;
        }
    }
    let to_zero = (counter && change > 0.0 && first.value >= 0.0).then(|| first.value / change);
    let times = (first.timestamp, last.timestamp);
    Some(change * extrapolation(window, times, window.samples.len() - 1, to_zero))
}

/// By how much the change between the first and the last sample grows when it is extrapolated to the ends of the window;
/// `to_zero` says after which part of that change, backwards, a counter would have been at zero.
pub(super) fn extrapolation(
    window: &Window<'_>,
    (first, last): (i64, i64),
    intervals: usize,
    to_zero: Option<f64>,
) -> f64 {
    let sampled = seconds(last - first);
    let spacing = sampled / intervals as f64;
    let near = spacing * 1.1;
    let reach = |gap: f64| if gap >= near { spacing / 2.0 } else { gap };
    let mut before = reach(seconds(first - window.start));
    let after = reach(seconds(window.end - last));
    if let Some(part) = to_zero {
        before = before.min(sampled * part);
    }
    if sampled == 0.0 { 1.0 } else { (sampled + before + after) / sampled }
}

fn seconds(milliseconds: i64) -> f64 {
    milliseconds as f64 / 1000.0
}
