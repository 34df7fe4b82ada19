//! Selectors: from the samples of the source to values at steps, or to raw series for windows.

use std::sync::Arc;

use lab_algebra::{ABSENT, Grid, Histograms, Series};
use lab_histogram::{CounterReset, Histogram};
use lab_model::value::is_stale;
use lab_model::{Labels, Sample};
use lab_syntax::Position;

use crate::model::histogram_sample::{HistogramSample, Samples};
use crate::promql::error::PromqlError;
use crate::promql::eval::context::Context;
use crate::promql::eval::samples::edges;
use crate::promql::functions::window::interpolated;
use crate::promql::functions::window::notes::{Note, Notes};
use crate::promql::plan::node::{Selector, Wanted};
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
    pub(crate) samples: Samples<'a>,
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
        if !samples.histograms.is_empty() {
            let series =
                instant_of_any(context, labels, samples, read, |step| selector.shift.apply(frame.time(step)), frame)?;
            found.extend(series);
            return context.work(frame.count);
        }
        let samples = samples.floats;
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
            found.push(Series::new(labels.clone(), points));
        }
        context.work(frame.count)
    })?;
    sort_by_labels(&mut found);
    Ok(found)
}

/// The same for a series with histograms: at each step the latest sample of either kind counts.
fn instant_of_any(
    context: &Context<'_>,
    labels: &Labels,
    samples: Samples<'_>,
    read: Read,
    at: impl Fn(usize) -> i64,
    frame: Grid,
) -> Result<Option<Series>, PromqlError> {
    let lookback = context.params.lookback;
    let (mut floats, mut behind) = (0, 0);
    let (mut points, mut histograms) = (vec![ABSENT; frame.count], Histograms::default());
    for (step, point) in points.iter_mut().enumerate() {
        let at = at(step);
        floats += samples.floats[floats..].iter().take_while(|sample| sample.timestamp <= at).count();
        behind += samples.histograms[behind..].iter().take_while(|sample| sample.timestamp <= at).count();
        let is_near = |time: i64| time > at.saturating_sub(lookback);
        let float = floats.checked_sub(1).map(|latest| samples.floats[latest]).filter(|it| is_near(it.timestamp));
        let histogram =
            behind.checked_sub(1).map(|latest| &samples.histograms[latest]).filter(|it| is_near(it.timestamp));
        match (float, histogram) {
            (float, Some(HistogramSample { timestamp, histogram }))
                if float.is_none_or(|float| float.timestamp < *timestamp) =>
            {
                if histogram.is_stale() {
                    continue;
                }
                match read {
                    Read::Time => *point = *timestamp as f64 / 1000.0,
                    Read::Value => histograms.set(step, histogram.clone()),
                }
            }
            (Some(float), _) if !is_stale(float.value) => {
                *point = if read == Read::Time { float.timestamp as f64 / 1000.0 } else { float.value };
            }
            _ => {}
        }
    }
    context.allowance.take_bytes(histograms.bytes())?;
    let series = Series { histograms, ..Series::new(labels.clone(), points) };
    Ok(series.has_samples().then_some(series))
}

/// The value of each series at each step, on the line between the samples around it; behind the last sample
/// its value, as far as the lookback goes.
pub(crate) fn smoothed(
    context: &Context<'_>,
    selector: &Selector,
    place: Option<Position>,
    frame: Grid,
) -> Result<Vec<Series>, PromqlError> {
    let lookback = context.params.lookback;
    let point = Stretch { length: 0, shift: selector.shift };
    let mut found = Vec::new();
    raw(context, selector, point, frame, &mut |RawSeries { labels, samples, .. }| {
        context.take_series(labels, frame.count)?;
        if !samples.histograms.is_empty() {
            found.extend(smoothed_histograms(
                context,
                labels,
                samples,
                |step| selector.shift.apply(frame.time(step)),
                (place, frame),
            )?);
            return context.work(frame.count);
        }
        let (mut behind, samples) = (0, samples.floats);
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
        found.push(Series::new(labels.clone(), points));
        context.work(frame.count)
    })?;
    found.retain(Series::has_samples);
    sort_by_labels(&mut found);
    Ok(found)
}

/// The same for a series with histograms; where numbers are near, too, there is no value, and a note says so.
fn smoothed_histograms(
    context: &Context<'_>,
    labels: &Labels,
    samples: Samples<'_>,
    at: impl Fn(usize) -> i64,
    (place, frame): (Option<Position>, Grid),
) -> Result<Option<Series>, PromqlError> {
    let (lookback, mut notes) = (context.params.lookback, Notes::default());
    let (mut points, mut histograms) = (vec![ABSENT; frame.count], Histograms::default());
    for (step, point) in points.iter_mut().enumerate() {
        let at = at(step);
        let is_near = |time: i64| time > at.saturating_sub(lookback) && time <= at.saturating_add(lookback);
        let near: Vec<&HistogramSample> =
            samples.histograms.iter().filter(|sample| is_near(sample.timestamp)).collect();
        let floats: Vec<&Sample> = samples.floats.iter().filter(|sample| is_near(sample.timestamp)).collect();
        if !near.is_empty() && !floats.is_empty() {
            notes.add(Note::Mixed);
            continue;
        }
        let behind = floats.partition_point(|sample| sample.timestamp <= at);
        if let Some(before) = behind.checked_sub(1).map(|before| floats[before]) {
            let after = floats.get(behind).filter(|_| before.timestamp < at);
            *point = after.map_or(before.value, |after| edges::between(before, after, at, false));
        }
        let behind = near.partition_point(|sample| sample.timestamp <= at);
        let Some(before) = behind.checked_sub(1).map(|before| near[before]) else { continue };
        let found = match near.get(behind).filter(|_| before.timestamp < at) {
            Some(after) => {
                let is_gauge = |sample: &HistogramSample| sample.histogram.reset == CounterReset::Gauge;
                interpolated::between(before, after, at, !(is_gauge(before) && is_gauge(after)), &mut notes)
            }
            None if before.timestamp == at => Some((*before.histogram).clone()),
            // What is known of a reset is known of that sample, not of what goes on behind it.
            None => Some(Histogram { reset: CounterReset::Unknown, ..(*before.histogram).clone() }),
        };
        if let Some(found) = found {
            histograms.set(step, Arc::new(found));
        }
    }
    let metric = labels.metric_name().unwrap_or_default();
    notes.0.into_iter().for_each(|note| context.annotations.window(note, metric, place));
    context.allowance.take_bytes(histograms.bytes())?;
    let series = Series { histograms, ..Series::new(labels.clone(), points) };
    Ok(series.has_samples().then_some(series))
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
    let (mut floats, mut histograms): (Vec<Sample>, Vec<HistogramSample>) = (Vec::new(), Vec::new());
    select(context, selector, first, last, &mut |labels, samples| {
        let mut series = RawSeries { labels, drop_name: false, samples };
        if samples.floats.iter().any(|sample| is_stale(sample.value)) {
            floats.clear();
            floats.extend(samples.floats.iter().filter(|sample| !is_stale(sample.value)));
            series.samples.floats = &floats;
        }
        if samples.histograms.iter().any(|sample| sample.histogram.is_stale()) {
            histograms.clear();
            histograms.extend(samples.histograms.iter().filter(|sample| !sample.histogram.is_stale()).cloned());
            series.samples.histograms = &histograms;
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
        context.room_for(samples)?;
        context.work(samples.len())?;
        if selector.wanted != Wanted::Totals || samples.histograms.is_empty() {
            return visit(labels, samples);
        }
        let histograms = with_resets(samples.histograms);
        visit(labels, Samples { histograms: &histograms, ..samples })
    })
}

/// Histograms that say of all but the first whether the counter was reset since the one before.
fn with_resets(samples: &[HistogramSample]) -> Vec<HistogramSample> {
    let mut before: Option<&Histogram> = None;
    let with_reset = |sample| {
        let HistogramSample { timestamp, histogram }: &HistogramSample = sample;
        let Some(earlier) = before.replace(histogram) else { return sample.clone() };
        if histogram.is_stale() || earlier.is_stale() || histogram.reset != CounterReset::Unknown {
            return sample.clone();
        }
        let is_reset = histogram.is_reset_since(earlier);
        let reset = if is_reset { CounterReset::Reset } else { CounterReset::NotReset };
        HistogramSample { timestamp: *timestamp, histogram: Arc::new(Histogram { reset, ..(**histogram).clone() }) }
    };
    samples.iter().map(with_reset).collect()
}
