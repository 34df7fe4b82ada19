//! New labels from old ones: `label_replace`, `label_join`.

use lab_model::labels::METRIC_NAME;

use crate::promql::error::PromqlError;
use crate::promql::eval::algebra::steps::{Operand, StepSeries, join_same_labels};
use crate::promql::functions::arguments::Arguments;

/// `label_replace(vector, destination, replacement, source, regex)`
pub(super) fn replace(mut arguments: Arguments<'_>) -> Result<Operand, PromqlError> {
    let mut series = arguments.series(0);
    let [destination, replacement, source, pattern] = [1, 2, 3, 4].map(|at| arguments.text(at));
    let regex = arguments
        .context
        .regex(pattern)
        .ok_or_else(|| failure(format!("invalid regular expression in label_replace(): {pattern}")))?;
    if destination.is_empty() {
        return Err(failure(format!("invalid destination label name in label_replace(): {destination}")));
    }
    for one in &mut series {
        let Some(captures) = regex.captures(one.labels.get(source).unwrap_or_default()) else { continue };
        let mut value = String::new();
        captures.expand(replacement, &mut value);
        set(one, destination, value);
    }
    join_same_labels(series).map(Operand::Vector)
}

/// `label_join(vector, destination, separator, source…)`
pub(super) fn join(mut arguments: Arguments<'_>) -> Result<Operand, PromqlError> {
    let mut series = arguments.series(0);
    let (destination, separator) = (arguments.text(1), arguments.text(2));
    let sources: Vec<&str> = (3..arguments.operands.len()).map(|at| arguments.text(at)).collect();
    if let Some(source) = sources.iter().find(|source| source.is_empty()) {
        return Err(failure(format!("invalid source label name in label_join(): {source}")));
    }
    if destination.is_empty() {
        return Err(failure(format!("invalid destination label name in label_join(): {destination}")));
    }
    for one in &mut series {
        let values: Vec<&str> = sources.iter().map(|source| one.labels.get(source).unwrap_or_default()).collect();
        let value = values.join(separator);
        set(one, destination, value);
    }
    join_same_labels(series).map(Operand::Vector)
}

fn set(series: &mut StepSeries, name: &str, value: String) {
    let mut labels = series.labels.to_builder();
    labels.set(name, value);
    series.labels = labels.build();
    // Who sets a name wants to keep it.
    series.drop_name &= name != METRIC_NAME;
}

fn failure(text: String) -> PromqlError {
    PromqlError::Execution(text)
}
