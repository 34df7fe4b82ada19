//! Functions over windows: the lines of each window become one value per series.

use lab_model::{Interrupt, Labels, MatchOp};

use crate::logql::error::QueryError;
use crate::logql::eval::range::bins::Bins;
use crate::logql::eval::scan::Scan;
use crate::logql::eval::scan::pipeline::Pipeline;
use crate::logql::eval::series::{ByLabels, Series, too_many};
use crate::logql::eval::steps::Windows;
use crate::logql::functions::range::totals::Totals;
use crate::logql::functions::range::{Answer, LineValue, Window};
use crate::logql::limits::QueryLimits;
use crate::logql::plan::condition::Condition;
use crate::logql::scope::{ERROR, ERROR_DETAILS, Scope};
use crate::logql::syntax::ast::{Conversion, Grouping, RangeAggregation, Unwrap};
use crate::logql::syntax::units;
use crate::store::LogStore;

mod bins;

/// Most series that may arise before an aggregation brings their number down.
const MOST_INNER_SERIES: usize = 50_000;

/// Evaluates a range aggregation at the steps of `windows`. If the sums of its series are all that is wanted
/// (`sum by (…)` around it), `summed` says by which labels, and only those series are made.
pub(crate) fn evaluate(
    store: &LogStore,
    aggregation: &RangeAggregation,
    windows: Windows,
    summed: Option<&Grouping>,
    limits: &QueryLimits,
    interrupt: &Interrupt,
) -> Result<Vec<Series>, QueryError> {
    let query = &aggregation.query;
    let bounds = windows.bounds();
    let selection = store.select(&query.matchers, bounds.0, bounds.1)?;
    let pipeline = Pipeline::compile(&query.stages)?;
    let filters = aggregation.unwrap.iter().flat_map(|unwrap| &unwrap.filters).map(Condition::compile);
    let filters: Vec<Condition> = filters.collect::<Result<_, _>>().map_err(QueryError::Invalid)?;
    let mut scan = Scan::new(store, &selection, query, &pipeline, limits, interrupt);
    let keep_values = aggregation.function.answer == Answer::Quantile;
    let mut series: ByLabels<Bins> = ByLabels::new();
    let mut bytes = 0;
    for part in &selection.parts {
        scan.part(part, bounds, |_| true, |scope| {
            let Some(steps) = windows.steps_of(scope.timestamp) else { return Ok(()) };
            let Some(value) = sample(aggregation, &filters, scope) else { return Ok(()) };
            if scope.error.is_some() {
                return Err(pipeline_error(scope));
            }
            let unwrapped = aggregation.unwrap.as_ref().map(|unwrap| &*unwrap.label);
            let grouping = summed.or(aggregation.grouping.as_ref());
            let absent = aggregation.function.answer == Answer::Absent;
            let keeps = |name: &str| !absent && Some(name) != unwrapped && grouping.is_none_or(|g| g.keeps(name));
            let mut pairs: Vec<(&str, &str)> = scope.labels().filter(|(name, _)| keeps(name)).collect();
            let bins = series.entry(&mut pairs, MOST_INNER_SERIES)?;
            bytes += bins.add(steps, scope.timestamp, value, keep_values);
            if bytes > limits.memory {
                return Err(QueryError::Limit(format!(
                    "the query would keep more than {} in memory; ask for a shorter range, a longer step or fewer series",
                    lab_model::size::format(limits.memory as u64)
                )));
            }
            Ok(())
        })?;
    }
    if aggregation.function.answer == Answer::Absent {
        let found = series.all.first().map(|(_, bins)| bins.slide(windows.count));
        return Ok(absent(aggregation, windows.count, found.as_deref()));
    }
    if series.all.len().saturating_mul(windows.count) > limits.memory / size_of::<Option<f64>>() {
        return Err(too_many(limits.memory / size_of::<Option<f64>>() / windows.count.max(1)));
    }
    let seconds = aggregation.range as f64 / 1e9;
    let quantile = aggregation.parameter.unwrap_or(f64::NAN);
    let mut result = Vec::with_capacity(series.all.len());
    for (labels, bins) in series.all {
        if interrupt.is_set() {
            return Err(QueryError::Interrupted);
        }
        let totals = bins.slide(windows.count).into_iter().enumerate();
        let value = |(step, totals): (usize, Option<Totals>)| {
            let sorted = || bins.sorted_values(step);
            let window =
                |totals: &Totals| (aggregation.function.value)(&Window { seconds, totals, sorted: &sorted, quantile });
            totals.as_ref().map(window)
        };
        result.push(Series { labels, values: totals.map(value).collect() });
    }
    Ok(result)
}

/// What a line counts for, if it counts.
fn sample(aggregation: &RangeAggregation, filters: &[Condition], scope: &mut Scope<'_>) -> Option<f64> {
    let Some(unwrap) = &aggregation.unwrap else {
        return Some(if aggregation.function.line_value == LineValue::Bytes { scope.line.len() as f64 } else { 1.0 });
    };
    let value = unwrapped(unwrap, scope)?;
    filters.iter().all(|filter| filter.holds(scope)).then_some(value)
}

/// The value of the unwrapped label; none if the line has no such label, and an error if it is no value.
fn unwrapped(unwrap: &Unwrap, scope: &mut Scope<'_>) -> Option<f64> {
    let text = scope.get(&unwrap.label);
    if text.is_empty() {
        return None;
    }
    let value = match unwrap.conversion {
        Conversion::None => text.parse().ok(),
        Conversion::Duration => units::duration(text).map(|nanoseconds| nanoseconds / 1e9),
        Conversion::Bytes => units::bytes(text),
    };
    if value.is_none() {
        let details = format!("cannot convert {text:?} of label {}", unwrap.label);
        scope.fail("SampleExtractionErr", details);
    }
    value.or(Some(0.0))
}

fn pipeline_error(scope: &Scope<'_>) -> QueryError {
    let labels = Labels::from_pairs(scope.labels().filter(|(name, _)| *name != ERROR_DETAILS));
    QueryError::Pipeline { kind: scope.get(ERROR).to_owned(), series: labels.to_string() }
}

/// One at each step without a line, called by the labels that the selector fixes.
fn absent(aggregation: &RangeAggregation, count: usize, found: Option<&[Option<Totals>]>) -> Vec<Series> {
    let fixed = aggregation.query.matchers.iter().filter(|matcher| matcher.op == MatchOp::Equal);
    let labels = Labels::from_pairs(fixed.map(|matcher| (&*matcher.name, &*matcher.value)));
    let present = |step: usize| found.is_some_and(|found| found[step].is_some());
    let values: Vec<_> = (0..count).map(|step| (!present(step)).then_some(1.0)).collect();
    if values.iter().all(Option::is_none) { Vec::new() } else { vec![Series { labels, values }] }
}
