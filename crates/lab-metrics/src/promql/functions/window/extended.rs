//! How counters and gauges change over a window with known edges: `rate`, `increase` and `delta` of an
//! `anchored` or a `smoothed` range. Nothing is extrapolated.

use crate::promql::eval::samples::edges;
use crate::promql::eval::samples::window::Window;
use crate::promql::functions::signature::Edges::{self, Anchored, Smoothed};

pub(crate) fn anchored_rate(window: &Window<'_>, _: &[f64]) -> Option<f64> {
    change(window, Anchored, true).map(|increase| increase / window.seconds())
}

pub(crate) fn anchored_increase(window: &Window<'_>, _: &[f64]) -> Option<f64> {
    change(window, Anchored, true)
}

pub(crate) fn anchored_delta(window: &Window<'_>, _: &[f64]) -> Option<f64> {
    change(window, Anchored, false)
}

pub(crate) fn smoothed_rate(window: &Window<'_>, _: &[f64]) -> Option<f64> {
    change(window, Smoothed, true).map(|increase| increase / window.seconds())
}

pub(crate) fn smoothed_increase(window: &Window<'_>, _: &[f64]) -> Option<f64> {
    change(window, Smoothed, true)
}

pub(crate) fn smoothed_delta(window: &Window<'_>, _: &[f64]) -> Option<f64> {
    change(window, Smoothed, false)
}

/// The change from edge to edge; what a counter had counted before a reset between them is counted too.
fn change(window: &Window<'_>, at_edges: Edges, counter: bool) -> Option<f64> {
    let (left, right) = edges::values(window, at_edges, counter)?;
    let mut change = right - left;
    if counter {
        let mut previous = left;
        for value in edges::inner(window).map(|sample| sample.value).chain([right]) {
            if value < previous {
                change += previous;
            }
            previous = value;
        }
    }
    Some(change)
}
