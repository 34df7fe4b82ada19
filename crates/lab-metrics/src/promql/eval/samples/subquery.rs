//! Subqueries: the frame over which the inner expression is evaluated, and its values as samples.

use std::sync::Arc;

use lab_algebra::{Grid, Series, is_absent};
use lab_histogram::{CounterReset, Histogram};
use lab_model::Sample;

use crate::model::histogram_sample::{HistogramSample, Samples};
use crate::promql::error::PromqlError;
use crate::promql::eval::samples::select::RawSeries;
use crate::promql::plan::time::Stretch;

/// The steps of the inner expression: multiples of `step` within the stretches of all outer steps.
pub(crate) fn frame(stretch: Stretch, step: i64, outer: Grid) -> Grid {
    let (first, last) = stretch.shift.span(outer);
    let open_start = first.saturating_sub(stretch.length);
    // The start of a stretch is open: the first multiple of the step after it.
    let start = open_start.div_euclid(step).saturating_add(1).saturating_mul(step);
    Grid::range(start, last, step)
}

/// Shows the values of each series as raw samples.
pub(crate) fn each_series(
    series: &[Series],
    frame: Grid,
    visit: &mut dyn FnMut(RawSeries<'_>) -> Result<(), PromqlError>,
) -> Result<(), PromqlError> {
    let mut floats: Vec<Sample> = Vec::new();
    let mut histograms: Vec<HistogramSample> = Vec::new();
    for one in series {
        floats.clear();
        let present = one.points.iter().enumerate().filter(|(_, value)| !is_absent(**value));
        floats.extend(present.map(|(at, value)| Sample { timestamp: frame.time(at), value: *value }));
        histograms.clear();
        let sample = |(at, histogram)| HistogramSample { timestamp: frame.time(at), histogram: of_any_step(histogram) };
        histograms.extend(one.histograms.iter().map(sample));
        let samples = Samples { floats: &floats, histograms: &histograms };
        if !samples.is_empty() {
            visit(RawSeries { labels: &one.labels, drop_name: one.drop_name, samples })?;
        }
    }
    Ok(())
}

/// A histogram without what is known of a reset since the one before it: that one may lie between two steps, or the same
/// sample may stand at several.
fn of_any_step(histogram: &Arc<Histogram>) -> Arc<Histogram> {
    match histogram.reset {
        CounterReset::Unknown | CounterReset::Gauge => histogram.clone(),
        _ => Arc::new(Histogram { reset: CounterReset::Unknown, ..(**histogram).clone() }),
    }
}
