//! Aggregations: groups are formed once for all steps, then each group is folded, ranked or counted.

use crate::aggregate::fold::{Average, Count, Group, Largest, Smallest, Total, Variance};
use crate::aggregate::grouping::Grouping;
use crate::aggregate::groups::Groups;
use crate::aggregate::operation::Aggregation;
use crate::allowance::{Allowance, Warning};
use crate::error::AlgebraError;
use crate::series::column::{Series, is_absent};

mod count_values;
mod fold;
pub(crate) mod grouping;
mod groups;
pub(crate) mod merge;
pub(crate) mod operation;
mod pick;
mod quantile;
mod ratio;

/// The most bytes that a fold keeps for a group at a step.
const LARGEST_FOLD: usize = size_of::<Option<Variance>>();

/// What an aggregation takes besides the series.
#[derive(Clone, Copy, Debug)]
pub enum Parameter<'a> {
    /// It takes the series alone.
    None,
    /// A number per step: how many series, which share of them, or which quantile.
    Numbers(&'a [f64]),
    /// The label that takes the values of `count_values`.
    Label(&'a str),
}

/// The aggregation of `series` at `count` steps.
pub fn aggregate(
    allowance: &Allowance<'_>,
    operation: Aggregation,
    grouping: &Grouping,
    parameter: Parameter<'_>,
    series: Vec<Series>,
    count: usize,
) -> Result<Vec<Series>, AlgebraError> {
    if let Parameter::Label(name) = parameter {
        return count_values::apply(allowance, grouping, name, &series, count);
    }
    let groups = Groups::new(allowance, grouping, &series)?;
    allowance.take(groups.len().saturating_mul(count))?;
    allowance.room_for_bytes(groups.len().saturating_mul(count).saturating_mul(LARGEST_FOLD))?;
    allowance.work(series.len().saturating_mul(count))?;
    let numbers = if let Parameter::Numbers(numbers) = parameter { numbers } else { &[] };
    if meets_histograms(operation, &series, numbers) {
        allowance.warn(Warning::HistogramsIgnored(operation));
    }
    let mut points = match operation {
        Aggregation::Sum => fold::fold::<Total>(&groups, &series, count),
        Aggregation::Avg => fold::fold::<Average>(&groups, &series, count),
        Aggregation::Count => fold::fold::<Count>(&groups, &series, count),
        Aggregation::Min => fold::fold::<Smallest>(&groups, &series, count),
        Aggregation::Max => fold::fold::<Largest>(&groups, &series, count),
        Aggregation::Group => fold::fold::<Group>(&groups, &series, count),
        Aggregation::Stdvar => fold::fold::<Variance>(&groups, &series, count),
        Aggregation::Stddev => {
            let mut found = fold::fold::<Variance>(&groups, &series, count);
            // The root of "no sample" would be another NaN.
            let points = found.iter_mut().flatten();
            points.filter(|value| !is_absent(**value)).for_each(|value| *value = value.sqrt());
            found
        }
        Aggregation::Quantile => quantile::apply(allowance, &groups, &series, numbers),
        Aggregation::Topk | Aggregation::Bottomk | Aggregation::Limitk => {
            // What is picked stands beside all series until it is complete.
            allowance.room_for(series.len().saturating_mul(count))?;
            return pick::by_number(operation, &groups, series, numbers);
        }
        Aggregation::LimitRatio => return ratio::apply(allowance, series, numbers),
        Aggregation::CountValues => return Ok(Vec::new()),
    };
    let histograms = match operation {
        Aggregation::Sum | Aggregation::Avg => merge::apply(allowance, operation, &groups, &series, &mut points)?,
        _ => Vec::new(),
    };
    Ok(fold::finish(groups, points, histograms))
}

/// Whether an aggregation that is for numbers alone looks at a histogram. Where none is to be picked it does not look.
fn meets_histograms(operation: Aggregation, series: &[Series], numbers: &[f64]) -> bool {
    let looks = |step: usize| match operation {
        Aggregation::Min | Aggregation::Max | Aggregation::Stddev | Aggregation::Stdvar | Aggregation::Quantile => true,
        Aggregation::Topk | Aggregation::Bottomk => numbers.get(step).is_some_and(|number| *number >= 1.0),
        _ => false,
    };
    series.iter().any(|one| one.histograms.iter().any(|(step, _)| looks(step)))
}
