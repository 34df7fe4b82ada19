//! Where a series is heading: `deriv`, `predict_linear`, `double_exponential_smoothing`.

use lab_model::Sample;
use lab_model::Sum;

use crate::promql::eval::samples::window::Window;

pub(crate) fn deriv(window: &Window<'_>, _: &[f64]) -> Option<f64> {
    let [first, _, ..] = window.samples else { return None };
    Some(regression(window.samples, first.timestamp).0)
}

pub(crate) fn predict_linear(window: &Window<'_>, scalars: &[f64]) -> Option<f64> {
    if window.samples.len() < 2 {
        return None;
    }
    let (slope, intercept) = regression(window.samples, window.time);
    Some(slope * scalars.first()? + intercept)
}

/// Holt's linear method: a smoothed value and a smoothed trend.
pub(crate) fn double_exponential_smoothing(window: &Window<'_>, scalars: &[f64]) -> Option<f64> {
    let ([first, second, ..], [smoothing, trending]) = (window.samples, scalars) else { return None };
    let (mut previous, mut smoothed) = (0.0, first.value);
    let mut trend = second.value - first.value;
    for (at, sample) in window.samples.iter().enumerate().skip(1) {
        if at > 1 {
            trend = trending * (smoothed - previous) + (1.0 - trending) * trend;
        }
        previous = smoothed;
        smoothed = smoothing * sample.value + (1.0 - smoothing) * (smoothed + trend);
    }
    Some(smoothed)
}

/// Slope per second and value at `origin` of the least-squares line through the samples.
fn regression(samples: &[Sample], origin: i64) -> (f64, f64) {
    let [mut times, mut values, mut products, mut squares] = [Sum::default(); 4];
    for sample in samples {
        let x = (sample.timestamp - origin) as f64 / 1000.0;
        times.add(x);
        values.add(sample.value);
        products.add(x * sample.value);
        squares.add(x * x);
    }
    let constant = samples[0].value;
    if samples.iter().all(|sample| sample.value == constant) {
        // A flat line has no rounding errors to show.
        return if constant.is_infinite() { (f64::NAN, f64::NAN) } else { (0.0, constant) };
    }
    let count = samples.len() as f64;
    let covariance = products.value() - times.value() * values.value() / count;
    let variance = squares.value() - times.value() * times.value() / count;
    let slope = covariance / variance;
    (slope, values.value() / count - slope * times.value() / count)
}
