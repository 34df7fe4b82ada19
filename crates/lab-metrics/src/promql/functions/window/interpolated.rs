//! How native histograms change over a window with known edges: `rate`, `increase` and `delta` of an `anchored` or a
//! `smoothed` range, and the histogram between two others. Nothing is extrapolated.

use lab_algebra::Combining;
use lab_histogram::{CounterReset, Histogram};

use crate::model::histogram_sample::HistogramSample;
use crate::promql::eval::samples::window::Window;
use crate::promql::functions::signature::Edges;
use crate::promql::functions::window::notes::{Note, Notes};

/// The histogram at `at` on the line from one to a later one; a counter that was reset between the two is taken to have
/// begun at zero with the first of them.
pub(crate) fn between(
    before: &HistogramSample,
    after: &HistogramSample,
    at: i64,
    counter: bool,
    notes: &mut Notes,
) -> Option<Histogram> {
    if at == before.timestamp {
        return Some((*before.histogram).clone());
    }
    if before.histogram.is_custom() != after.histogram.is_custom() {
        notes.add(Note::Layouts);
        return None;
    }
    let mut result = (*after.histogram).clone();
    if at == after.timestamp {
        return Some(result);
    }
    let part = (at - before.timestamp) as f64 / (after.timestamp - before.timestamp) as f64;
    if counter && after.histogram.is_reset_since(&before.histogram) {
        result.scale(part);
        return Some(result);
    }
    let combined = result.subtract(&before.histogram);
    notes.combined(combined, Combining::Subtraction)?;
    result.scale(part);
    let combined = result.add(&before.histogram);
    notes.combined(combined, Combining::Addition)?;
    Some(result)
}

/// The change from edge to edge; what a counter had counted before a reset between them is counted too.
pub(crate) fn change(window: &Window<'_>, edges: Edges, counter: bool, notes: &mut Notes) -> Option<Histogram> {
    let samples = notes.only(window)?;
    let (first, last) = (samples.first()?, samples.last()?);
    if samples.iter().any(|sample| sample.histogram.is_custom() != first.histogram.is_custom()) {
        notes.add(Note::Layouts);
        return None;
    }
    let is_gauge = |histogram: &Histogram| histogram.reset == CounterReset::Gauge;
    if counter && samples.iter().any(|sample| is_gauge(&sample.histogram)) {
        notes.add(Note::NotACounter);
    }
    let smoothed = edges == Edges::Smoothed;
    let left = match samples {
        [first, second, ..] if smoothed && first.timestamp < window.start => {
            between(first, second, window.start, counter, notes)?
        }
        _ => (*first.histogram).clone(),
    };
    let right = match samples {
        [.., previous, last] if smoothed && last.timestamp > window.end => {
            between(previous, last, window.end, counter, notes)?
        }
        _ => (*last.histogram).clone(),
    };
    if !(counter || is_gauge(&left) && is_gauge(&right)) {
        notes.add(Note::NotAGauge);
    }
    let mut change = right.clone();
    let combined = change.subtract(&left);
    notes.combined(combined, Combining::Subtraction)?;
    if counter {
        add_what_was_reset(&mut change, samples, (&left, &right), smoothed && first.timestamp < window.start, notes)?;
    }
    change.reset = CounterReset::Gauge;
    change.compact();
    Some(change)
}

/// Adds what the counter had counted before each reset between the edges. Where it was reset between the first sample and
/// the one behind the start, the left edge says so already.
fn add_what_was_reset(
    change: &mut Histogram,
    samples: &[HistogramSample],
    (left, right): (&Histogram, &Histogram),
    is_left_interpolated: bool,
    notes: &mut Notes,
) -> Option<()> {
    let mut inner = if samples.len() > 2 { &samples[1..samples.len() - 1] } else { &[] };
    let mut before = left;
    if let [first, second, ..] = samples
        && is_left_interpolated
        && second.histogram.is_reset_since(&first.histogram)
    {
        before = &second.histogram;
        if samples.len() == 2 {
            return Some(());
        }
        inner = &inner[1..];
    }
    for now in inner.iter().map(|sample| &*sample.histogram).chain([right]) {
        if now.is_reset_since(before) {
            let combined = change.add(before);
            notes.combined(combined, Combining::Addition)?;
        }
        before = now;
    }
    Some(())
}
