//! Aggregation over series: groups are formed once, then each group is folded, ranked or counted.

use crate::promql::error::{Position, PromqlError};
use crate::promql::eval::algebra::steps::{Operand, StepSeries};
use crate::promql::eval::context::Context;
use crate::promql::plan::operator::{Aggregation, Grouping};

use self::fold::{Average, Count, Group, Largest, Quantiles, Smallest, Total, Variance};
use self::groups::Groups;

mod count_values;
mod fold;
mod groups;
mod pick;

/// Applies an aggregation; `parameter` is its evaluated first argument, if it takes one, and its place.
pub(crate) fn apply(
    context: &Context<'_>,
    operation: Aggregation,
    grouping: &Grouping,
    parameter: Option<(Operand, Option<Position>)>,
    series: Vec<StepSeries>,
    count: usize,
) -> Result<Vec<StepSeries>, PromqlError> {
    let (parameter, place) = parameter.unwrap_or((Operand::Scalar(Vec::new()), None));
    if operation == Aggregation::CountValues {
        return count_values::apply(context, grouping, parameter.as_text(), &series, count);
    }
    let groups = Groups::new(grouping, &series);
    context.budget.take(groups.len().saturating_mul(count))?;
    context.work(series.len().saturating_mul(count))?;
    let parameter = parameter.into_points();
    Ok(match operation {
        Aggregation::Sum => fold::fold::<Total>(groups, &series, count),
        Aggregation::Avg => fold::fold::<Average>(groups, &series, count),
        Aggregation::Count => fold::fold::<Count>(groups, &series, count),
        Aggregation::Min => fold::fold::<Smallest>(groups, &series, count),
        Aggregation::Max => fold::fold::<Largest>(groups, &series, count),
        Aggregation::Group => fold::fold::<Group>(groups, &series, count),
        Aggregation::Stdvar => fold::fold::<Variance>(groups, &series, count),
        Aggregation::Stddev => {
            let mut found = fold::fold::<Variance>(groups, &series, count);
            let points = found.iter_mut().flat_map(|series| &mut series.points);
            // The root keeps "no sample" what it is: it is no number that has one.
            points
                .filter(|value| !crate::promql::eval::algebra::steps::is_absent(**value))
                .for_each(|value| *value = value.sqrt());
            found
        }
        Aggregation::Quantile => {
            context.annotations.check_quantiles(&parameter, place);
            Quantiles::apply(groups, &series, &parameter)
        }
        Aggregation::Topk | Aggregation::Bottomk | Aggregation::Limitk => {
            pick::by_number(operation, &groups, series, &parameter)?
        }
        Aggregation::LimitRatio => pick::by_ratio(context, series, &parameter, place)?,
        Aggregation::CountValues => Vec::new(),
    })
}
