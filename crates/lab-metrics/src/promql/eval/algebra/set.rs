//! The set operators `and`, `or` and `unless`: which series stay depends on who is there at the step.

use std::collections::HashMap;

use lab_model::Labels;

use crate::promql::error::PromqlError;
use crate::promql::eval::algebra::matching::signature;
use crate::promql::eval::algebra::steps::{ABSENT, Collector, StepSeries, is_absent};
use crate::promql::plan::operator::Matching;

/// What of the left has a partner on the right.
pub(crate) fn and(left: Vec<StepSeries>, right: &[StepSeries], matching: &Matching, count: usize) -> Vec<StepSeries> {
    masked(left, &Presence::new(right, matching, count), matching, true)
}

/// What of the left has no partner on the right.
pub(crate) fn unless(
    left: Vec<StepSeries>,
    right: &[StepSeries],
    matching: &Matching,
    count: usize,
) -> Vec<StepSeries> {
    masked(left, &Presence::new(right, matching, count), matching, false)
}

/// All of the left, and what of the right has no partner there.
pub(crate) fn or(
    left: Vec<StepSeries>,
    right: Vec<StepSeries>,
    matching: &Matching,
    count: usize,
) -> Result<Vec<StepSeries>, PromqlError> {
    let right = masked(right, &Presence::new(&left, matching, count), matching, false);
    let mut collector = Collector::new(count);
    for series in left.into_iter().chain(right) {
        collector.add(series)?;
    }
    Ok(collector.finish())
}

/// At which steps a signature has a sample.
struct Presence(HashMap<Labels, Vec<bool>>);

impl Presence {
    fn new(series: &[StepSeries], matching: &Matching, count: usize) -> Self {
        let mut steps: HashMap<Labels, Vec<bool>> = HashMap::new();
        for one in series {
            let present = steps.entry(signature(&one.labels, matching)).or_insert_with(|| vec![false; count]);
            for (present, value) in present.iter_mut().zip(&one.points) {
                *present |= !is_absent(*value);
            }
        }
        Self(steps)
    }
}

/// Leaves the samples whose partners are there (`wanted`) or are not.
fn masked(mut series: Vec<StepSeries>, partners: &Presence, matching: &Matching, wanted: bool) -> Vec<StepSeries> {
    for one in &mut series {
        let steps = partners.0.get(&signature(&one.labels, matching));
        for (step, value) in one.points.iter_mut().enumerate() {
            if steps.is_some_and(|steps| steps[step]) != wanted {
                *value = ABSENT;
            }
        }
    }
    series.retain(StepSeries::has_points);
    series
}
