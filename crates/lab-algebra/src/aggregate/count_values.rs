//! `count_values`: how many series of a group have which value, the value as a label.

use lab_model::format_float;

use crate::aggregate::grouping::Grouping;
use crate::allowance::Allowance;
use crate::error::AlgebraError;
use crate::series::collector::Collector;
use crate::series::column::Series;

/// Counts the values into the label `name`.
pub(crate) fn apply(
    allowance: &Allowance<'_>,
    grouping: &Grouping,
    name: &str,
    series: &[Series],
    count: usize,
) -> Result<Vec<Series>, AlgebraError> {
    if name.is_empty() {
        return Err(AlgebraError::LabelName(name.to_owned()));
    }
    let mut collector = Collector::new(count);
    let mut counted: Vec<Vec<f64>> = Vec::new();
    for one in series {
        let group = grouping.apply(&one.labels);
        let numbers = one.samples().map(|(step, value)| (step, format_float(value)));
        let histograms = one.histograms.iter().map(|(step, histogram)| (step, histogram.to_string()));
        for (step, value) in numbers.chain(histograms) {
            let mut labels = group.to_builder();
            labels.set(name, value);
            let mut labels = labels.build();
            if grouping.without && grouping.labels.iter().any(|label| label == name) {
                labels = group.clone();
            }
            let slot = collector.slot(allowance, &labels, false)?;
            if slot == counted.len() {
                allowance.take(count)?;
                counted.push(vec![0.0; count]);
            }
            counted[slot][step] += 1.0;
        }
        allowance.work(one.points.len())?;
    }
    for (slot, counts) in counted.iter().enumerate() {
        for (step, number) in counts.iter().enumerate().filter(|(_, number)| **number > 0.0) {
            collector.set(slot, step, *number)?;
        }
    }
    Ok(collector.finish())
}
