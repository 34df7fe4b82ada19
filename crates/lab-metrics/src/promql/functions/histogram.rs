//! Classic histograms, `le` and all: `histogram_quantile`, `histogram_quantiles`, `histogram_fraction`.
//!
//! Series that differ in `le` alone are the buckets of one histogram. Observations are taken to be
//! spread evenly within a bucket; the lowest bucket starts at 0 if its bound is positive. A histogram
//! needs a bucket `+Inf`, or nothing can be said about it.

use std::collections::HashMap;

use lab_algebra::{ABSENT, Collector, Grid, Series, drop_names, is_absent};
use lab_model::Labels;
use lab_model::labels::METRIC_NAME;
use lab_syntax::Position;

use crate::promql::error::PromqlError;
use crate::promql::eval::annotations::short_float;
use crate::promql::eval::context::Context;
use crate::promql::eval::operand::Operand;
use crate::promql::functions::arguments::Arguments;

use self::buckets::{Bucket, Repair};

mod buckets;

// `histogram_quantile(φ, buckets)`
pub(super) fn quantile(mut arguments: Arguments<'_>) -> Result<Operand, PromqlError> {
    let (context, frame) = (arguments.context, arguments.frame);
    let quantiles = arguments.points(0);
    let series = arguments.series(1);
    let place = arguments.place_of(1);
    context.annotations.check_quantiles(&quantiles, arguments.place_of(0));
    let histograms = histograms(context, series, place);
    let mut repairs = Repairs::default();
    let found = histograms
        .iter()
        .map(|histogram| {
            histogram.map(frame, |step, buckets| {
                let (value, repair) = buckets::quantile(quantiles[step], buckets);
                repairs.note(context, histogram, repair, frame.time(step));
                value
            })
        })
        .filter(Series::has_samples)
        .collect();
    repairs.report(context, place);
    Ok(Operand::Vector(drop_names(&context.allowance, found, context.delays_names())?))
}

/// `histogram_quantiles(buckets, label, φ…)`: a series per quantile, which the label tells apart.
pub(super) fn quantiles(mut arguments: Arguments<'_>) -> Result<Operand, PromqlError> {
    let (context, frame) = (arguments.context, arguments.frame);
    let series = arguments.series(0);
    let place = arguments.place_of(0);
    let label = arguments.text(1).to_owned();
    let histograms = histograms(context, series, place);
    let mut repairs = Repairs::default();
    let mut collector = Collector::new(frame.count);
    for at in 2..arguments.operands.len() {
        let quantiles = arguments.points(at);
        context.annotations.check_quantiles(&quantiles, arguments.place_of(at));
        for histogram in &histograms {
            for (step, quantile) in quantiles.iter().enumerate() {
                let (value, repair) = histogram.at(step, |buckets| buckets::quantile(*quantile, buckets));
                repairs.note(context, histogram, repair, frame.time(step));
                if is_absent(value) {
                    continue;
                }
                let mut labels = histogram.labels.to_builder();
                labels.set(label.as_str(), open_metrics_float(*quantile));
                let slot = collector.slot(&context.allowance, &labels.build(), false)?;
                collector.set(slot, step, value)?;
            }
        }
    }
    repairs.report(context, place);
    Ok(Operand::Vector(drop_names(&context.allowance, collector.finish(), context.delays_names())?))
}

/// `histogram_fraction(lower, upper, buckets)`: the share of observations between two values.
pub(super) fn fraction(mut arguments: Arguments<'_>) -> Result<Operand, PromqlError> {
    let (context, frame) = (arguments.context, arguments.frame);
    let (lower, upper) = (arguments.points(0), arguments.points(1));
    let series = arguments.series(2);
    let found = histograms(context, series, arguments.place_of(2))
        .iter()
        .map(|histogram| histogram.map(frame, |step, buckets| buckets::fraction(lower[step], upper[step], buckets)))
        .filter(Series::has_samples)
        .collect();
    Ok(Operand::Vector(drop_names(&context.allowance, found, context.delays_names())?))
}

/// The series of one histogram.
struct Histogram {
    labels: Labels,
    drop_name: bool,
    /// Upper bound and counts per step, ascending in the bound.
    bounds: Vec<(f64, Vec<f64>)>,
}

impl Histogram {
    /// A series of what `read` makes of the buckets at each step.
    fn map(&self, frame: Grid, mut read: impl FnMut(usize, &mut Vec<Bucket>) -> f64) -> Series {
        let mut buckets = Vec::with_capacity(self.bounds.len());
        let mut value = |step: usize| {
            self.fill(step, &mut buckets);
            if buckets.is_empty() { ABSENT } else { read(step, &mut buckets) }
        };
        let points = (0..frame.count).map(&mut value).collect();
        Series { labels: self.labels.clone(), drop_name: self.drop_name, points }
    }

    fn at(&self, step: usize, read: impl FnOnce(&mut Vec<Bucket>) -> (f64, Option<Repair>)) -> (f64, Option<Repair>) {
        let mut buckets = Vec::new();
        self.fill(step, &mut buckets);
        if buckets.is_empty() { (ABSENT, None) } else { read(&mut buckets) }
    }

    fn fill(&self, step: usize, buckets: &mut Vec<Bucket>) {
        buckets.clear();
        let present = self.bounds.iter().filter(|(_, counts)| !is_absent(counts[step]));
        buckets.extend(present.map(|(bound, counts)| Bucket { bound: *bound, count: counts[step] }));
    }
}

/// Groups series into histograms; warns of each `le` that is no number.
fn histograms(context: &Context<'_>, series: Vec<Series>, place: Option<Position>) -> Vec<Histogram> {
    let mut found: Vec<Histogram> = Vec::new();
    let mut by_labels: HashMap<Labels, usize> = HashMap::new();
    for one in series {
        let bound = one.labels.get("le").unwrap_or_default();
        let Ok(bound) = bound.parse::<f64>() else {
            let of =
                metric_name(context, &one.labels).map_or_else(String::new, |name| format!(" for metric name {name:?}"));
            let text = format!("bucket label \"le\" is missing or has a malformed value of {bound:?}{of}");
            context.annotations.warn(text, place);
            continue;
        };
        let labels = one.labels.filtered(|name| name != "le");
        let at = *by_labels.entry(labels.clone()).or_insert_with(|| {
            found.push(Histogram { labels, drop_name: one.drop_name, bounds: Vec::new() });
            found.len() - 1
        });
        found[at].bounds.push((bound, one.points));
    }
    for histogram in &mut found {
        histogram.bounds.sort_by(|a, b| a.0.total_cmp(&b.0));
    }
    found
}

/// The metric's name for a message: only where names are kept to the end is it sure to be there.
fn metric_name<'a>(context: &Context<'_>, labels: &'a Labels) -> Option<&'a str> {
    context.delays_names().then(|| labels.get(METRIC_NAME)).flatten()
}

/// Bucket counts that fell where they should rise, put together per metric for one info each.
#[derive(Default)]
struct Repairs {
    by_metric: Vec<(String, Repair, usize, i64, i64)>,
}

impl Repairs {
    fn note(&mut self, context: &Context<'_>, histogram: &Histogram, repair: Option<Repair>, time: i64) {
        let Some(repair) = repair else { return };
        let name = metric_name(context, &histogram.labels).unwrap_or_default();
        match self.by_metric.iter_mut().find(|(metric, ..)| metric == name) {
            Some((_, all, times, first, last)) => {
                all.merge(repair);
                *times += 1;
                *first = (*first).min(time);
                *last = (*last).max(time);
            }
            None => self.by_metric.push((name.to_owned(), repair, 1, time, time)),
        }
    }

    fn report(self, context: &Context<'_>, place: Option<Position>) {
        let date = |time: i64| {
            chrono::DateTime::from_timestamp_millis(time)
                .map_or_else(String::new, |time| time.format("%Y-%m-%dT%H:%M:%SZ").to_string())
        };
        for (metric, repair, times, first, last) in self.by_metric {
            let of = if metric.is_empty() { String::new() } else { format!(" for metric name {metric:?}") };
            let text = format!(
                "input to histogram_quantile needed to be fixed for monotonicity \
                 (see https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile){of}, \
                 from buckets {} to {}, with a max diff of {}, over {times} samples from {} to {}",
                short_float(repair.lowest),
                short_float(repair.highest),
                two_digits(repair.largest),
                date(first),
                date(last),
            );
            context.annotations.inform(text, place);
        }
    }
}

/// A number with two significant digits.
fn two_digits(value: f64) -> String {
    let rounded: f64 = format!("{value:.1e}").parse().unwrap_or(value);
    short_float(rounded)
}

/// A number as OpenMetrics writes label values: `1.0`, not `1`.
fn open_metrics_float(value: f64) -> String {
    let text = short_float(value);
    if value.is_finite() && !text.contains(['.', 'e']) { format!("{text}.0") } else { text }
}
