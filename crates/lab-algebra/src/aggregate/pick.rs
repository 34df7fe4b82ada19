//! Aggregations that pick a number of series and leave their labels: `topk`, `bottomk`, `limitk`.

use crate::aggregate::groups::Groups;
use crate::aggregate::operation::Aggregation;
use crate::error::AlgebraError;
use crate::series::column::{ABSENT, Series, is_absent};
use crate::series::order;

/// `topk`, `bottomk` and `limitk`: up to `k` series of each group at each step.
pub(crate) fn by_number(
    operation: Aggregation,
    groups: &Groups,
    series: Vec<Series>,
    numbers: &[f64],
) -> Result<Vec<Series>, AlgebraError> {
    if !check_numbers(numbers)? {
        return Ok(Vec::new());
    }
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); groups.len()];
    groups.of.iter().enumerate().for_each(|(one, group)| members[*group].push(one));
    let mut picked: Vec<Series> = series.iter().map(without_samples).collect();
    let mut ranking = Vec::new();
    for group in &members {
        for (step, number) in numbers.iter().enumerate().filter(|(_, number)| **number >= 1.0) {
            // A limit takes whatever is there; what is ranked is numbers.
            let is_present = |one: &Series| match operation {
                Aggregation::Limitk => one.is_present(step),
                _ => !is_absent(one.points[step]),
            };
            let present = group.iter().copied().filter(|at| is_present(&series[*at]));
            ranking.clear();
            ranking.extend(present);
            let value = |at: &usize| series[*at].points[step];
            match operation {
                Aggregation::Topk => ranking.sort_by(|a, b| order::numbers(value(a), value(b), true)),
                Aggregation::Bottomk => ranking.sort_by(|a, b| order::numbers(value(a), value(b), false)),
                _ => {}
            }
            ranking.truncate(*number as usize);
            for at in &ranking {
                if let Some(value) = series[*at].value(step) {
                    picked[*at].set(step, value);
                }
            }
        }
    }
    if numbers.len() == 1 {
        order_by_group(operation, &members, &mut picked);
    }
    picked.retain(Series::has_samples);
    Ok(picked)
}

fn without_samples(series: &Series) -> Series {
    let empty = Series::new(series.labels.clone(), vec![ABSENT; series.points.len()]);
    Series { drop_name: series.drop_name, ..empty }
}

/// False if no step asks for a series.
fn check_numbers(numbers: &[f64]) -> Result<bool, AlgebraError> {
    if numbers.iter().all(|number| *number < 1.0) {
        return Ok(false);
    }
    if numbers.iter().any(|number| number.is_nan()) {
        return Err(AlgebraError::CountIsNotANumber);
    }
    let outside = |number: f64| number <= i64::MIN as f64 || number >= i64::MAX as f64;
    if let Some(number) = numbers.iter().find(|number| outside(**number)) {
        return Err(AlgebraError::CountOutOfRange(*number));
    }
    Ok(true)
}

/// The result of an instant query stands in the order of its ranking, group by group.
fn order_by_group(operation: Aggregation, members: &[Vec<usize>], picked: &mut Vec<Series>) {
    let mut order: Vec<usize> = Vec::with_capacity(picked.len());
    for group in members {
        let from = order.len();
        order.extend(group.iter().copied().filter(|at| picked[*at].has_samples()));
        let value = |at: &usize| picked[*at].points[0];
        match operation {
            Aggregation::Topk => order[from..].sort_by(|a, b| order::numbers(value(a), value(b), true)),
            Aggregation::Bottomk => order[from..].sort_by(|a, b| order::numbers(value(a), value(b), false)),
            _ => {}
        }
    }
    *picked = order.into_iter().map(|at| picked[at].clone()).collect();
}
