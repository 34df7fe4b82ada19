//! Histograms, native ones and classic ones with `le` and all: `histogram_quantile`, `histogram_quantiles`,
//! `histogram_fraction`.
//!
//! Series that differ in `le` alone are the buckets of one histogram. Observations are taken to be
//! spread evenly within a bucket; the lowest bucket starts at 0 if its bound is positive. A histogram
//! needs a bucket `+Inf`, or nothing can be said about it.

use std::collections::{HashMap, HashSet};

use lab_algebra::{ABSENT, Collector, Grid, Histograms, Series, drop_names, is_absent};
use lab_histogram::NotANumber;
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
pub(super) mod native;

/// `histogram_quantile(φ, buckets)`: the value below which the share φ of the observations lies.
pub(super) fn quantile(mut arguments: Arguments<'_>) -> Result<Operand, PromqlError> {
    let (context, frame) = (arguments.context, arguments.frame);
    let quantiles = arguments.points(0);
    let series = arguments.series(1);
    let place = arguments.place_of(1);
    context.annotations.check_quantiles(&quantiles, arguments.place_of(0));
    let mut repairs = Repairs::default();
    let read = |histogram: &Histogram, step: usize, found: Found<'_>| match found {
        Found::Classic(buckets) => {
            let (value, repair) = buckets::quantile(quantiles[step], buckets);
            repairs.note(context, histogram, repair, frame.time(step));
            value
        }
        Found::Native(native) => {
            let (value, note) = native.quantile(quantiles[step]);
            histogram.tell(context, note, place);
            value
        }
    };
    let found = values(context, &histograms(context, series, place), frame, place, read);
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
    // The quantiles see the same buckets, which are told once; one outside 0 to 1 looks at none.
    let mut told = HashSet::new();
    let mut collector = Collector::new(frame.count);
    for at in 2..arguments.operands.len() {
        let quantiles = arguments.points(at);
        context.annotations.check_quantiles(&quantiles, arguments.place_of(at));
        for (of, histogram) in histograms.iter().enumerate() {
            for (step, quantile) in quantiles.iter().enumerate() {
                let mut buckets = Vec::new();
                let value = match histogram.at(context, step, &mut buckets, place) {
                    None => continue,
                    Some(Found::Classic(buckets)) => {
                        let (value, repair) = buckets::quantile(*quantile, buckets);
                        let repair = repair.filter(|_| told.insert((of, step)));
                        repairs.note(context, histogram, repair, frame.time(step));
                        value
                    }
                    Some(Found::Native(native)) => {
                        let (value, note) = native.quantile(*quantile);
                        histogram.tell(context, note, place);
                        value
                    }
                };
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
    let place = arguments.place_of(2);
    let read = |histogram: &Histogram, step: usize, found: Found<'_>| match found {
        Found::Classic(buckets) => buckets::fraction(lower[step], upper[step], buckets),
        Found::Native(native) => {
            let (value, note) = native.fraction(lower[step], upper[step]);
            histogram.tell(context, note, place);
            value
        }
    };
    let found = values(context, &histograms(context, series, place), frame, place, read);
    Ok(Operand::Vector(drop_names(&context.allowance, found, context.delays_names())?))
}

/// The series of one histogram: its classic buckets, its native histograms, or both.
struct Histogram {
    labels: Labels,
    drop_name: bool,
    /// Upper bound and counts per step, ascending in the bound.
    bounds: Vec<(f64, Vec<f64>)>,
    native: Histograms,
}

/// What a histogram has at a step.
enum Found<'a> {
    Classic(&'a mut Vec<Bucket>),
    Native(&'a lab_histogram::Histogram),
}

impl Histogram {
    /// What there is at a step; nothing with a warning if there are classic buckets and a native histogram.
    fn at<'a>(
        &'a self,
        context: &Context<'_>,
        step: usize,
        buckets: &'a mut Vec<Bucket>,
        place: Option<Position>,
    ) -> Option<Found<'a>> {
        buckets.clear();
        let present = self.bounds.iter().filter(|(_, counts)| !is_absent(counts[step]));
        buckets.extend(present.map(|(bound, counts)| Bucket { bound: *bound, count: counts[step] }));
        match self.native.at(step) {
            None => (!buckets.is_empty()).then_some(Found::Classic(buckets)),
            Some(native) if buckets.is_empty() => Some(Found::Native(native)),
            Some(_) => {
                let of = of_metric(metric_name(context, &self.labels));
                let text = format!("vector contains a mix of classic and native histograms{of}");
                context.annotations.warn(text, place);
                None
            }
        }
    }

    /// Tells what observations that are not a number did to a value.
    fn tell(&self, context: &Context<'_>, note: Option<NotANumber>, place: Option<Position>) {
        let text = match note {
            None => return,
            Some(NotANumber::Skews) => "input to histogram_quantile has NaN observations, result is skewed higher",
            Some(NotANumber::IsTheAnswer) => "input to histogram_quantile has NaN observations, result is NaN",
            Some(NotANumber::Excluded) => {
                "input to histogram_fraction has NaN observations, which are excluded from all fractions"
            }
        };
        context.annotations.inform(format!("{text}{}", of_metric(self.labels.metric_name())), place);
    }
}

/// What `read` makes of each histogram at each step.
fn values(
    context: &Context<'_>,
    histograms: &[Histogram],
    frame: Grid,
    place: Option<Position>,
    mut read: impl FnMut(&Histogram, usize, Found<'_>) -> f64,
) -> Vec<Series> {
    let mut found = Vec::new();
    for histogram in histograms {
        let mut buckets = Vec::with_capacity(histogram.bounds.len());
        let mut value = |step: usize| {
            let found = histogram.at(context, step, &mut buckets, place);
            found.map_or(ABSENT, |found| read(histogram, step, found))
        };
        let points = (0..frame.count).map(&mut value).collect();
        found.push(Series { drop_name: histogram.drop_name, ..Series::new(histogram.labels.clone(), points) });
    }
    found.retain(Series::has_samples);
    found
}

/// Groups series into histograms; warns of each `le` that is no number.
fn histograms(context: &Context<'_>, series: Vec<Series>, place: Option<Position>) -> Vec<Histogram> {
    let mut found: Vec<Histogram> = Vec::new();
    let mut by_labels: HashMap<Labels, usize> = HashMap::new();
    let mut of = |found: &mut Vec<Histogram>, labels: Labels, drop_name: bool| {
        *by_labels.entry(labels.clone()).or_insert_with(|| {
            found.push(Histogram { labels, drop_name, bounds: Vec::new(), native: Histograms::default() });
            found.len() - 1
        })
    };
    for one in series {
        if !one.histograms.is_empty() {
            let at = of(&mut found, one.labels.clone(), one.drop_name);
            found[at].native = one.histograms;
        }
        if one.points.iter().all(|value| is_absent(*value)) {
            continue;
        }
        let bound = one.labels.get("le").unwrap_or_default();
        let Ok(bound) = bound.parse::<f64>() else {
            let of = of_metric(metric_name(context, &one.labels));
            let text = format!("bucket label \"le\" is missing or has a malformed value of {bound:?}{of}");
            context.annotations.warn(text, place);
            continue;
        };
        let at = of(&mut found, one.labels.filtered(|name| name != "le"), one.drop_name);
        found[at].bounds.push((bound, one.points));
    }
    for histogram in &mut found {
        histogram.bounds.sort_by(|a, b| a.0.total_cmp(&b.0));
    }
    found
}

/// The end of a message that names the metric.
fn of_metric(name: Option<&str>) -> String {
    name.map_or_else(String::new, |name| format!(" for metric name {name:?}"))
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
            let of = of_metric(Some(&*metric).filter(|metric| !metric.is_empty()));
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

/// A number with two significant digits, as Go's `%.2g` writes it: with an exponent from 100 on.
fn two_digits(value: f64) -> String {
    let rounded = format!("{value:.1e}");
    let Some((digits, exponent)) = rounded.split_once('e') else { return short_float(value) };
    match exponent.parse::<i32>() {
        Ok(exponent) if exponent >= 2 => format!("{}e+{exponent:02}", digits.trim_end_matches(".0")),
        _ => short_float(rounded.parse().unwrap_or(value)),
    }
}

/// A number as OpenMetrics writes label values: `1.0`, not `1`.
fn open_metrics_float(value: f64) -> String {
    let text = short_float(value);
    if value.is_finite() && !text.contains(['.', 'e']) { format!("{text}.0") } else { text }
}
