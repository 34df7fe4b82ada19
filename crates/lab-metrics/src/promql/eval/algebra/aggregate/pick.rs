//! Aggregations that pick series and leave their labels: `topk`, `bottomk`, `limitk`, `limit_ratio`.

use std::cmp::Ordering;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use lab_model::Labels;

use crate::promql::error::{Position, PromqlError};
use crate::promql::eval::algebra::aggregate::groups::Groups;
use crate::promql::eval::algebra::steps::{ABSENT, StepSeries, is_absent};
use crate::promql::eval::annotations::short_float;
use crate::promql::eval::context::Context;
use crate::promql::plan::operator::Aggregation;

/// `topk`, `bottomk` and `limitk`: up to `k` series of each group at each step.
pub(super) fn by_number(
    operation: Aggregation,
    groups: &Groups,
    series: Vec<StepSeries>,
    numbers: &[f64],
) -> Result<Vec<StepSeries>, PromqlError> {
    if !check_numbers(numbers)? {
        return Ok(Vec::new());
    }
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); groups.len()];
    groups.of.iter().enumerate().for_each(|(one, group)| members[*group].push(one));
    let mut picked: Vec<Vec<f64>> = series.iter().map(|one| vec![ABSENT; one.points.len()]).collect();
    let mut ranking = Vec::new();
    for group in &members {
        for (step, number) in numbers.iter().enumerate().filter(|(_, number)| **number >= 1.0) {
            let present = group.iter().copied().filter(|at| !is_absent(series[*at].points[step]));
            ranking.clear();
            ranking.extend(present);
            let value = |at: &usize| series[*at].points[step];
            match operation {
                Aggregation::Topk => ranking.sort_by(|a, b| numbers_first(value(b), value(a), value(a))),
                Aggregation::Bottomk => ranking.sort_by(|a, b| numbers_first(value(a), value(b), value(a))),
                _ => {}
            }
            ranking.truncate(*number as usize);
            for at in &ranking {
                picked[*at][step] = series[*at].points[step];
            }
        }
    }
    let picked = series.into_iter().zip(picked).map(|(one, points)| StepSeries { points, ..one });
    let mut picked: Vec<StepSeries> = picked.collect();
    if numbers.len() == 1 {
        order_by_group(operation, &members, &mut picked);
    }
    picked.retain(StepSeries::has_points);
    Ok(picked)
}

/// `limit_ratio`: the share of series whose hash falls below the ratio, or, for a negative ratio, the
/// complement: what `limit_ratio(r)` picks, `limit_ratio(r - 1)` leaves.
pub(super) fn by_ratio(
    context: &Context<'_>,
    series: Vec<StepSeries>,
    ratios: &[f64],
    place: Option<Position>,
) -> Result<Vec<StepSeries>, PromqlError> {
    if ratios.iter().any(|ratio| ratio.is_nan()) {
        return Err(PromqlError::Execution("Ratio value is NaN".to_owned()));
    }
    for ratio in ratios.iter().filter(|ratio| ratio.abs() > 1.0) {
        let (got, cap) = (short_float(*ratio), ratio.signum());
        let text = format!("ratio value should be between -1 and 1, got {got}, capping to {cap}");
        context.annotations.warn(text, place);
    }
    let mut picked = series;
    for one in &mut picked {
        let share = share(&one.labels);
        for (value, ratio) in one.points.iter_mut().zip(ratios) {
            let ratio = ratio.clamp(-1.0, 1.0);
            let kept = if ratio >= 0.0 { share < ratio } else { share >= 1.0 + ratio };
            if !kept {
                *value = ABSENT;
            }
        }
    }
    picked.retain(StepSeries::has_points);
    Ok(picked)
}

/// False if no step asks for a series.
fn check_numbers(numbers: &[f64]) -> Result<bool, PromqlError> {
    let fail = |text: String| Err(PromqlError::Execution(text));
    if numbers.iter().all(|number| *number < 1.0) {
        return Ok(false);
    }
    if numbers.iter().any(|number| number.is_nan()) {
        return fail("Parameter value is NaN".to_owned());
    }
    if let Some(number) = numbers.iter().find(|number| **number <= i64::MIN as f64) {
        return fail(format!("Scalar value {} underflows int64", short_float(*number)));
    }
    if let Some(number) = numbers.iter().find(|number| **number >= i64::MAX as f64) {
        return fail(format!("Scalar value {} overflows int64", short_float(*number)));
    }
    Ok(true)
}

/// Orders `a` before `b` if it is smaller, NaN always last; `left` tells which side a lone NaN is on.
fn numbers_first(a: f64, b: f64, left: f64) -> Ordering {
    match (a.is_nan(), b.is_nan()) {
        (false, false) => a.partial_cmp(&b).unwrap_or(Ordering::Equal),
        (true, true) => Ordering::Equal,
        _ if left.is_nan() => Ordering::Greater,
        _ => Ordering::Less,
    }
}

/// The result of an instant query stands in the order of its ranking, group by group.
fn order_by_group(operation: Aggregation, members: &[Vec<usize>], picked: &mut Vec<StepSeries>) {
    let mut order: Vec<usize> = Vec::with_capacity(picked.len());
    for group in members {
        let from = order.len();
        order.extend(group.iter().copied().filter(|at| picked[*at].has_points()));
        let value = |at: &usize| picked[*at].points[0];
        match operation {
            Aggregation::Topk => order[from..].sort_by(|a, b| numbers_first(value(b), value(a), value(a))),
            Aggregation::Bottomk => order[from..].sort_by(|a, b| numbers_first(value(a), value(b), value(a))),
            _ => {}
        }
    }
    *picked = order.into_iter().map(|at| picked[at].clone()).collect();
}

/// A number within 0 and 1 that depends on the labels alone.
fn share(labels: &Labels) -> f64 {
    let mut hasher = DefaultHasher::new();
    labels.hash(&mut hasher);
    hasher.finish() as f64 / u64::MAX as f64
}
