//! What PromQL reads off native histograms: `histogram_count`, `histogram_sum`, `histogram_avg`, `histogram_stddev`,
//! `histogram_stdvar`. Numbers are passed over.

use lab_algebra::{ABSENT, Series, drop_names};
use lab_histogram::Histogram;

use crate::promql::error::PromqlError;
use crate::promql::eval::operand::Operand;
use crate::promql::functions::arguments::Arguments;

pub(crate) fn count(arguments: Arguments<'_>) -> Result<Operand, PromqlError> {
    each(arguments, |histogram| histogram.count)
}

pub(crate) fn sum(arguments: Arguments<'_>) -> Result<Operand, PromqlError> {
    each(arguments, |histogram| histogram.sum)
}

pub(crate) fn avg(arguments: Arguments<'_>) -> Result<Operand, PromqlError> {
    each(arguments, Histogram::mean)
}

pub(crate) fn stddev(arguments: Arguments<'_>) -> Result<Operand, PromqlError> {
    each(arguments, |histogram| histogram.variance().sqrt())
}

pub(crate) fn stdvar(arguments: Arguments<'_>) -> Result<Operand, PromqlError> {
    each(arguments, Histogram::variance)
}

fn each(mut arguments: Arguments<'_>, read: impl Fn(&Histogram) -> f64) -> Result<Operand, PromqlError> {
    let mut series = arguments.series(0);
    series.retain(|one| !one.histograms.is_empty());
    for one in &mut series {
        one.points.fill(ABSENT);
        for (step, histogram) in std::mem::take(&mut one.histograms).iter() {
            one.points[step] = read(histogram);
        }
    }
    series.retain(Series::has_samples);
    let context = arguments.context;
    Ok(Operand::Vector(drop_names(&context.allowance, series, context.delays_names())?))
}
