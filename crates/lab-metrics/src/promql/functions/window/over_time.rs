//! Aggregations over the samples of a window: the `…_over_time` functions.

use lab_algebra::numbers::{self, Mean};
use lab_model::Sample;
use lab_model::Sum;

use crate::promql::eval::samples::window::Window;

pub(crate) fn avg(window: &Window<'_>, _: &[f64]) -> Option<f64> {
    let (first, rest) = window.samples.split_first()?;
    let mut mean = Mean::new(first.value);
    for sample in rest {
        mean.add(sample.value);
    }
    Some(mean.value())
}

pub(crate) fn sum(window: &Window<'_>, _: &[f64]) -> Option<f64> {
    let mut sum = Sum::default();
    for sample in window.samples {
        sum.add(sample.value);
    }
    Some(sum.value())
}

pub(crate) fn count(window: &Window<'_>, _: &[f64]) -> Option<f64> {
    Some(window.samples.len() as f64)
}

pub(crate) fn min(window: &Window<'_>, _: &[f64]) -> Option<f64> {
    extreme(window, |value, least| value < least).map(|sample| sample.value)
}

pub(crate) fn max(window: &Window<'_>, _: &[f64]) -> Option<f64> {
    extreme(window, |value, most| value > most).map(|sample| sample.value)
}

pub(crate) fn ts_of_min(window: &Window<'_>, _: &[f64]) -> Option<f64> {
    extreme(window, |value, least| value <= least).map(time)
}

pub(crate) fn ts_of_max(window: &Window<'_>, _: &[f64]) -> Option<f64> {
    extreme(window, |value, most| value >= most).map(time)
}

pub(crate) fn quantile(window: &Window<'_>, scalars: &[f64]) -> Option<f64> {
    Some(numbers::quantile(*scalars.first()?, &mut values(window)))
}

pub(crate) fn stddev(window: &Window<'_>, _: &[f64]) -> Option<f64> {
    Some(variance(window).sqrt())
}

pub(crate) fn stdvar(window: &Window<'_>, _: &[f64]) -> Option<f64> {
    Some(variance(window))
}

/// Median of the absolute deviations from the median.
pub(crate) fn mad(window: &Window<'_>, _: &[f64]) -> Option<f64> {
    let mut values = values(window);
    if values.iter().any(|value| value.is_nan()) {
        return Some(f64::NAN);
    }
    let median = numbers::quantile(0.5, &mut values);
    for value in &mut values {
        *value = (*value - median).abs();
    }
    Some(numbers::quantile(0.5, &mut values))
}

pub(crate) fn present(_: &Window<'_>, _: &[f64]) -> Option<f64> {
    Some(1.0)
}

pub(crate) fn first(window: &Window<'_>, _: &[f64]) -> Option<f64> {
    window.samples.first().map(|sample| sample.value)
}

pub(crate) fn last(window: &Window<'_>, _: &[f64]) -> Option<f64> {
    window.samples.last().map(|sample| sample.value)
}

pub(crate) fn ts_of_first(window: &Window<'_>, _: &[f64]) -> Option<f64> {
    window.samples.first().map(time)
}

pub(crate) fn ts_of_last(window: &Window<'_>, _: &[f64]) -> Option<f64> {
    window.samples.last().map(time)
}

/// The sample that beats all before it; any number beats NaN.
fn extreme<'a>(window: &Window<'a>, beats: impl Fn(f64, f64) -> bool) -> Option<&'a Sample> {
    let mut best = window.samples.first()?;
    for sample in window.samples {
        if beats(sample.value, best.value) || best.value.is_nan() {
            best = sample;
        }
    }
    Some(best)
}

fn time(sample: &Sample) -> f64 {
    sample.timestamp as f64 / 1000.0
}

fn values(window: &Window<'_>) -> Vec<f64> {
    window.samples.iter().map(|sample| sample.value).collect()
}

/// Population variance by Welford's method.
fn variance(window: &Window<'_>) -> f64 {
    let (mut mean, mut squares, mut count) = (Sum::default(), Sum::default(), 0.0);
    for sample in window.samples {
        count += 1.0;
        let delta = sample.value - mean.value();
        mean.add(delta / count);
        squares.add(delta * (sample.value - mean.value()));
    }
    squares.value() / count
}
