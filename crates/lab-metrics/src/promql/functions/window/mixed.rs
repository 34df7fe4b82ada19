//! Functions over windows that hold native histograms, alone or beside numbers.
//!
//! Source: <https://prometheus.io/docs/prometheus/latest/querying/functions/>, and the answers of Prometheus 3.14.

use std::sync::Arc;

use lab_algebra::{Combining, Merged, Value};
use lab_histogram::{CounterReset, Histogram, Schema};

use crate::model::histogram_sample::HistogramSample;
use crate::promql::eval::samples::window::Window;
use crate::promql::functions::signature::Edges;
use crate::promql::functions::window::notes::{Note, Notes};
use crate::promql::functions::window::{interpolated, rate};

/// A function over a window with histograms.
pub(crate) type Mixed = fn(&Window<'_>, Edges, &mut Notes) -> Option<Value>;

pub(crate) fn rate(window: &Window<'_>, edges: Edges, notes: &mut Notes) -> Option<Value> {
    changed(window, edges, notes, (true, true))
}

pub(crate) fn increase(window: &Window<'_>, edges: Edges, notes: &mut Notes) -> Option<Value> {
    changed(window, edges, notes, (true, false))
}

pub(crate) fn delta(window: &Window<'_>, edges: Edges, notes: &mut Notes) -> Option<Value> {
    changed(window, edges, notes, (false, false))
}

pub(crate) fn irate(window: &Window<'_>, _: Edges, notes: &mut Notes) -> Option<Value> {
    instant(window, notes, true)
}

pub(crate) fn idelta(window: &Window<'_>, _: Edges, notes: &mut Notes) -> Option<Value> {
    instant(window, notes, false)
}

pub(crate) fn sum(window: &Window<'_>, _: Edges, notes: &mut Notes) -> Option<Value> {
    merged(window, notes, false).map(|merged| histogram(merged.sum()))
}

pub(crate) fn avg(window: &Window<'_>, _: Edges, notes: &mut Notes) -> Option<Value> {
    merged(window, notes, true).map(|merged| histogram(merged.mean()))
}

pub(crate) fn count(window: &Window<'_>, _: Edges, _: &mut Notes) -> Option<Value> {
    Some(Value::Float((window.samples.len() + window.histograms.len()) as f64))
}

pub(crate) fn present(_: &Window<'_>, _: Edges, _: &mut Notes) -> Option<Value> {
    Some(Value::Float(1.0))
}

pub(crate) fn first(window: &Window<'_>, _: Edges, _: &mut Notes) -> Option<Value> {
    in_order(window).next().map(|(_, value)| value)
}

pub(crate) fn last(window: &Window<'_>, _: Edges, _: &mut Notes) -> Option<Value> {
    in_order(window).last().map(|(_, value)| value)
}

pub(crate) fn ts_of_first(window: &Window<'_>, _: Edges, _: &mut Notes) -> Option<Value> {
    in_order(window).next().map(|(time, _)| Value::Float(time as f64 / 1000.0))
}

pub(crate) fn ts_of_last(window: &Window<'_>, _: Edges, _: &mut Notes) -> Option<Value> {
    in_order(window).last().map(|(time, _)| Value::Float(time as f64 / 1000.0))
}

/// A change between numbers and histograms counts as a reset.
pub(crate) fn resets(window: &Window<'_>, _: Edges, _: &mut Notes) -> Option<Value> {
    let is_reset = |before: &Value, now: &Value| match (before, now) {
        (Value::Float(before), Value::Float(now)) => now < before,
        (Value::Histogram(before), Value::Histogram(now)) => now.is_reset_since(before),
        _ => true,
    };
    Some(Value::Float(pairs(window, is_reset)))
}

pub(crate) fn changes(window: &Window<'_>, _: Edges, _: &mut Notes) -> Option<Value> {
    let is_changed = |before: &Value, now: &Value| match (before, now) {
        (Value::Float(before), Value::Float(now)) => before != now && !(before.is_nan() && now.is_nan()),
        (Value::Histogram(before), Value::Histogram(now)) => !now.is_same(before),
        _ => true,
    };
    Some(Value::Float(pairs(window, is_changed)))
}

fn histogram(histogram: Histogram) -> Value {
    Value::Histogram(Arc::new(histogram))
}

/// How many neighbours in time are such a pair.
fn pairs(window: &Window<'_>, is_such: impl Fn(&Value, &Value) -> bool) -> f64 {
    let samples: Vec<Value> = in_order(window).map(|(_, value)| value).collect();
    samples.windows(2).filter(|pair| is_such(&pair[0], &pair[1])).count() as f64
}

/// Numbers and histograms in order of time.
fn in_order<'w>(window: &'w Window<'_>) -> impl Iterator<Item = (i64, Value)> + 'w {
    let mut floats = window.samples.iter().peekable();
    let mut histograms = window.histograms.iter().peekable();
    std::iter::from_fn(move || {
        let next = histograms.peek().map(|histogram| histogram.timestamp);
        if let Some(float) = floats.next_if(|float| next.is_none_or(|time| float.timestamp < time)) {
            return Some((float.timestamp, Value::Float(float.value)));
        }
        histograms.next().map(|sample| (sample.timestamp, Value::Histogram(sample.histogram.clone())))
    })
}

fn merged(window: &Window<'_>, notes: &mut Notes, for_mean: bool) -> Option<Merged> {
    let (first, rest) = notes.only(window)?.split_first()?;
    let mut merged = Merged::new(&first.histogram);
    for sample in rest {
        let combined = merged.add(&sample.histogram, for_mean);
        notes.combined(combined, Combining::Aggregation)?;
    }
    if merged.resets_conflict() {
        notes.add(Note::ResetsConflict);
    }
    Some(merged)
}

/// The change over the whole window, of a counter or a gauge, and per second or not.
fn changed(window: &Window<'_>, edges: Edges, notes: &mut Notes, (counter, per_second): (bool, bool)) -> Option<Value> {
    if edges == Edges::Open {
        let factor = if per_second { 1.0 / window.seconds() } else { 1.0 };
        return extrapolated(window, notes, counter, factor);
    }
    let mut change = interpolated::change(window, edges, counter, notes)?;
    if per_second {
        change.divide(window.seconds());
    }
    Some(histogram(change))
}

/// The change over the whole window, as far as its histograms tell, times a factor.
fn extrapolated(window: &Window<'_>, notes: &mut Notes, counter: bool, factor: f64) -> Option<Value> {
    let samples = notes.only(window)?;
    let [first, .., last] = samples else { return None };
    let mut change = change(samples, notes, counter)?;
    let to_zero =
        (counter && change.count > 0.0 && first.histogram.count >= 0.0).then(|| first.histogram.count / change.count);
    let times = (first.timestamp, last.timestamp);
    change.scale(rate::extrapolation(window, times, samples.len() - 1, to_zero) * factor);
    Some(histogram(change))
}

/// The last histogram less the first one, and of a counter what it had counted before each reset.
fn change(samples: &[HistogramSample], notes: &mut Notes, counter: bool) -> Option<Histogram> {
    let [first, .., last] = samples else { return None };
    let is_gauge = |sample: &HistogramSample| sample.histogram.reset == CounterReset::Gauge;
    if counter && samples.iter().any(is_gauge) {
        notes.add(Note::NotACounter);
    }
    // Where the counter was reset right after the first histogram that one counts for nothing, whatever its layout.
    let is_reset_at_once = counter && samples[1].histogram.is_reset_since(&first.histogram);
    let nothing = Histogram::empty(samples[1].histogram.schema.clone());
    let mut before = if is_reset_at_once { &nothing } else { &*first.histogram };
    let is_custom = |histogram: &Histogram| matches!(histogram.schema, Schema::Custom(_));
    let middle = if counter { &samples[1..] } else { &samples[samples.len() - 1..] };
    if middle.iter().any(|sample| is_custom(&sample.histogram) != is_custom(before)) {
        notes.add(Note::Layouts);
        return None;
    }
    let mut change = (*last.histogram).clone();
    if counter && let Some(lowest) = middle.iter().map(|sample| sample.histogram.schema.number()).min() {
        change.reduce_resolution(lowest);
    }
    let combined = change.subtract(before);
    notes.combined(combined, Combining::Subtraction)?;
    if counter {
        for sample in &samples[1..] {
            if sample.histogram.is_reset_since(before) {
                let combined = change.add(before);
                notes.combined(combined, Combining::Addition)?;
            }
            before = &sample.histogram;
        }
    } else if !(is_gauge(first) && is_gauge(last)) {
        // Only of a gauge that has a change.
        notes.add(Note::NotAGauge);
    }
    change.reset = CounterReset::Gauge;
    change.compact();
    Some(change)
}

/// The change between the last two samples, for a counter per second.
fn instant(window: &Window<'_>, notes: &mut Notes, counter: bool) -> Option<Value> {
    let samples: Vec<(i64, Value)> = in_order(window).collect();
    let [.., (before_time, before), (time, now)] = &samples[..] else { return None };
    let seconds = (time - before_time) as f64 / 1000.0;
    if seconds == 0.0 {
        return None;
    }
    match (before, now) {
        (Value::Float(before), Value::Float(now)) => {
            let change = if counter && now < before { *now } else { now - before };
            Some(Value::Float(if counter { change / seconds } else { change }))
        }
        (Value::Histogram(before), Value::Histogram(now)) => {
            let is_gauge = |histogram: &Histogram| histogram.reset == CounterReset::Gauge;
            if counter && (is_gauge(before) || is_gauge(now)) {
                notes.add(Note::NotACounter);
            } else if !(counter || is_gauge(before) && is_gauge(now)) {
                notes.add(Note::NotAGauge);
            }
            let mut change = (**now).clone();
            if !counter || !now.is_reset_since(before) {
                let combined = change.subtract(before);
                notes.combined(combined, Combining::Subtraction)?;
            }
            change.reset = CounterReset::Gauge;
            change.compact();
            if counter {
                change.divide(seconds);
            }
            Some(histogram(change))
        }
        _ => {
            notes.add(Note::Mixed);
            None
        }
    }
}
