//! `count_values`: how many series of a group have which value, the value as a label.

use lab_model::format_float;

use crate::promql::error::PromqlError;
use crate::promql::eval::algebra::steps::{Collector, StepSeries, is_absent};
use crate::promql::eval::context::Context;
use crate::promql::plan::operator::Grouping;

/// Counts the values into the label `name`.
pub(super) fn apply(
    context: &Context<'_>,
    grouping: &Grouping,
    name: &str,
    series: &[StepSeries],
    count: usize,
) -> Result<Vec<StepSeries>, PromqlError> {
    if name.is_empty() {
        return Err(PromqlError::Execution(format!("invalid label name {name:?}")));
    }
    let mut collector = Collector::new(count);
    let mut counted: Vec<Vec<f64>> = Vec::new();
    for one in series {
        let group = grouping.apply(&one.labels);
        for (step, value) in one.points.iter().enumerate().filter(|(_, value)| !is_absent(**value)) {
            let mut labels = group.to_builder();
            labels.set(name, format_float(*value));
            let mut labels = labels.build();
            if grouping.without && grouping.labels.iter().any(|label| label == name) {
                labels = group.clone();
            }
            let slot = collector.slot(&labels, false);
            if slot == counted.len() {
                context.budget.take(2 * count)?;
                counted.push(vec![0.0; count]);
            }
            counted[slot][step] += 1.0;
        }
        context.work(one.points.len())?;
    }
    for (slot, counts) in counted.iter().enumerate() {
        for (step, number) in counts.iter().enumerate().filter(|(_, number)| **number > 0.0) {
            collector.set(slot, step, *number)?;
        }
    }
    Ok(collector.finish())
}
