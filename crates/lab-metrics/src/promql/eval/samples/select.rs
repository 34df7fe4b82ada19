//! Selectors: from the samples of the source to values at steps, or to raw series for windows.

use lab_algebra::{ABSENT, Grid, Series};
use lab_model::value::is_stale;
use lab_model::{Labels, Sample};

use crate::promql::error::PromqlError;
use crate::promql::eval::context::Context;
use crate::promql::eval::samples::edges;
use crate::promql::plan::node::Selector;
use crate::promql::plan::time::Stretch;
use crate::promql::source::{Selection, Visit};

/// What an instant selector reads off the sample it finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Read {
    Value,
    /// Its time in seconds.
    Time,
}

/// A raw series, for the functions over windows.
pub(crate) struct RawSeries<'a> {
    pub(crate) labels: &'a Labels,
    pub(crate) drop_name: bool,
    /// Without staleness markers.
    pub(crate) samples: &'a [Sample],
}

/// Each series' latest sample within the lookback before each step, unless it is a staleness marker.
pub(crate) fn instant(
    context: &Context<'_>,
    selector: &Selector,
    read: Read,
    frame: Grid,
) -> Result<Vec<Series>, PromqlError> {
    let lookback = context.params.lookback;
    let (first, last) = selector.shift.span(frame);
    let mut found = Vec::new();
    select(context, selector, first.saturating_sub(lookback).saturating_add(1), last, &mut |labels, samples| {
        context.take_series(labels, frame.count)?;
        let mut points = Vec::with_capacity(frame.count);
        let (mut behind, mut present) = (0, false);
        for step in 0..frame.count {
            let at = selector.shift.apply(frame.time(step));
            while behind < samples.len() && samples[behind].timestamp <= at {
                behind += 1;
            }
            let sample = behind.checked_sub(1).map(|latest| samples[latest]);
            let sample =
                sample.filter(|sample| sample.timestamp > at.saturating_sub(lookback) && !is_stale(sample.value));
            present |= sample.is_some();
            points.push(sample.map_or(ABSENT, |sample| match read {
                Read::Value => sample.value,
                Read::Time => sample.timestamp as f64 / 1000.0,
            }));
        }
        if present {
            found.push(Series { labels: labels.clone(), drop_name: false, points });
        }
        context.work(frame.count)
    })?;
    sort_by_labels(&mut found);
    Ok(found)
}

/// The value of each series at each step, on the line between the samples around it; behind the last sample
/// its value, as far as the lookback goes.
pub(crate) fn smoothed(context: &Context<'_>, selector: &Selector, frame: Grid) -> Result<Vec<Series>, PromqlError> {
    let lookback = context.params.lookback;
    let point = Stretch { length: 0, shift: selector.shift };
    let mut found = Vec::new();
    raw(context, selector, point, frame, &mut |RawSeries { labels, samples, .. }| {
        context.take_series(labels, frame.count)?;
        let mut behind = 0;
        let value = |step| {
            let at = selector.shift.apply(frame.time(step));
            behind += samples[behind..].iter().take_while(|sample| sample.timestamp <= at).count();
            let before = behind.checked_sub(1).map(|before| &samples[before]);
            let before = before.filter(|sample| sample.timestamp > at.saturating_sub(lookback))?;
            let after = samples.get(behind).filter(|sample| sample.timestamp <= at.saturating_add(lookback));
            let after = after.filter(|_| before.timestamp < at);
            Some(after.map_or(before.value, |after| edges::between(before, after, at, false)))
        };
        let points: Vec<f64> = (0..frame.count).map(value).map(|value| value.unwrap_or(ABSENT)).collect();
        found.push(Series { labels: labels.clone(), drop_name: false, points });
        context.work(frame.count)
    })?;
    found.retain(Series::has_samples);
    sort_by_labels(&mut found);
    Ok(found)
}

/// Each series with its samples in the stretches of all steps, and beyond their edges as far as the selector reaches.
pub(crate) fn raw(
    context: &Context<'_>,
    selector: &Selector,
    stretch: Stretch,
    frame: Grid,
    visit: &mut dyn FnMut(RawSeries<'_>) -> Result<(), PromqlError>,
) -> Result<(), PromqlError> {
    let (first, last) = selector.shift.span(frame);
    let (back, forth) = selector.edges.reach(context.params.lookback);
    let first = first.saturating_sub(stretch.length).saturating_sub(back).saturating_add(1);
    let last = last.saturating_add(forth);
    let mut fresh: Vec<Sample> = Vec::new();
    select(context, selector, first, last, &mut |labels, samples| {
        let mut series = RawSeries { labels, drop_name: false, samples };
        if samples.iter().any(|sample| is_stale(sample.value)) {
            fresh.clear();
            fresh.extend(samples.iter().filter(|sample| !is_stale(sample.value)));
            series.samples = &fresh;
        }
        if series.samples.is_empty() { Ok(()) } else { visit(series) }
    })
}

/// Brings series into the order of their labels.
pub(crate) fn sort_by_labels(series: &mut [Series]) {
    if !series.is_sorted_by(|a, b| a.labels <= b.labels) {
        series.sort_by(|a, b| a.labels.cmp(&b.labels));
    }
}

fn select(
    context: &Context<'_>,
    selector: &Selector,
    start: i64,
    end: i64,
    visit: &mut Visit<'_>,
) -> Result<(), PromqlError> {
    if end < start {
        return Ok(());
    }
    let selection = Selection { matchers: selector.matchers.clone(), start, end };
    context.source.select(&selection, context.interrupt(), &mut |labels, samples| {
        context.count_read(samples.len())?;
        context.work(samples.len())?;
        visit(labels, samples)
    })
}
