//! Functions over windows: the lines of each window become one value per series.

use lab_algebra::{ABSENT, Allowance, Grid, Series, absent};
use lab_model::{Labels, MatchOp};

use crate::logql::error::QueryError;
use crate::logql::eval::cost::Cost;
use crate::logql::eval::range::bins::Bins;
use crate::logql::eval::range::counts::Counting;
use crate::logql::eval::range::found::Found;
use crate::logql::eval::range::windows::Windows;
use crate::logql::eval::scan::Scan;
use crate::logql::eval::scan::pipeline::Pipeline;
use crate::logql::functions::range::totals::Totals;
use crate::logql::functions::range::{Answer, LineValue, Window};
use crate::logql::limits::QueryLimits;
use crate::logql::plan::metric::{RangePlan, UnwrapPlan};
use crate::logql::scope::{ERROR, Scope};
use crate::logql::syntax::ast::Conversion;
use crate::logql::units;
use crate::store::LogStore;

mod bins;
mod counts;
mod found;
mod windows;

/// Evaluates a function over windows at the steps of a grid.
pub(crate) fn evaluate(
    store: &LogStore,
    plan: &RangePlan,
    grid: Grid,
    limits: &QueryLimits,
    (allowance, cost): (&Allowance<'_>, &Cost),
) -> Result<Vec<Series>, QueryError> {
    let windows = Windows::before(grid, plan.offset, plan.range);
    let found = collect(store, plan, windows, limits, (allowance, cost))?;
    if plan.function.answer == Answer::Absent {
        let totals = found.first().map(|(_, bins)| bins.slide(grid.count));
        let present = |step: usize| totals.as_ref().is_some_and(|totals| totals[step].is_some());
        return Ok(absent(&fixed_labels(plan), grid.count, present));
    }
    allowance.take(found.len().saturating_mul(grid.count))?;
    allowance.room_for_bytes(grid.count.saturating_mul(size_of::<Option<Totals>>()))?;
    let mut result = Vec::with_capacity(found.len());
    for (labels, bins) in found {
        allowance.work(grid.count)?;
        result.push(Series::new(labels, values(plan, &bins, windows, grid.count)));
    }
    Ok(result)
}

/// Reads the lines and puts the value of each into the bins of its series.
fn collect(
    store: &LogStore,
    plan: &RangePlan,
    windows: Windows,
    limits: &QueryLimits,
    (allowance, cost): (&Allowance<'_>, &Cost),
) -> Result<Vec<(Labels, Bins)>, QueryError> {
    let bounds = windows.bounds();
    let selection = store.select(&plan.lines.matchers, bounds.0, bounds.1)?;
    let pipeline = Pipeline::new(&plan.lines);
    let counting = Counting::of(plan, windows, &pipeline);
    let mut scan = Scan::new(store, &selection, &plan.lines, &pipeline, limits, (allowance.interrupt(), cost));
    let mut found = Found::new(matches!(plan.function.answer, Answer::Quantile | Answer::Counter), allowance);
    for part in &selection.parts {
        allowance.check_interrupt()?;
        if let Some(counting) = &counting
            && counting.part(store, (part, &selection.streams[part.stream]), (&mut found, cost))?
        {
            continue;
        }
        scan.part(
            part,
            bounds,
            |_| true,
            |scope| {
                let Some(steps) = windows.steps_of(scope.timestamp) else { return Ok(()) };
                let Some(value) = sample(plan, scope) else { return Ok(()) };
                if scope.has_error() && !scope.preserves_error() {
                    return Err(pipeline_error(scope));
                }
                // An error that the query asks for stands in a series of its own, with all labels of the line.
                let keeps = |name: &str, value: &str| scope.has_error() || plan.keeps(name, value);
                let mut pairs: Vec<(&str, &str)> = scope.labels().filter(|(name, value)| keeps(name, value)).collect();
                found.add(&mut pairs, steps, &Totals::of(scope.timestamp, value))
            },
        )?;
    }
    Ok(found.into_series())
}

/// The value of each step.
fn values(plan: &RangePlan, bins: &Bins, windows: Windows, count: usize) -> Vec<f64> {
    let seconds = plan.range as f64 / 1e9;
    let totals = bins.slide(count).into_iter().enumerate();
    totals
        .map(|(step, totals)| {
            let samples = || bins.values(step);
            let end = windows.first.saturating_add(windows.step.saturating_mul(step as i64));
            let window = |totals| Window { seconds, totals, samples: &samples, end, quantile: plan.quantile };
            totals.as_ref().map_or(ABSENT, |totals| (plan.function.value)(&window(totals)))
        })
        .collect()
}

/// The value of a line; none if the line is left out.
fn sample(plan: &RangePlan, scope: &mut Scope<'_>) -> Option<f64> {
    let Some(unwrap) = &plan.unwrap else {
        return Some(match plan.function.line_value {
            LineValue::One => 1.0,
            LineValue::Bytes => scope.line.len() as f64,
        });
    };
    let value = unwrapped(unwrap, scope)?;
    unwrap.filters.iter().all(|filter| filter.holds(scope)).then_some(value)
}

/// The value of the unwrapped label; none if the line has no such label, and an error if it is no value.
fn unwrapped(unwrap: &UnwrapPlan, scope: &mut Scope<'_>) -> Option<f64> {
    let text = scope.get(&unwrap.label);
    if text.is_empty() {
        return None;
    }
    let value = match unwrap.conversion {
        Conversion::None => units::go_number(text),
        Conversion::Duration | Conversion::DurationSeconds => {
            units::go_duration(text).map(|nanoseconds| nanoseconds / 1e9)
        }
        Conversion::Bytes => units::size(text),
    };
    Some(value.unwrap_or_else(|details| {
        scope.fail("SampleExtractionErr", details);
        0.0
    }))
}

fn pipeline_error(scope: &Scope<'_>) -> QueryError {
    let labels = Labels::from_pairs(scope.labels());
    QueryError::Pipeline { kind: scope.get(ERROR).to_owned(), series: labels.to_string() }
}

/// The labels that the selector fixes to one value: by them the series of `absent_over_time` is called.
fn fixed_labels(plan: &RangePlan) -> Labels {
    let fixed = plan.lines.matchers.iter().filter(|matcher| matcher.op == MatchOp::Equal);
    Labels::from_pairs(fixed.map(|matcher| (&*matcher.name, &*matcher.value)))
}
